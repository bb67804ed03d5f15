import type { ChunkContent } from "../format/chunk.ts";
import type { Clock } from "../ports/clock.ts";
import { errorCode, type Fs } from "../ports/fs.ts";
import type { JournalEntry } from "./journal-entry.ts";
import { JournalFile } from "./journal-file.ts";
import type { JournalPart } from "./journal-part.ts";
import { journalPath } from "./paths.ts";
import { Patience } from "./patience.ts";
import type { ReserveFile } from "./reserve-file.ts";
import { SyncError } from "./sync-error.ts";

export interface JournalOutputOptions {
  readonly fs: Fs;
  readonly clock: Clock;
  /** The recorder's own folder. */
  readonly folder: string;
  readonly recorderId: string;
  readonly reserve: ReserveFile;
  /** Names the sessions of a part again: its new file may be all that can be read of it. */
  named(part: JournalPart): JournalChunk;
  /** Nothing more is to be written for now. */
  idle(): void;
}

/** Records that are written together. */
export interface JournalChunk {
  readonly part: JournalPart;
  readonly content: ChunkContent;
  readonly payload: Uint8Array<ArrayBuffer>;
  readonly updates: number;
  /** The last update of each session in it. */
  readonly ends: readonly { readonly entry: JournalEntry; readonly last: number }[];
}

/** One that is on its way to the disk, and after trouble comes again. */
interface NumberedChunk extends JournalChunk {
  /** Counts all chunks. */
  readonly ordinal: number;
}

interface WrittenChunk extends NumberedChunk {
  readonly file: JournalFile;
}

/** After these a file can be written on; after others nobody knows what it holds. */
const KEEPS_FILE = new Set(["ENOSPC", "EDQUOT", "EFBIG", "EROFS", "EMFILE", "ENFILE"]);

/**
 * Brings a journal's chunks to the disk: one write and one sync are under way at a time, both in
 * the thread pool. What no sync has covered is kept, to be written again to another file should
 * the disk fail.
 */
export class JournalOutput {
  readonly #options: JournalOutputOptions;
  readonly #patience: Patience;
  #fileNumbers = 0;
  #waiting: NumberedChunk[] = [];
  /** The one that is being written. */
  #current: NumberedChunk | undefined;
  #unsynced: WrittenChunk[] = [];
  #file: JournalFile | undefined;
  #filePart: JournalPart | undefined;
  #chunks = 0;
  #isSyncing = false;
  #updates = 0;
  #bytes = 0;
  #waiters: (() => void)[] = [];
  #failure: unknown;
  #trouble: unknown;
  #calmSinceMs: number;

  constructor(options: JournalOutputOptions) {
    this.#options = options;
    this.#patience = new Patience(options.clock);
    this.#calmSinceMs = options.clock.monotonicMs();
  }

  /** Updates that wait to be written. */
  get updates(): number {
    return this.#updates;
  }

  /** Bytes that wait to be written. */
  get bytes(): number {
    return this.#bytes;
  }

  get isWriting(): boolean {
    return this.#current !== undefined;
  }

  /** Given up: nothing is written any more. */
  get failure(): unknown {
    return this.#failure;
  }

  /** What keeps the disk from being written, while something does. */
  get trouble(): unknown {
    return this.#trouble;
  }

  /** For so long the disk has been in no trouble. */
  get calmMs(): number {
    return this.#trouble === undefined ? this.#options.clock.monotonicMs() - this.#calmSinceMs : 0;
  }

  add(chunk: JournalChunk): void {
    this.#updates += chunk.updates;
    this.#bytes += chunk.payload.length;
    this.#waiting.push({ ...chunk, ordinal: ++this.#chunks });
    this.#write();
  }

  /** Begins a sync of what was written, unless one is under way. */
  syncWritten(): void {
    void this.#sync();
  }

  /** Resolves when all so far is durable; rejects if that was given up. */
  async sync(): Promise<void> {
    const target = this.#chunks;
    while (this.#failure === undefined && this.#durable < target) {
      const progress = this.progress();
      void this.#sync();
      await progress;
    }
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Resolves when something was written, synced, or refused. */
  progress(): Promise<void> {
    return new Promise((resolve) => this.#waiters.push(resolve));
  }

  /** From now on trouble with the disk is waited out for a short while only. */
  close(): void {
    this.#patience.close();
  }

  /** Ends all work. What is not durable by now is given up. */
  async stop(): Promise<void> {
    this.#failure ??= new Error("the journal is closed");
    while (this.#current !== undefined || this.#isSyncing) await this.progress();
    const files = new Set(this.#unsynced.map(({ file }) => file));
    if (this.#file !== undefined) files.add(this.#file);
    for (const file of files) await file.close().catch(() => {});
  }

  /** All chunks up to this one are durable. */
  get #durable(): number {
    let next = this.#current?.ordinal ?? this.#chunks + 1;
    // What is written again is out of its order.
    for (const { ordinal } of this.#unsynced) next = Math.min(next, ordinal);
    for (const { ordinal } of this.#waiting) next = Math.min(next, ordinal);
    return next - 1;
  }

  #write(): void {
    if (this.#current !== undefined) return;
    this.#current = this.#waiting.shift();
    if (this.#current !== undefined) void this.#writeOut(this.#current);
  }

  async #writeOut(first: NumberedChunk): Promise<void> {
    for (let chunk: NumberedChunk | undefined = first; chunk !== undefined; ) {
      await this.#put(chunk);
      this.#updates -= chunk.updates;
      this.#bytes -= chunk.payload.length;
      chunk = this.#waiting.shift();
      this.#current = chunk;
      this.#wake();
    }
    this.#options.idle();
  }

  /** Writes a chunk, however often that fails. */
  async #put(chunk: NumberedChunk): Promise<void> {
    while (this.#failure === undefined) {
      let file: JournalFile | undefined;
      try {
        file = await this.#fileFor(chunk.part);
        await file.append(chunk.content, chunk.payload);
        // A sync may have failed meanwhile, and the write with it.
        if (file.isPoisoned) continue;
        this.#unsynced.push({ ...chunk, file });
        if (this.#trouble !== undefined) this.#calmSinceMs = this.#options.clock.monotonicMs();
        this.#trouble = undefined;
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
    this.#trouble = error instanceof SyncError ? error.cause : error;
    if (this.#patience.isOver) this.#failure = error;
    // The space that it held is for what waits here.
    else if (!(await this.#options.reserve.free())) await this.#patience.wait();
    this.#wake();
  }

  async #sync(): Promise<void> {
    if (this.#isSyncing || this.#unsynced.length === 0) return;
    this.#isSyncing = true;
    // What is written meanwhile is not covered, be it the same for a second time.
    const covered = new Set(this.#unsynced);
    for (const file of new Set(this.#unsynced.map((chunk) => chunk.file))) {
      try {
        await this.#syncFile(file);
        const isDurable = (chunk: WrittenChunk) => chunk.file === file && covered.has(chunk);
        for (const { ends } of this.#unsynced.filter(isDurable)) {
          for (const { entry, last } of ends) entry.durable = Math.max(entry.durable, last);
        }
        this.#unsynced = this.#unsynced.filter((chunk) => !isDurable(chunk));
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
    const first = lost[0] ?? this.#current;
    if (first === undefined) return;
    const names = { ...this.#options.named(first.part), ordinal: first.ordinal };
    for (const { payload, updates } of [names, ...lost]) {
      this.#bytes += payload.length;
      this.#updates += updates;
    }
    this.#waiting.unshift(names, ...lost);
  }

  #closeIfDone(file: JournalFile): void {
    if (file === this.#file || file.isPoisoned) return;
    if (this.#unsynced.some((chunk) => chunk.file === file)) return;
    void file.close().catch(() => {});
  }

  #wake(): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const wake of waiters) wake();
  }
}
