import type { ChunkContent, Packed } from "../format/chunk.ts";
import { chunkBytes, encodeChunk } from "../format/chunk.ts";
import { encodeFileHead, type FileHead } from "../format/file-head.ts";
import {
  encodeIndex,
  encodeTail,
  type IndexEntry,
  segmentEndBytes,
} from "../format/segment-end.ts";
import type { OpenFiles } from "./open-files.ts";
import { segmentPath } from "./paths.ts";

/** A block as the writer's queue holds it: encoded, but not yet placed in a file. */
export interface PackedBlock {
  readonly content: ChunkContent;
  readonly packed: Packed;
  /** What a caller gave of its rows; the others are the session's own notes. */
  readonly updates: number;
}

interface OpenSegment {
  readonly path: string;
  readonly salt: number;
  readonly head: FileHead;
  readonly index: IndexEntry[];
  /** The last good end; what a failed write leaves behind it is cut off. */
  size: number;
  /** The next chunk's number. */
  number: number;
  /** Index and tail are written. */
  ended: boolean;
}

/**
 * Writes a session's blocks to numbered segments. Calls must follow one another. A call that
 * fails has changed nothing that was written before, and may be made again.
 */
export class SegmentWriter {
  readonly #files: OpenFiles;
  readonly #folder: string;
  readonly #head: Omit<FileHead, "fileKind" | "segment" | "firstSequence">;
  readonly #bytesMax: number;
  readonly #syncFolders: () => Promise<void>;
  #open: OpenSegment | undefined;
  #segments = 0;
  #bytes = 0;
  /** Updates so far, and those of them that a sync has covered, with the folders on the way. */
  #appended = 0;
  #synced = 0;

  /**
   * `bytesMax`: no segment gets longer, unless a single block is. `syncFolders` makes the way to
   * the segments durable.
   */
  constructor(
    files: OpenFiles,
    sessionFolder: string,
    head: Omit<FileHead, "fileKind" | "segment" | "firstSequence">,
    bytesMax: number,
    syncFolders: () => Promise<void>,
  ) {
    this.#files = files;
    this.#folder = sessionFolder;
    this.#head = head;
    this.#bytesMax = bytesMax;
    this.#syncFolders = syncFolders;
  }

  get segments(): number {
    return this.#segments;
  }

  /** Bytes of all segments so far. */
  get bytes(): number {
    return this.#bytes;
  }

  async append({ content, packed, updates }: PackedBlock): Promise<void> {
    let segment = this.#open;
    if (segment !== undefined && !this.#fits(segment, packed)) {
      await this.finish();
      segment = undefined;
    }
    segment ??= await this.#start(content.firstSequence);
    const { salt, number, head } = segment;
    // The head goes out with the first block: a segment is never without updates.
    const lead = segment.size === 0 ? encodeFileHead(salt, head) : new Uint8Array();
    const offset = segment.size + lead.length;
    await this.#write(segment, Buffer.concat([lead, encodeChunk(salt, number, content, packed)]));
    segment.index.push({ offset, number, ...indexed(content) });
    segment.number++;
    this.#appended += updates;
  }

  /** Updates that no sync has covered; from now on they are somebody else's to count. */
  takeUnsynced(): number {
    const unsynced = this.#appended - this.#synced;
    this.#synced = this.#appended;
    return unsynced;
  }

  /** Makes all that was appended durable. */
  async sync(): Promise<void> {
    const covered = this.#appended;
    if (this.#open !== undefined) await this.#files.datasync(this.#open.path);
    // A file is only as durable as its name.
    await this.#syncFolders();
    // Blocks may have been written meanwhile, and another sync may have covered them.
    this.#synced = Math.max(this.#synced, covered);
  }

  /** Ends the open segment, if there is one, with index and tail; all is durable then. */
  async finish(): Promise<void> {
    const segment = this.#open;
    if (segment !== undefined && !segment.ended) {
      const { salt, number, head, index, size: offset } = segment;
      const end = [encodeIndex(salt, number, head, index), encodeTail(salt, offset)];
      await this.#write(segment, Buffer.concat(end));
      segment.ended = true;
    }
    await this.sync();
    if (segment !== undefined) await this.#files.close(segment.path);
    this.#open = undefined;
  }

  /** Lets the file go as it is; nothing is written after this. */
  async abandon(): Promise<void> {
    if (this.#open !== undefined) await this.#files.close(this.#open.path);
  }

  #fits({ size, index, head }: OpenSegment, packed: Packed): boolean {
    const chunk = chunkBytes(packed.stored.length);
    return size + chunk + segmentEndBytes(head, index.length + 1) <= this.#bytesMax;
  }

  async #start(firstSequence: number): Promise<OpenSegment> {
    const number = this.#segments + 1;
    const head: FileHead = { ...this.#head, fileKind: "segment", segment: number, firstSequence };
    const path = segmentPath(this.#folder, number);
    const salt = randomSalt();
    await this.#files.create(path);
    this.#segments = number;
    this.#open = { path, salt, head, index: [], size: 0, number: 1, ended: false };
    return this.#open;
  }

  async #write(segment: OpenSegment, bytes: Uint8Array): Promise<void> {
    try {
      await this.#files.write(segment.path, bytes, segment.size);
    } catch (error) {
      // What was written of it must not stand before what comes next.
      await this.#files.truncate(segment.path, segment.size).catch(() => {});
      throw error;
    }
    segment.size += bytes.length;
    this.#bytes += bytes.length;
  }
}

function indexed({ records, firstSequence, minUs, maxUs }: ChunkContent) {
  return { records, firstSequence, minUs, maxUs };
}

/** Tells a file's chunks from those of any other. */
export function randomSalt(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0]!;
}
