import { dirname, join } from "node:path";
import type { SessionMetadata } from "../format/metadata.ts";
import type { BinarySnapshot } from "../format/snapshot.ts";
import type { Clock } from "../ports/clock.ts";
import type { Fs } from "../ports/fs.ts";
import { BinaryStorage } from "./binary-storage.ts";
import type { OpenFiles } from "./open-files.ts";
import { METADATA_NAME, SNAPSHOT_NAME, sessionIdAt, tokenFolder, UPDATES_FOLDER } from "./paths.ts";
import type { SearchBudget } from "./search-budget.ts";
import { type PackedBlock, SegmentWriter } from "./segment-writer.ts";
import { syncError } from "./sync-error.ts";

export interface SessionPlace {
  readonly fs: Fs;
  readonly files: OpenFiles;
  readonly basePath: string;
  readonly recorderId: string;
  readonly segmentBytesMax: number;
  readonly clock: Clock;
  readonly searches: SearchBudget;
  /** Updates lost with files that could not be written, of all sessions together. */
  readonly losses: { updates: number };
}

const SECOND_MS = 1000;

/** A session's folder on disk. Calls must follow one another, `create` first. */
export class SessionFiles {
  readonly #place: SessionPlace;
  readonly #storage: BinaryStorage;
  #folder = "";
  #sessionId = "";
  #segments: SegmentWriter | undefined;

  constructor(place: SessionPlace) {
    this.#place = place;
    this.#storage = new BinaryStorage(place.fs);
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
    const { fs, files, basePath, recorderId, segmentBytesMax } = this.#place;
    const parent = tokenFolder(basePath, tokenId, recorderId);
    await fs.makeFolders(parent);
    for (let ms = startMs; this.#sessionId === ""; ms += SECOND_MS) {
      const sessionId = sessionIdAt(ms);
      if (await fs.makeFolder(join(parent, sessionId))) this.#sessionId = sessionId;
    }
    this.#folder = join(parent, this.#sessionId);
    await fs.makeFolder(join(this.#folder, UPDATES_FOLDER));
    const head = { tokenId, market, sessionId: this.#sessionId, recorderId };
    const sync = () => this.#syncFolders();
    this.#segments ??= new SegmentWriter(files, this.#folder, head, segmentBytesMax, sync);
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

  /** Updates in segments that no sync has covered; counted once. */
  takeUnsynced(): number {
    return this.#segments?.takeUnsynced() ?? 0;
  }

  /** Makes the blocks written so far durable, and the folders that lead to them. */
  async sync(): Promise<void> {
    await this.#segments?.sync();
  }

  /** Ends the last segment, then makes every file and folder of the session durable. */
  async seal(metadata: () => SessionMetadata): Promise<void> {
    const { fs } = this.#place;
    await this.#segments!.finish();
    const snapshot = join(this.#folder, SNAPSHOT_NAME);
    if (await fs.stat(snapshot)) await this.#durably((disk) => disk.syncFile(snapshot));
    await this.#storage.writeMetadata(join(this.#folder, METADATA_NAME), metadata(), true);
  }

  /** Lets the open segment go; with `sync` its blocks are made durable, which needs no space. */
  async abandon({ sync }: { readonly sync: boolean }): Promise<void> {
    try {
      if (sync) await this.#segments?.sync();
    } finally {
      await this.#segments?.abandon();
    }
  }

  /** From the segments' folder up to the one that holds all tokens. */
  async #syncFolders(): Promise<void> {
    const updates = join(this.#folder, UPDATES_FOLDER);
    const token = dirname(this.#folder);
    for (const folder of [updates, this.#folder, token, dirname(token)]) {
      await this.#durably((fs) => fs.syncFolder(folder));
    }
  }

  async #durably(sync: (fs: Fs) => Promise<void>): Promise<void> {
    try {
      await sync(this.#place.fs);
    } catch (cause) {
      throw syncError(cause);
    }
  }
}
