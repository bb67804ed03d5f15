import type { Arrival } from "../format/block.ts";
import { CHUNK_KIND } from "../format/chunk.ts";
import {
  type JournalKeyframe,
  type JournalRecord,
  JournalRecords,
} from "../format/journal-record.ts";
import type { MarketEvent } from "../format/market-event.ts";
import type { Clock, Timer } from "../ports/clock.ts";
import type { Fs } from "../ports/fs.ts";
import { JournalEntry, type JournaledSession } from "./journal-entry.ts";
import { type JournalChunk, JournalOutput } from "./journal-output.ts";
import { JournalBatch, JournalPart } from "./journal-part.ts";
import type { ReserveFile } from "./reserve-file.ts";

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
/** The reserve is for recordings that last, and for disks that were in no trouble for so long. */
const RESERVE_AFTER_MS = 10_000;
/**
 * The write-ahead journal that all sessions of a recorder share. Records are collected in memory
 * in the turn that brings them, and written together. docs/RELIABILITY.md.
 */
export class Journal {
  readonly #options: JournalOptions;
  readonly #entries = new Set<JournalEntry>();
  readonly #output: JournalOutput;
  #numbers = 0;
  /** Oldest first; the last one is added to. */
  readonly #parts = [new JournalPart()];
  #open: JournalBatch | undefined;
  /** Updates in it. */
  #openUpdates = 0;
  /** Updates have come since the last heartbeat. */
  #hasNews = false;
  #beatMs = Number.NEGATIVE_INFINITY;
  #timer: Timer | undefined;
  #ticker: Timer | undefined;
  constructor(options: JournalOptions) {
    this.#options = options;
    this.#output = new JournalOutput({
      ...options,
      named: (part) => this.#named(part),
      idle: () => this.#idle(),
    });
  }

  /** What keeps the disk from being written, while something does. */
  get trouble(): unknown {
    return this.#output.trouble;
  }

  /** Whether as much waits to be written as may, or the segments are too far behind. */
  get full(): boolean {
    const { updatesMax } = this.#options;
    if (this.#parts.length > PARTS_MAX || this.#output.bytes >= WAITING_BYTES_MAX) return true;
    return this.waiting >= updatesMax;
  }

  /** Updates that are not written yet. */
  get waiting(): number {
    return this.#openUpdates + this.#output.updates;
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

  update(entry: JournalEntry, sequence: number, event: MarketEvent, arrival: Arrival): void {
    const batch = this.#batchFor(entry);
    batch.records.update(entry.number, sequence, event, arrival, entry.session.implied);
    this.#openUpdates++;
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
    return entry.durable >= sequence || this.#output.failure === undefined;
  }

  /** To be called with every message: what is old enough is written. */
  look(): void {
    if (this.#open === undefined || this.#output.isWriting) return;
    const ageMs = this.#options.clock.monotonicMs() - this.#open.sinceMs;
    if (ageMs >= WRITE_AGE_MS || this.#open.records.bytes >= BATCH_BYTES) this.#closeBatch();
  }

  /** Resolves when all so far is durable; rejects if that was given up. */
  async sync(): Promise<void> {
    this.#closeBatch();
    await this.#output.sync();
  }

  /** Resolves when there is room for more. */
  async room(): Promise<void> {
    while (this.full && this.#output.failure === undefined) await this.#output.progress();
  }

  /** From now on trouble with the disk is waited out for a short while only. */
  close(): void {
    this.#output.close();
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
    await this.#output.stop();
    if (this.#entries.size > 0) return;
    for (const path of this.#parts.flatMap(({ paths }) => paths)) {
      await this.#options.fs.remove(path).catch(() => {});
    }
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
      if (this.#output.isWriting) return;
      this.look();
      this.#wait();
    });
  }

  #closeBatch(): void {
    const batch = this.#open;
    if (batch === undefined) return;
    this.#open = undefined;
    const updates = this.#openUpdates;
    this.#openUpdates = 0;
    const ends = batch.entries.map((entry) => ({ entry, last: entry.last }));
    for (const { entry, last } of ends) entry.pin(batch.part, last);
    const chunk = chunkOf(batch.part, batch.records);
    batch.part.bytes += chunk.payload.length;
    this.#output.add({ ...chunk, updates, ends });
  }

  #named(part: JournalPart): JournalChunk {
    const records = new JournalRecords();
    for (const { namedIn, number, session } of this.#entries) {
      if (namedIn === part) records.session(number, session.described);
    }
    return chunkOf(part, records);
  }

  #idle(): void {
    this.look();
    this.#wait();
    if (this.#options.syncMode === "always") this.#output.syncWritten();
  }

  #startTicker(): void {
    const { clock, syncMode } = this.#options;
    if (this.#ticker !== undefined) return;
    const intervalMs = typeof syncMode === "number" ? syncMode : HEARTBEAT_MS;
    this.#ticker = clock.every(intervalMs, () => this.#tick());
  }

  #tick(): void {
    const { clock, syncMode, sockets, reserve } = this.#options;
    const nowMs = clock.monotonicMs();
    if (this.#output.calmMs >= RESERVE_AFTER_MS) reserve.make();
    if (this.#hasNews || nowMs - this.#beatMs >= HEARTBEAT_MS) {
      this.#beatMs = nowMs;
      this.#hasNews = false;
      this.#batch().records.heartbeat({ atUs: clock.nowUs(), sockets: sockets() });
    }
    if (syncMode !== "os") this.#output.syncWritten();
  }
}

function chunkOf(part: JournalPart, records: JournalRecords): JournalChunk {
  const { payload, ...times } = records.take();
  const content = { kind: CHUNK_KIND.journal, firstSequence: 0, ...times };
  return { part, content, payload, updates: 0, ends: [] };
}
