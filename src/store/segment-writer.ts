import { dirname } from "node:path";
import type { ChunkContent, Packed } from "../format/chunk.ts";
import { chunkBytes, encodeChunk } from "../format/chunk.ts";
import { encodeFileHead, type FileHead } from "../format/file-head.ts";
import {
  encodeIndex,
  encodeTail,
  type IndexEntry,
  segmentEndBytes,
} from "../format/segment-end.ts";
import { errorCode } from "../ports/fs.ts";
import type { OpenFiles } from "./open-files.ts";
import { segmentPath } from "./paths.ts";
import { SyncError } from "./sync-error.ts";

/** A block as the writer's queue holds it: encoded, but not yet placed in a file. */
export interface PackedBlock {
  readonly content: ChunkContent;
  readonly packed: Packed;
}

/** Segments of a recorder that died, which go on in new ones. */
export interface SegmentsBefore {
  readonly segments: number;
  readonly bytes: number;
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
  /** Its name is durable. */
  listed: boolean;
}

/**
 * Writes a session's blocks to numbered segments. Calls must follow one another. A call that
 * fails has changed nothing that was written before, and may be made again. Blocks are kept until
 * a sync has covered them: after a failed one, or a disk's error, they go to another segment.
 */
export class SegmentWriter {
  readonly #files: OpenFiles;
  readonly #folder: string;
  readonly #head: Omit<FileHead, "fileKind" | "segment" | "firstSequence">;
  readonly #bytesMax: number;
  #open: OpenSegment | undefined;
  #segments = 0;
  /** The last segment was left unfinished. */
  #resumes = false;
  #bytes = 0;
  /** In the open segment, but not durable. */
  #unsynced: PackedBlock[] = [];
  /** Were in a segment that the disk failed: they come before all others. */
  #again: PackedBlock[] = [];

  /** `bytesMax`: no segment gets longer, unless a single block is. `before`: those that are there. */
  constructor(
    files: OpenFiles,
    sessionFolder: string,
    head: Omit<FileHead, "fileKind" | "segment" | "firstSequence">,
    bytesMax: number,
    before: SegmentsBefore = { segments: 0, bytes: 0 },
  ) {
    this.#files = files;
    this.#folder = sessionFolder;
    this.#head = head;
    this.#bytesMax = bytesMax;
    this.#segments = before.segments;
    this.#resumes = before.segments > 0;
    this.#bytes = before.bytes;
  }

  get segments(): number {
    return this.#segments;
  }

  /** Bytes of all segments so far. */
  get bytes(): number {
    return this.#bytes;
  }

  async append(block: PackedBlock): Promise<void> {
    await this.#rewrite();
    await this.#append(block);
  }

  /** Makes all that was appended durable. */
  async sync(): Promise<void> {
    await this.#rewrite();
    const segment = this.#open;
    if (segment === undefined) return;
    const covered = this.#unsynced.length;
    await this.#makeDurable(segment);
    // Blocks may have been written meanwhile.
    this.#unsynced.splice(0, covered);
  }

  /** Ends the open segment, if there is one, with index and tail. */
  async finish(): Promise<void> {
    await this.#rewrite();
    await this.#finish();
  }

  /** Lets the file go as it is; nothing is written after this. */
  async abandon(): Promise<void> {
    if (this.#open !== undefined) await this.#files.close(this.#open.path);
  }

  async #append(block: PackedBlock): Promise<void> {
    const { content, packed } = block;
    let segment = this.#open;
    if (segment !== undefined && !this.#fits(segment, packed)) {
      await this.#finish();
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
    this.#unsynced.push(block);
  }

  async #finish(): Promise<void> {
    const segment = this.#open;
    if (segment === undefined) return;
    if (!segment.ended) {
      const { salt, number, head, index, size: offset } = segment;
      const end = [encodeIndex(salt, number, head, index), encodeTail(salt, offset)];
      await this.#write(segment, Buffer.concat(end));
      segment.ended = true;
    }
    await this.#makeDurable(segment);
    this.#unsynced = [];
    await this.#files.close(segment.path);
    this.#open = undefined;
  }

  /**
   * A segment is only as durable as its name: a recovery goes on behind the last one that is there,
   * and what is written again to the next one begins behind what was durable of this.
   */
  async #makeDurable(segment: OpenSegment): Promise<void> {
    await this.#orPoison(segment, async () => {
      await this.#files.datasync(segment.path);
      if (segment.listed) return;
      await this.#files.syncFolder(dirname(segment.path));
      segment.listed = true;
    });
  }

  /** Writes what a poisoned segment may have lost. */
  async #rewrite(): Promise<void> {
    for (let block = this.#again[0]; block !== undefined; block = this.#again[0]) {
      await this.#append(block);
      this.#again.shift();
    }
  }

  /** After a failed sync or a disk's error nothing is believed of the file but its last good sync. */
  async #orPoison(segment: OpenSegment, run: () => Promise<void>): Promise<void> {
    try {
      await run();
    } catch (error) {
      if (!(error instanceof SyncError) && errorCode(error) !== "EIO") throw error;
      this.#again.unshift(...this.#unsynced);
      this.#unsynced = [];
      this.#open = undefined;
      this.#resumes = true;
      // What can still be read of it comes again in another segment: readers take one of them.
      await this.#files.truncate(segment.path, segment.size).catch(() => {});
      await this.#files.close(segment.path).catch(() => {});
      throw error;
    }
  }

  #fits({ size, index, head }: OpenSegment, packed: Packed): boolean {
    const chunk = chunkBytes(packed.stored.length);
    return size + chunk + segmentEndBytes(head, index.length + 1) <= this.#bytesMax;
  }

  async #start(firstSequence: number): Promise<OpenSegment> {
    const number = this.#segments + 1;
    const numbers = { segment: number, firstSequence, resumes: this.#resumes };
    const head: FileHead = { ...this.#head, fileKind: "segment", ...numbers };
    const path = segmentPath(this.#folder, number);
    const salt = randomSalt();
    await this.#files.create(path);
    this.#segments = number;
    this.#resumes = false;
    this.#open = { path, salt, head, index: [], size: 0, number: 1, ended: false, listed: false };
    return this.#open;
  }

  async #write(segment: OpenSegment, bytes: Uint8Array): Promise<void> {
    await this.#orPoison(segment, () => this.#files.write(segment.path, bytes, segment.size)).catch(
      async (error) => {
        // What was written of it must not stand before what comes next.
        if (this.#open === segment) {
          await this.#files.truncate(segment.path, segment.size).catch(() => {});
        }
        throw error;
      },
    );
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
