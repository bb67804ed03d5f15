import { basename, dirname, join } from "node:path";
import { CHUNK_KIND } from "../format/chunk.ts";
import { decodeFileHead, type FileHead } from "../format/file-head.ts";
import { decodeMetadata, type SessionMetadata } from "../format/metadata.ts";
import { onlyChunk } from "../format/scan-bytes.ts";
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

  /** Whether the session has no end: a recorder writes it, or died. */
  async isOpen(): Promise<boolean> {
    try {
      return (await this.metadata())?.end_reason === null;
    } catch {
      // A damaged cache says nothing; then nothing is excused.
      return false;
    }
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

  /** From the first file whose head is whole; from the folders' names if none is. */
  async identity(): Promise<Identity> {
    for (const { path } of await this.segments()) {
      const head = await this.#headOf(path);
      if (head !== undefined) return head;
    }
    for (const name of this.#segment ? [] : [METADATA_NAME, SNAPSHOT_NAME]) {
      const head = await this.#headOf(join(this.path, name));
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
        if (part.kind !== "chunk" || part.header.kind !== CHUNK_KIND.head) return undefined;
        return decodeFileHead(part.header, part.stored);
      }
    } catch {
      // Damage is found and told by whoever reads the file itself.
    } finally {
      await file.close();
    }
    return undefined;
  }

  async #readWhole(name: string): Promise<Uint8Array | undefined> {
    const path = join(this.path, name);
    if (this.#segment !== undefined || !(await this.#fs.stat(path))) return undefined;
    const file = await this.#fs.open(path);
    try {
      return await file.read(0, await file.size());
    } finally {
      await file.close();
    }
  }
}
