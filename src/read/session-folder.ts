import { basename, dirname, join } from "node:path";
import { CHUNK_KIND, type ChunkHeader } from "../format/chunk.ts";
import { PolybotError } from "../format/error.ts";
import { decodeFileHead, type FileHead } from "../format/file-head.ts";
import { decodeMetadata, type SessionMetadata } from "../format/metadata.ts";
import { onlyChunk } from "../format/scan-bytes.ts";
import { decodeIndex } from "../format/segment-end.ts";
import { type BinarySnapshot, decodeSnapshot } from "../format/snapshot.ts";
import type { Fs } from "../ports/fs.ts";
import {
  isTokenId,
  METADATA_NAME,
  SNAPSHOT_NAME,
  segmentNumber,
  UPDATES_FOLDER,
} from "../store/paths.ts";
import { scanFile } from "./scan-file.ts";

export interface SegmentFile {
  readonly path: string;
  readonly number: number;
  readonly bytes: number;
}

/** What a session is called and what its rows imply. */
export type Identity = Pick<FileHead, "tokenId" | "market" | "sessionId" | "recorderId">;

/** One session on disk, or a lone segment somewhere else. */
export class SessionFolder {
  readonly path: string;
  readonly #fs: Fs;
  readonly #segment: string | undefined;

  /** `segment`: the only file to look at, with its folder as `path`. */
  constructor(fs: Fs, path: string, segment?: string) {
    this.#fs = fs;
    this.path = path;
    this.#segment = segment;
  }

  /** Whether this is a single segment file without its session. */
  get isLoneSegment(): boolean {
    return this.#segment !== undefined;
  }

  /** The segments in order. */
  async segments(): Promise<SegmentFile[]> {
    const folder = this.#segment ? this.path : join(this.path, UPDATES_FOLDER);
    const names = this.#segment ? [this.#segment] : await this.#fs.list(folder);
    const files: SegmentFile[] = [];
    for (const name of names) {
      const number = this.#segment ? 1 : segmentNumber(name);
      const path = join(folder, name);
      const stat = number === undefined ? undefined : await this.#fs.stat(path);
      if (number !== undefined && stat) files.push({ path, number, bytes: stat.size });
    }
    return files.sort((a, b) => a.number - b.number);
  }

  /** `undefined` if there is none; `DAMAGED` if it is not whole. */
  async metadata(): Promise<SessionMetadata | undefined> {
    const bytes = await this.#readWhole(METADATA_NAME);
    if (bytes === undefined) return undefined;
    const { header, stored } = onlyChunk(bytes, "metadata");
    return decodeMetadata(header, stored);
  }

  async snapshot(): Promise<BinarySnapshot | undefined> {
    const bytes = await this.#readWhole(SNAPSHOT_NAME);
    if (bytes === undefined) return undefined;
    const { header, stored } = onlyChunk(bytes, "snapshot");
    return decodeSnapshot(header, stored);
  }

  /** `metadata`, with a damaged one like none: it is a cache, and `verify` tells the damage. */
  async soundMetadata(): Promise<SessionMetadata | undefined> {
    try {
      return await this.metadata();
    } catch (error) {
      if (error instanceof PolybotError) return undefined;
      throw error;
    }
  }

  /**
   * What the metadata says; else the first file that has its head, or the index's copy of it,
   * whole; else the folders' names. A block notices if it is not its own.
   */
  async identity(metadata: SessionMetadata | undefined): Promise<Identity> {
    if (metadata !== undefined) {
      const { token_id, market, session_id, recorder_id } = metadata;
      return { tokenId: token_id, market, sessionId: session_id, recorderId: recorder_id };
    }
    // A lone segment may still lie in its session's folder.
    const folder = this.#segment ? dirname(this.path) : this.path;
    const segments = (await this.segments()).map(({ path }) => path);
    const others = [METADATA_NAME, SNAPSHOT_NAME].map((name) => join(folder, name));
    for (const path of [...segments, ...others]) {
      const head = await this.#headOf(path);
      if (head !== undefined) return head;
    }
    const parent = basename(dirname(this.path));
    const tokenId = isTokenId(parent) ? parent : "";
    const recorderId = isTokenId(parent) ? "" : parent;
    return { tokenId, market: "", sessionId: basename(this.path), recorderId };
  }

  async #headOf(path: string): Promise<FileHead | undefined> {
    if ((await this.#fs.stat(path)) === undefined) return undefined;
    const file = await this.#fs.open(path);
    try {
      for await (const part of scanFile(file)) {
        const head = part.kind === "chunk" ? headIn(part.header, part.stored) : undefined;
        if (head !== undefined) return head;
      }
    } catch {
      // Damage is found and told by whoever reads the file itself.
    } finally {
      await file.close();
    }
    return undefined;
  }

  async #readWhole(name: string): Promise<Uint8Array | undefined> {
    return this.#segment === undefined ? this.#fs.readFile(join(this.path, name)) : undefined;
  }
}

function headIn(header: ChunkHeader, stored: Uint8Array): FileHead | undefined {
  if (header.kind === CHUNK_KIND.head) return decodeFileHead(header, stored);
  return header.kind === CHUNK_KIND.index ? decodeIndex(header, stored).head : undefined;
}
