import { type ChunkContent, CODEC, encodeChunk } from "../format/chunk.ts";
import { encodeFileHead } from "../format/file-head.ts";
import type { AppendFile, Fs } from "../ports/fs.ts";
import { randomSalt } from "./segment-writer.ts";
import { syncError } from "./sync-error.ts";

/** One file of a journal, written at its end. */
export class JournalFile {
  readonly path: string;
  readonly #file: AppendFile;
  readonly #salt = randomSalt();
  /** The last good end; what a failed write leaves behind it is cut off. */
  #size = 0;
  #chunks = 0;
  /** What was written since the last good sync may be gone: nothing more is written here. */
  isPoisoned = false;
  /** Whether its folder has been synced since it was made. */
  isListed = false;

  private constructor(path: string, file: AppendFile) {
    this.path = path;
    this.#file = file;
  }

  static async create(
    fs: Fs,
    path: string,
    recorderId: string,
    number: number,
  ): Promise<JournalFile> {
    const file = new JournalFile(path, await fs.create(path));
    const head = { fileKind: "journal", tokenId: "", market: "", sessionId: "" } as const;
    const numbers = { segment: number, firstSequence: 0 };
    try {
      await file.#write(encodeFileHead(file.#salt, { ...head, ...numbers, recorderId }));
    } catch (error) {
      await file.close().catch(() => {});
      throw error;
    }
    return file;
  }

  get size(): number {
    return this.#size;
  }

  /** Adds a chunk whose payload is stored as it is: it is written within milliseconds. */
  async append(content: ChunkContent, payload: Uint8Array<ArrayBuffer>): Promise<void> {
    const rawCrc = Bun.hash.crc32(payload);
    const packed = { codec: CODEC.none, stored: payload, rawLength: payload.length, rawCrc };
    await this.#write(encodeChunk(this.#salt, this.#chunks, content, packed));
  }

  async datasync(): Promise<void> {
    try {
      await this.#file.datasync();
    } catch (cause) {
      throw syncError(cause);
    }
  }

  async close(): Promise<void> {
    await this.#file.close();
  }

  async #write(bytes: Uint8Array): Promise<void> {
    try {
      for (let done = 0; done < bytes.length; ) {
        done += await this.#file.write(bytes.subarray(done), this.#size + done);
      }
    } catch (error) {
      await this.#file.truncate(this.#size).catch(() => {
        // A part of a chunk may stand there now: what came behind it would not be found.
        this.isPoisoned = true;
      });
      throw error;
    }
    this.#size += bytes.length;
    this.#chunks++;
  }
}
