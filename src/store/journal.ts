import { CHUNK_KIND, type ChunkContent } from "../format/chunk.ts";
import type { JournalUpdate } from "../format/journal-change.ts";
import {
  type JournalKeyframe,
  type JournalRecord,
  JournalRecords,
} from "../format/journal-record.ts";
import type { Clock, Timer } from "../ports/clock.ts";
import { errorCode, type Fs } from "../ports/fs.ts";
import { JournalEntry, type JournaledSession } from "./journal-entry.ts";
import { JournalFile } from "./journal-file.ts";
import { JournalBatch, JournalPart } from "./journal-part.ts";
import { journalPath } from "./paths.ts";
import type { ReserveFile } from "./reserve-file.ts";
import { SyncError } from "./sync-error.ts";

/** When a journal is synced: every so many milliseconds, after every write, or by the system. */
export type SyncMode = number | "always" | "os";

export interface JournalOptions {
  readonly fs: Fs;
  readonly clock: Clock;
  /** The recorder's own folder. */
  readonly folder: string;
  readonly recorderId: string;
  readonly syncMode: SyncMode;
  /** Updates that may wait to be written. */
  readonly updatesMax: number;
  readonly reserve: ReserveFile;
  /** Numbers of the sockets that are connected. */
  sockets(): readonly number[];
}

/** A message is on its way to the disk when it is so old: 50 ms are promised. */
const WRITE_AGE_MS = 40;
/** Records that are written at once, however new. */
const BATCH_BYTES = 1024 * 1024;
/** Bytes that may wait to be written, however few updates they are. */
const WAITING_BYTES_MAX = 64 * 1024 * 1024;
/** A part is not added to from here on. */
const PART_BYTES = 16 * 1024 * 1024;
/** A journal that cannot be trimmed grows no further: 256 MiB. */
const PARTS_MAX = 16;
/** Without updates, heartbeats come so far apart. */
const HEARTBEAT_MS = 1000;
const RETRY_MS = 1000;
/** The reserve is for recordings that last, and for disks that were in no trouble for so long. */
const RESERVE_AFTER_MS = 10_000;
/** How long trouble is waited out once the writer is closing. */
const LAST_PATIENCE_MS = 3000;

/** The system may have dropped what it was given, or will not take more in this file. */
const KEEPS_FILE = new Set(["ENOSPC", "EDQUOT", "EFBIG", "EROFS", "EMFILE", "ENFILE"]);

/** A batch on its way to the disk. */
interface Chunk {
  /** Counts all batches; one that is written again keeps it. */
  readonly ordinal: number;
  readonly part: JournalPart;
  readonly content: ChunkContent;
  readonly payload: Uint8Array<ArrayBuffer>;
  readonly updates: number;
  /** The last update of each session in it. */
  readonly ends: readonly { readonly entry: JournalEntry; readonly last: number }[];
}

interface WrittenChunk extends Chunk {
  readonly file: JournalFile;
}

/**
 * The write-ahead journal that all sessions of a recorder share. Records are collected in memory
 * in the turn that brings them, and written together: one write and one sync are under way at a
 * time, both in the thread pool. What no sync has covered is kept, to be written again to another
 * file should the disk fail. docs/RELIABILITY.md.
 */
export class Journal {
  readonly #options: JournalOptions;
  readonly #entries = new Set<JournalEntry>();
  #numbers = 0;
  #fileNumbers = 0;
  /** Oldest first; the last one is added to. */
  readonly #parts = [new JournalPart()];
  #open: JournalBatch | undefined;
  #closed: Chunk[] = [];
  /** The one that is being written. */
  #current: Chunk | undefined;
  #unsynced: WrittenChunk[] = [];
  #file: JournalFile | undefined;
  #filePart: JournalPart | undefined;
  #chunks = 0;
  #isSyncing = false;
  #waitingUpdates = 0;
  #waitingBytes = 0;
  /** Updates have come since the last heartbeat. */
  #hasNews = false;
  #beatMs = Number.NEGATIVE_INFINITY;
  #reserveAtMs = 0;
  #timer: Timer | undefined;
  #ticker: Timer | undefined;
  #giveUpAtMs = Number.POSITIVE_INFINITY;
  #waiters: (() => void)[] = [];
  /** Given up: nothing is written any more. */
  #failure: unknown;
  /** What keeps the disk from being written, while something does. */
  trouble: unknown;

  constructor(options: JournalOptions) {
    this.#options = options;
  }

  /** Whether as much waits to be written as may, or the segments are too far behind. */
  get full(): boolean {
    const { updatesMax } = this.#options;
    if (this.#parts.length > PARTS_MAX || this.#waitingBytes >= WAITING_BYTES_MAX) return true;
    return this.#waitingUpdates >= updatesMax;
  }

  /** Updates that are not written yet. */
  get waiting(): number {
    return this.#waitingUpdates;
  }

  /** Oldest first; records are added to the last one. */
  get parts(): readonly JournalPart[] {
    return this.#parts;
  }

  get entries(): ReadonlySet<JournalEntry> {
    return this.#entries;
  }

  /** Takes a session in: from now on its updates must be in the journal or in durable blocks. */
  enter(session: JournaledSession): JournalEntry {
    const entry = new JournalEntry(++this.#numbers, session);
    this.#entries.add(entry);
    this.#startTicker();
    return entry;
  }

  /** Nothing more of the session is waited for. */
  leave(entry: JournalEntry): void {
    if (!this.#entries.delete(entry)) return;
    if (entry.namedIn !== undefined) this.#batch().records.sealed(entry.number);
  }

  /** Says anew what the session is: its folder was made, or it has names now. */
  rename(entry: JournalEntry): void {
    entry.namedIn = undefined;
    this.#batchFor(entry);
  }

  /** The book before an update that begins a block. */
  keyframe(entry: JournalEntry, sequence: number, keyframe: JournalKeyframe): void {
    this.#batchFor(entry).records.keyframe(entry.number, sequence, keyframe);
  }

  update(entry: JournalEntry, sequence: number, update: JournalUpdate): void {
    const batch = this.#batchFor(entry);
    batch.records.update(entry.number, sequence, update, entry.session.implied);
    batch.updates++;
    this.#waitingUpdates++;
    this.#hasNews = true;
    entry.last = sequence;
    if (entry.batch !== batch) {
      entry.batch = batch;
      batch.entries.push(entry);
    }
    this.look();
  }

  /** Copies a record of a session that stands in an older part to the newest. */
  copy(entry: JournalEntry, record: JournalRecord): void {
    this.#batchFor(entry).records.copy(record);
    this.look();
  }

  /** Whether an update of the session is durable here, or will be unless the process dies. */
  holds(entry: JournalEntry, sequence: number): boolean {
    return entry.durable >= sequence || this.#failure === undefined;
  }

  /** To be called with every message: what is old enough is written. */
  look(): void {
    if (this.#open === undefined || this.#current !== undefined) return;
    const ageMs = this.#options.clock.monotonicMs() - this.#open.sinceMs;
    if (ageMs >= WRITE_AGE_MS || this.#open.records.bytes >= BATCH_BYTES) this.#write();
  }

  /** Resolves when all so far is durable; rejects if that was given up. */
  async sync(): Promise<void> {
    this.#closeBatch();
    const target = this.#chunks;
    this.#write();
    while (this.#failure === undefined && this.#durable < target) {
      const progress = this.#progress();
      void this.#sync();
      await progress;
    }
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Resolves when there is room for more. */
  async room(): Promise<void> {
    while (this.full && this.#failure === undefined) await this.#progress();
  }

  /** From now on trouble with the disk is waited out for a short while only. */
  close(): void {
    this.#giveUpAtMs = this.#options.clock.monotonicMs() + LAST_PATIENCE_MS;
  }

  /** Removes a part of which nothing is needed any more, the oldest. */
  async removeOldest(): Promise<void> {
    const part = this.#parts.shift();
    for (const path of part?.paths ?? []) await this.#options.fs.remove(path);
  }

  /** Ends all work. What is not durable by now is given up; what is all sealed is removed. */
  async stop(): Promise<void> {
    this.#ticker?.stop();
    this.#timer?.stop();
    this.#failure ??= new Error("the journal is closed");
    while (this.#current !== undefined || this.#isSyncing) await this.#progress();
    const files = new Set(this.#unsynced.map(({ file }) => file));
    if (this.#file !== undefined) files.add(this.#file);
    for (const file of files) await file.close().catch(() => {});
    if (this.#entries.size > 0) return;
    for (const path of this.#parts.flatMap(({ paths }) => paths)) {
      await this.#options.fs.remove(path).catch(() => {});
    }
  }

  /** All chunks up to this one are durable. */
  get #durable(): number {
    let next = this.#current?.ordinal ?? this.#chunks + 1;
    // What is written again is out of its order.
    for (const { ordinal } of this.#unsynced) next = Math.min(next, ordinal);
    for (const { ordinal } of this.#closed) next = Math.min(next, ordinal);
    return next - 1;
  }

  /** The batch to add to, in which or before which the session is named. */
  #batchFor(entry: JournalEntry): JournalBatch {
    const batch = this.#batch();
    if (entry.namedIn !== batch.part) {
      entry.namedIn = batch.part;
      batch.records.session(entry.number, entry.session.described);
    }
    return batch;
  }

  #batch(): JournalBatch {
    if (this.#open !== undefined && this.#open.records.bytes < BATCH_BYTES) return this.#open;
    this.#closeBatch();
    const part = this.#parts.at(-1)!;
    if (part.bytes >= PART_BYTES) this.#parts.push(new JournalPart());
    const { clock } = this.#options;
    this.#open = new JournalBatch(this.#parts.at(-1)!, clock.monotonicMs());
    this.#wait();
    return this.#open;
  }

  /** In silence nobody else looks after the open batch. */
  #wait(): void {
    if (this.#open === undefined || this.#timer !== undefined) return;
    const { clock } = this.#options;
    const ageMs = clock.monotonicMs() - this.#open.sinceMs;
    this.#timer = clock.after(Math.max(0, WRITE_AGE_MS - ageMs), () => {
      this.#timer = undefined;
      // What a write is under way for is looked after when it ends.
      if (this.#current !== undefined) return;
      this.look();
      this.#wait();
    });
  }

  #closeBatch(): void {
    const batch = this.#open;
    if (batch === undefined) return;
    this.#open = undefined;
    const { payload, ...content } = batch.records.take();
    const kind = CHUNK_KIND.journal;
    batch.part.bytes += payload.length;
    this.#waitingBytes += payload.length;
    const ends = batch.entries.map((entry) => ({ entry, last: entry.last }));
    for (const { entry, last } of ends) entry.pin(batch.part, last);
    this.#closed.push({
      ordinal: ++this.#chunks,
      ends,
      part: batch.part,
      content: { kind, firstSequence: 0, ...content },
      payload,
      updates: batch.updates,
    });
  }

  #write(): void {
    if (this.#current !== undefined) return;
    this.#closeBatch();
    this.#current = this.#closed.shift();
    if (this.#current !== undefined) void this.#writeOut(this.#current);
  }

  async #writeOut(first: Chunk): Promise<void> {
    for (let chunk: Chunk | undefined = first; chunk !== undefined; ) {
      await this.#put(chunk);
      this.#waitingUpdates -= chunk.updates;
      this.#waitingBytes -= chunk.payload.length;
      chunk = this.#closed.shift();
      this.#current = chunk;
      this.#wake();
    }
    this.look();
    this.#wait();
    if (this.#options.syncMode === "always") void this.#sync();
  }

  /** Writes a chunk, however often that fails. */
  async #put(chunk: Chunk): Promise<void> {
    while (this.#failure === undefined) {
      let file: JournalFile | undefined;
      try {
        file = await this.#fileFor(chunk.part);
        await file.append(chunk.content, chunk.payload);
        // A sync may have failed meanwhile, and the write with it.
        if (file.isPoisoned) continue;
        this.#unsynced.push({ ...chunk, file });
        this.#relieved();
        return;
      } catch (error) {
        const isUsable = KEEPS_FILE.has(errorCode(error)) && file?.isPoisoned === false;
        if (file !== undefined && !isUsable) this.#poison(file);
        await this.#troubled(error);
      }
    }
  }

  async #fileFor(part: JournalPart): Promise<JournalFile> {
    if (this.#file !== undefined && this.#filePart === part) return this.#file;
    const { fs, folder, recorderId } = this.#options;
    const number = ++this.#fileNumbers;
    const path = journalPath(folder, number);
    part.paths.push(path);
    const before = this.#file;
    this.#file = await JournalFile.create(fs, path, recorderId, number);
    this.#filePart = part;
    if (before !== undefined) this.#closeIfDone(before);
    return this.#file;
  }

  async #troubled(error: unknown): Promise<void> {
    const { clock, reserve } = this.#options;
    this.trouble = error instanceof SyncError ? error.cause : error;
    if (clock.monotonicMs() >= this.#giveUpAtMs) this.#failure = error;
    // The space that it held is for what waits here.
    else if (!(await reserve.free())) await clock.sleep(RETRY_MS);
    this.#wake();
  }

  #relieved(): void {
    if (this.trouble === undefined) return;
    this.trouble = undefined;
    this.#reserveAtMs = this.#options.clock.monotonicMs() + RESERVE_AFTER_MS;
  }

  async #sync(): Promise<void> {
    if (this.#isSyncing || this.#unsynced.length === 0) return;
    this.#isSyncing = true;
    const covered = this.#unsynced.at(-1)!.ordinal;
    for (const file of new Set(this.#unsynced.map((chunk) => chunk.file))) {
      try {
        await this.#syncFile(file);
        const isCovered = (chunk: WrittenChunk) => chunk.file === file && chunk.ordinal <= covered;
        for (const { ends } of this.#unsynced.filter(isCovered)) {
          for (const { entry, last } of ends) entry.durable = Math.max(entry.durable, last);
        }
        this.#unsynced = this.#unsynced.filter((chunk) => !isCovered(chunk));
        this.#closeIfDone(file);
      } catch (error) {
        if (error instanceof SyncError) this.#poison(file);
        await this.#troubled(error);
        break;
      }
    }
    this.#isSyncing = false;
    this.#write();
    this.#wake();
  }

  async #syncFile(file: JournalFile): Promise<void> {
    await file.datasync();
    if (file.isListed) return;
    await this.#options.fs.syncFolder(this.#options.folder).catch((cause) => {
      throw new SyncError(cause);
    });
    file.isListed = true;
  }

  /** What the file may have lost is written again to another, in the same order. */
  #poison(file: JournalFile): void {
    file.isPoisoned = true;
    void file.close().catch(() => {});
    const lost = this.#unsynced.filter((chunk) => chunk.file === file);
    this.#unsynced = this.#unsynced.filter((chunk) => chunk.file !== file);
    if (this.#file === file) this.#file = undefined;
    for (const { payload, updates } of lost) {
      this.#waitingBytes += payload.length;
      this.#waitingUpdates += updates;
    }
    const part = this.#filePart;
    const names = lost[0] ?? this.#current;
    const again =
      part !== undefined && names !== undefined ? [this.#names(part, names.ordinal)] : [];
    this.#closed.unshift(...again, ...lost);
  }

  /** Names the sessions of a part again: its new file may be all that can be read of it. */
  #names(part: JournalPart, ordinal: number): Chunk {
    const records = new JournalRecords();
    for (const { namedIn, number, session } of this.#entries) {
      if (namedIn === part) records.session(number, session.described);
    }
    const { payload, ...content } = records.take();
    const kind = CHUNK_KIND.journal;
    this.#waitingBytes += payload.length;
    const nothing = { updates: 0, ends: [] };
    return { ordinal, part, content: { kind, firstSequence: 0, ...content }, payload, ...nothing };
  }

  #closeIfDone(file: JournalFile): void {
    if (file === this.#file || file.isPoisoned) return;
    if (this.#unsynced.some((chunk) => chunk.file === file)) return;
    void file.close().catch(() => {});
  }

  #startTicker(): void {
    const { clock, syncMode } = this.#options;
    if (this.#ticker !== undefined) return;
    this.#reserveAtMs = clock.monotonicMs() + RESERVE_AFTER_MS;
    const intervalMs = typeof syncMode === "number" ? syncMode : HEARTBEAT_MS;
    this.#ticker = clock.every(intervalMs, () => this.#tick());
  }

  #tick(): void {
    const { clock, syncMode, sockets, reserve } = this.#options;
    const nowMs = clock.monotonicMs();
    if (nowMs >= this.#reserveAtMs && this.trouble === undefined) reserve.make();
    if (this.#hasNews || nowMs - this.#beatMs >= HEARTBEAT_MS) {
      this.#beatMs = nowMs;
      this.#hasNews = false;
      this.#batch().records.heartbeat({ atUs: clock.nowUs(), sockets: sockets() });
    }
    if (syncMode !== "os") void this.#sync();
  }

  #progress(): Promise<void> {
    return new Promise((resolve) => this.#waiters.push(resolve));
  }

  #wake(): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const wake of waiters) wake();
  }
}
