import { PolybotError } from "../format/error.ts";
import type { Clock, Timer } from "../ports/clock.ts";
import type { Fs } from "../ports/fs.ts";
import { type PruneOptions, prune } from "../store/prune.ts";
import type { Prunes } from "../store/prunes.ts";
import type { StorageWriter } from "../store/storage-writer.ts";
import { surveyStore } from "../store/store-survey.ts";
import { Growth } from "./growth.ts";

const LOOK_MS = 10_000;
/** Between two measurements of the store, and how many times as long as one takes. */
const MEASURE_MS = 600_000;
const MEASURE_SHARE = 20;
/** A survey rests after so many sessions, for so long: a large one takes minutes of little work. */
const SESSIONS_AT_ONCE = 16;
const REST_MS = 50;

/**
 * What stays free of the budget and of the disk: the four parts that a journal usually has. So much
 * it grows by between two measurements, and sealing never takes more: it packs what they hold.
 */
export const MARGIN_BYTES = 64 * 1024 * 1024;
/** Under this there would be hardly anything but the margin. */
export const BUDGET_BYTES_MIN = 200_000_000;
/** For so long others may prune what is theirs: they measure the store no oftener than we do. */
const OTHERS_MS = 1.5 * MEASURE_MS;
/** What is pruned beyond need, of the budget: not every ten seconds a session. */
const SLACK_SHARE = 0.01;

export interface DiskBudgetOptions {
  readonly basePath: string;
  /** What the store may take on the disk. */
  readonly maxBytes: number;
  readonly writer: Pick<
    StorageWriter,
    "recorderId" | "sealed" | "recovered" | "segmentBytes" | "counts"
  >;
  readonly fs: Fs;
  readonly clock: Clock;
  /** What a person should know. */
  readonly onEvent: (level: "info" | "warn", text: string) => void;
  /** Defaults to the real ones. */
  readonly locks?: Pick<PruneOptions, "takeOver" | "takePruneLock">;
}

/**
 * Keeps a store that is recorded into under its budget, and its disk from filling up: prunes the
 * oldest sessions in the background, and ends the recording while there is still room to seal it
 * when nothing is left to prune.
 */
export class DiskBudget {
  readonly #options: DiskBudgetOptions;
  readonly #growth: Growth;
  readonly #timer: Timer;
  readonly #gaveUp = Promise.withResolvers<never>();
  #work: Promise<void> | undefined;
  #isStopped = false;
  /** What the store took when it was measured last, and what segments had by then. */
  #measured: { readonly bytes: number; readonly segmentBytes: number } | undefined;
  #measureMs = 0;
  #sessions = 0;
  #hasPruned = false;
  /** Since when only sessions of other recorders could go. */
  #waitsSinceMs: number | undefined;
  /** The last trouble, said once. */
  #trouble = "";

  constructor(options: DiskBudgetOptions) {
    this.#options = options;
    this.#growth = new Growth(options.writer, options.clock);
    this.#gaveUp.promise.catch(() => {});
    this.#timer = options.clock.every(LOOK_MS, () => void this.#look());
    void this.#look();
  }

  /** Rejects with `DISK_FULL`; never resolves. */
  get gaveUp(): Promise<never> {
    return this.#gaveUp.promise;
  }

  /** Resolves when nothing of the store is touched any more. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#timer.stop();
    await this.#work;
  }

  /** What the store takes by now: segments grow between measurements, all else hardly. */
  get #bytes(): number {
    const { bytes = 0, segmentBytes = 0 } = this.#measured ?? {};
    return bytes + this.#options.writer.segmentBytes - segmentBytes;
  }

  async #look(): Promise<void> {
    if (this.#work === undefined) {
      this.#work = this.#keep().catch((error) => {
        // Then another makes room.
        if (error instanceof PolybotError && error.code === "PRUNE_RUNNING") return;
        this.#say(`the disk budget cannot be kept: ${messageOf(error)}`);
      });
      await this.#work;
      this.#work = undefined;
      return;
    }
    // Whatever a survey or a prune takes its time for, the disk must not fill up meanwhile.
    const free = await this.#free().catch(() => Number.POSITIVE_INFINITY);
    if (free < MARGIN_BYTES / 2) this.#giveUp(`the disk has ${sizeText(free)} left`);
  }

  async #keep(): Promise<void> {
    // What is recovered is not ours to remove, and may not be sealed.
    await this.#options.writer.recovered();
    if (this.#options.clock.monotonicMs() >= this.#measureMs) await this.#measure();
    const excess = this.#excess(await this.#free());
    if (excess > 0) await this.#prune(excess);
    else this.#waitsSinceMs = undefined;
    if (!this.#isStopped) this.#forecast(await this.#free());
  }

  #free(): Promise<number> {
    return this.#options.fs.freeBytes(this.#options.basePath);
  }

  /** What has to go so that both margins are kept. */
  #excess(free: number): number {
    return Math.max(this.#bytes - (this.#options.maxBytes - MARGIN_BYTES), MARGIN_BYTES - free);
  }

  async #measure(): Promise<void> {
    const { fs, basePath, clock } = this.#options;
    const fromMs = clock.monotonicMs();
    const { bytes } = await surveyStore(fs, basePath, { pace: () => this.#pace() });
    this.#setBytes(bytes);
    const tookMs = clock.monotonicMs() - fromMs;
    this.#measureMs = clock.monotonicMs() + Math.max(MEASURE_MS, MEASURE_SHARE * tookMs);
  }

  #setBytes(bytes: number): void {
    this.#measured = { bytes, segmentBytes: this.#options.writer.segmentBytes };
  }

  async #prune(excess: number): Promise<void> {
    const { basePath, fs, writer, locks, maxBytes } = this.#options;
    const prunes = await prune(basePath, {
      maxBytes: this.#bytes - excess - maxBytes * SLACK_SHARE,
      own: writer,
      fs,
      pace: () => this.#pace(),
      mayGoOn: () => !this.#isStopped,
      ...locks,
    });
    this.#setBytes(prunes.bytes);
    for (const { file, reason } of prunes.left.slice(0, 1)) this.#say(`${file}: ${reason}`);
    if (prunes.pruned.length > 0) this.#tellPruned(prunes);
    const isVain = prunes.pruned.length === 0 && prunes.skipped.length > 0;
    if (this.#isStopped || (isVain && this.#mayWait())) return;
    const free = await this.#free();
    if (this.#bytes > maxBytes - MARGIN_BYTES) {
      this.#giveUp(`the store takes ${sizeText(this.#bytes)} of its ${sizeText(maxBytes)}`);
    } else if (free < MARGIN_BYTES && prunes.pruned.length === 0) {
      this.#giveUp(`the disk has ${sizeText(free)} left`);
    }
  }

  #mayWait(): boolean {
    const nowMs = this.#options.clock.monotonicMs();
    this.#waitsSinceMs ??= nowMs;
    this.#say("only sessions of other recorders could be pruned: that is theirs to do");
    return nowMs - this.#waitsSinceMs < OTHERS_MS;
  }

  #tellPruned({ pruned }: Prunes): void {
    this.#hasPruned = true;
    const bytes = pruned.reduce((sum, session) => sum + session.bytes, 0);
    const lastMs = pruned.reduce((last, { end_timestamp }) => Math.max(last, end_timestamp), 0);
    const what = `pruned ${pruned.length} sessions, ${sizeText(bytes)}`;
    const last = new Date(lastMs).toISOString();
    this.#options.onEvent("info", `${what}: the last of them ended at ${last}`);
  }

  #giveUp(why: string): void {
    this.#isStopped = true;
    this.#timer.stop();
    this.#gaveUp.reject(
      new PolybotError("DISK_FULL", `${why}, and nothing more can be pruned in time`, {
        path: this.#options.basePath,
        hint: `give --max-disk more, or make room; ${sizeText(MARGIN_BYTES)} are kept for sealing`,
      }),
    );
  }

  /** Tells how long it will do, now and then. */
  #forecast(free: number): void {
    const growth = this.#growth.bytesADay;
    if (growth === undefined || growth === 0) return;
    const { maxBytes, onEvent } = this.#options;
    const room = -this.#excess(free);
    const grows = `the store takes ${sizeText(this.#bytes)} of ${sizeText(maxBytes)}, the disk has ${sizeText(free)} left; it grows by ${sizeText(growth)} a day`;
    // At the budget what counts is how far back it reaches.
    const days = (this.#hasPruned ? this.#bytes : Math.max(0, room)) / growth;
    if (!this.#growth.isNews(days)) return;
    const what = this.#hasPruned
      ? `it holds ${daysText(days)}, older sessions are pruned`
      : `in ${daysText(days)} the oldest sessions will be pruned`;
    onEvent(Growth.isFew(days) ? "warn" : "info", `${grows}: ${what}`);
  }

  #say(text: string): void {
    if (text === this.#trouble) return;
    this.#trouble = text;
    this.#options.onEvent("warn", text);
  }

  async #pace(): Promise<void> {
    if (++this.#sessions % SESSIONS_AT_ONCE === 0) await this.#options.clock.sleep(REST_MS);
  }
}

function daysText(days: number): string {
  return `${days < 10 ? days.toFixed(1) : Math.round(days)} days`;
}

function sizeText(bytes: number): string {
  return bytes < 1e9 ? `${Math.round(bytes / 1e6)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
