import { basename, dirname, join } from "node:path";
import { damaged } from "../format/damaged.ts";
import { PolybotError } from "../format/error.ts";
import type { FileHead } from "../format/file-head.ts";
import { type InspectedWhole, inspectWhole } from "../format/inspect-whole.ts";
import { decodeMetadata, type SessionMetadata } from "../format/metadata.ts";
import { onlyChunk } from "../format/scan-bytes.ts";
import { headIn } from "../format/segment-end.ts";
import { type BinarySnapshot, decodeSnapshot } from "../format/snapshot.ts";
import type { Fs } from "../ports/fs.ts";
import {
  isTokenId,
  METADATA_NAME,
  SNAPSHOT_NAME,
  segmentNumber,
  UPDATES_FOLDER,
} from "../store/paths.ts";
import { scanPath } from "./scan-path.ts";

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
  readonly #lone: string | undefined;

  /** `lone`: the only file to look at, with its folder as `path`. */
  constructor(fs: Fs, path: string, lone?: string) {
    this.#fs = fs;
    this.path = path;
    this.#lone = lone;
  }

  /** Whether this is a single file, not a session's folder. */
  get isLone(): boolean {
    return this.#lone !== undefined;
  }

  /** Whether the session is not there any more: it was pruned meanwhile, whole. */
  async isGone(): Promise<boolean> {
    return (await this.#fs.stat(this.path)) === undefined;
  }

  /** Whether this is a single segment, of which the session's metadata says nothing. */
  get isLoneSegment(): boolean {
    return this.isLone && !this.#isLoneWholeFile;
  }

  get #isLoneWholeFile(): boolean {
    return this.#lone === SNAPSHOT_NAME || this.#lone === METADATA_NAME;
  }

  /** The session's folder; a lone segment may still lie in the one of its session. */
  get #sessionPath(): string {
    return this.isLoneSegment ? dirname(this.path) : this.path;
  }

  /** The segments in order. */
  async segments(): Promise<SegmentFile[]> {
    if (this.#isLoneWholeFile) return [];
    const folder = this.#lone ? this.path : join(this.path, UPDATES_FOLDER);
    const names = this.#lone ? [this.#lone] : await this.#fs.list(folder);
    const files: SegmentFile[] = [];
    for (const name of names) {
      const number = segmentNumber(name) ?? (this.isLone ? 1 : undefined);
      if (number === undefined) continue;
      const path = join(folder, name);
      // What cannot be looked at is told by whoever reads it.
      const stat = await this.#fs.stat(path).catch(() => undefined);
      files.push({ path, number, bytes: stat?.size ?? 0 });
    }
    return files.sort((a, b) => a.number - b.number);
  }

  /** Whether a segment is the last of its session, the only one that may still grow. */
  async isLast({ path, number }: SegmentFile): Promise<boolean> {
    const names = await this.#fs.list(dirname(path));
    return names.every((name) => (segmentNumber(name) ?? 0) <= number);
  }

  /** `undefined` if there is none; `DAMAGED` if it is not whole. */
  async metadata(): Promise<SessionMetadata | undefined> {
    const bytes = await this.#readWhole(METADATA_NAME);
    if (bytes === undefined) return undefined;
    const { header, stored } = onlyChunk(bytes, "metadata");
    return decodeMetadata(header, stored);
  }

  /** All that there is of it, and all that is wrong; `undefined` if there is none. */
  async inspectMetadata(): Promise<InspectedWhole<SessionMetadata> | undefined> {
    const bytes = await this.#readWhole(METADATA_NAME);
    return bytes && inspectWhole(bytes, "metadata", decodeMetadata);
  }

  async inspectSnapshot(): Promise<InspectedWhole<BinarySnapshot> | undefined> {
    const bytes = await this.#readWhole(SNAPSHOT_NAME);
    return bytes && inspectWhole(bytes, "snapshot", decodeSnapshot);
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
   * What the metadata says; else, and for a lone file, the first file that has its head, or the
   * index's copy of it, whole; else the folders' names. A block notices if it is not its own.
   */
  async identity(metadata: SessionMetadata | undefined): Promise<Identity> {
    if (metadata !== undefined && !this.isLone) {
      const { token_id, market, session_id, recorder_id } = metadata;
      return { tokenId: token_id, market, sessionId: session_id, recorderId: recorder_id };
    }
    const segments = (await this.segments()).map(({ path }) => path);
    const others = [METADATA_NAME, SNAPSHOT_NAME].map((name) => join(this.#sessionPath, name));
    for (const path of [...segments, ...others]) {
      const head = await this.#headOf(path);
      if (head !== undefined) return head;
    }
    const parent = basename(dirname(this.#sessionPath));
    const tokenId = isTokenId(parent) ? parent : "";
    const recorderId = isTokenId(parent) ? "" : parent;
    return { tokenId, market: "", sessionId: basename(this.#sessionPath), recorderId };
  }

  async #headOf(path: string): Promise<FileHead | undefined> {
    if ((await this.#fs.stat(path)) === undefined) return undefined;
    try {
      for await (const part of scanPath(this.#fs, path)) {
        const head = part.kind === "chunk" ? headIn(part.header, part.stored) : undefined;
        if (head !== undefined) return head;
      }
    } catch (error) {
      // Damage is found and told by whoever reads the file itself.
      if (!(error instanceof PolybotError)) throw error;
    }
    return undefined;
  }

  /** A whole file of the session; what the system refuses to read is `DAMAGED`. */
  async #readWhole(name: string): Promise<Uint8Array | undefined> {
    if (this.#isLoneWholeFile && name !== this.#lone) return undefined;
    const path = join(this.#sessionPath, name);
    try {
      return await this.#fs.readFile(path);
    } catch (cause) {
      throw damaged(`it cannot be read: ${cause instanceof Error ? cause.message : cause}`, cause);
    }
  }
}
