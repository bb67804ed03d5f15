import { dirname, join } from "node:path";
import type { SessionMetadata } from "../format/metadata.ts";
import type { BinarySnapshot } from "../format/snapshot.ts";
import type { Clock } from "../ports/clock.ts";
import type { Fs } from "../ports/fs.ts";
import { BinaryStorage } from "./binary-storage.ts";
import type { Journal } from "./journal.ts";
import type { OpenFiles } from "./open-files.ts";
import {
  METADATA_NAME,
  SNAPSHOT_NAME,
  sessionIdsFrom,
  tokenFolder,
  UPDATES_FOLDER,
} from "./paths.ts";
import type { SearchBudget } from "./search-budget.ts";
import { type PackedBlock, type SegmentsBefore, SegmentWriter } from "./segment-writer.ts";
import type { SessionRoll } from "./session-roll.ts";
import { syncError } from "./sync-error.ts";

/** Where sessions of a recorder lie. */
export interface FilesPlace {
  readonly fs: Fs;
  readonly files: OpenFiles;
  readonly basePath: string;
  readonly recorderId: string;
  readonly segmentBytesMax: number;
}

export interface SessionPlace extends FilesPlace {
  readonly clock: Clock;
  readonly searches: SearchBudget;
  readonly journal: Journal;
  readonly roll: SessionRoll;
  /** Updates lost with files that could not be written, of all sessions together. */
  readonly losses: { updates: number };
}

/** A session's folder on disk. Calls must follow one another, `create` or `adopt` first. */
export class SessionFiles {
  readonly #place: FilesPlace;
  readonly #storage: BinaryStorage;
  #folder = "";
  #sessionId = "";
  #segments: SegmentWriter | undefined;
  /** The folders that lead to it are durable: its own name stands there once and for all. */
  #isListed = false;

  constructor(place: FilesPlace) {
    this.#place = place;
    this.#storage = new BinaryStorage(place.fs);
  }

  get folder(): string {
    return this.#folder;
  }

  /** `""` until `create` is done. */
  get sessionId(): string {
    return this.#sessionId;
  }

  /** What the segments hold so far. */
  get size(): { readonly segments: number; readonly bytes: number } {
    return { segments: this.#segments?.segments ?? 0, bytes: this.#segments?.bytes ?? 0 };
  }

  /**
   * Makes the folder. Its name is the start's second, or the next that is free: an exclusive
   * mkdir decides, so that two processes never share one.
   */
  async create(tokenId: string, market: string, startMs: number): Promise<void> {
    const { fs } = this.#place;
    const parent = this.#parent(tokenId);
    await fs.makeFolders(parent);
    for (const sessionId of sessionIdsFrom(startMs)) {
      if (!(await fs.makeFolder(join(parent, sessionId)))) continue;
      this.#sessionId = sessionId;
      break;
    }
    await this.#enter(tokenId, market, { segments: 0, bytes: 0 });
  }

  /** Goes on in the folder of a session that was not sealed, behind its segments. */
  async adopt(
    tokenId: string,
    market: string,
    sessionId: string,
    before: SegmentsBefore,
  ): Promise<void> {
    this.#sessionId = sessionId;
    await this.#enter(tokenId, market, before);
  }

  async #enter(tokenId: string, market: string, before: SegmentsBefore): Promise<void> {
    const { fs, files, recorderId, segmentBytesMax } = this.#place;
    this.#folder = join(this.#parent(tokenId), this.#sessionId);
    await fs.makeFolders(join(this.#folder, UPDATES_FOLDER));
    const head = { tokenId, market, sessionId: this.#sessionId, recorderId };
    this.#segments ??= new SegmentWriter(files, this.#folder, head, segmentBytesMax, before);
  }

  #parent(tokenId: string): string {
    const { basePath, recorderId } = this.#place;
    return tokenFolder(basePath, tokenId, recorderId);
  }

  async append(block: PackedBlock): Promise<void> {
    await this.#segments!.append(block);
  }

  async writeSnapshot(snapshot: BinarySnapshot): Promise<void> {
    const { recorderId } = this.#place;
    const owner = { sessionId: this.#sessionId, recorderId };
    await this.#storage.writeSnapshot(join(this.#folder, SNAPSHOT_NAME), owner, snapshot, false);
  }

  async writeMetadata(metadata: SessionMetadata): Promise<void> {
    await this.#storage.writeMetadata(join(this.#folder, METADATA_NAME), metadata, false);
  }

  /** The folders that lead to it, which others share. */
  get parents(): readonly string[] {
    const token = dirname(this.#folder);
    return [token, dirname(token)];
  }

  /** They are durable since it is there. */
  listed(): void {
    this.#isListed = true;
  }

  /** Makes the blocks written so far durable, and the folders that lead to them. */
  async sync(): Promise<void> {
    if (this.#segments === undefined) return;
    await this.#segments.sync();
    if (!this.#isListed) await this.#list();
  }

  /** Ends the last segment and makes every file and folder of the session durable. */
  async seal(metadata: () => SessionMetadata): Promise<void> {
    const { fs } = this.#place;
    await this.#segments!.finish();
    const snapshot = join(this.#folder, SNAPSHOT_NAME);
    if (await fs.stat(snapshot)) await this.#durably((disk) => disk.syncFile(snapshot));
    await this.#list();
    // It says that all the rest is there, so it comes when that is durable.
    await this.#storage.writeMetadata(join(this.#folder, METADATA_NAME), metadata(), true);
  }

  /** Lets the open segment go; its blocks are made durable if the disk lets them. */
  async abandon(): Promise<void> {
    try {
      await this.#segments?.sync();
    } finally {
      await this.#segments?.abandon();
    }
  }

  /** Makes the names in its folder durable, and its own. */
  async #list(): Promise<void> {
    const folders = [this.#folder, ...(this.#isListed ? [] : this.parents)];
    for (const folder of folders) await this.#durably((fs) => fs.syncFolder(folder));
    this.#isListed = true;
  }

  async #durably(sync: (fs: Fs) => Promise<void>): Promise<void> {
    try {
      await sync(this.#place.fs);
    } catch (cause) {
      throw syncError(cause);
    }
  }
}
