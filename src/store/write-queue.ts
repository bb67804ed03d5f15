import type { Clock } from "../ports/clock.ts";
import { errorCode } from "../ports/fs.ts";
import { Patience } from "./patience.ts";
import { SyncError } from "./sync-error.ts";

/** One piece of disk work; it may be run again after it failed. */
export interface WriteJob {
  /** Updates that it makes safe: what counts against the queue's limit. */
  readonly updates: number;
  run(): Promise<void>;
  /** The job will not be done: its updates are lost. */
  failed(error: unknown): void;
}

/** Failures of the disk itself, which the next write may not have. */
const DISK_TROUBLE = new Set(["ENOSPC", "EDQUOT", "EFBIG", "EIO", "EROFS", "EMFILE", "ENFILE"]);

/** Jobs done at the same time: each waits for the disk, and for its turn here, several times. */
const LANES = 16;

/** Jobs that are done one after the other. */
interface Lane {
  readonly jobs: WriteJob[];
  /** Since the beginning. */
  added: number;
  done: number;
  isRunning: boolean;
}

/**
 * Does disk work in the background, what belongs together in order. Trouble with the disk holds
 * it and is tried again every second; any other failure ends the job.
 */
export class WriteQueue {
  readonly #patience: Patience;
  readonly #updatesMax: number;
  readonly #lanes = Array.from(
    { length: LANES },
    (): Lane => ({ jobs: [], added: 0, done: 0, isRunning: false }),
  );
  #updates = 0;
  #waiters: (() => void)[] = [];
  /** The disk's last failure while the queue is held by it. */
  trouble: unknown;

  constructor(clock: Clock, updatesMax: number) {
    this.#patience = new Patience(clock);
    this.#updatesMax = updatesMax;
  }

  /** Updates that wait for the disk. */
  get updates(): number {
    return this.#updates;
  }

  get full(): boolean {
    return this.#updates >= this.#updatesMax;
  }

  /** Jobs of the same token are done in the order in which they are added. */
  add(tokenId: string, job: WriteJob): void {
    const lane = this.#laneOf(tokenId);
    lane.jobs.push(job);
    lane.added++;
    this.#updates += job.updates;
    if (!lane.isRunning) void this.#work(lane);
  }

  /** Resolves when the queue has room. */
  async room(): Promise<void> {
    while (this.full) await this.#progress();
  }

  /** Resolves when every job added so far is done or has failed, whatever is added meanwhile. */
  async drained(): Promise<void> {
    await Promise.all(this.#lanes.map((lane) => this.#laneDrained(lane)));
  }

  /** The same of the jobs of one token. */
  async drainedOf(tokenId: string): Promise<void> {
    await this.#laneDrained(this.#laneOf(tokenId));
  }

  /** From now on trouble with the disk is waited out for a short while only. */
  close(): void {
    this.#patience.close();
  }

  /** Sessions of a token get their names in order, too. */
  #laneOf(tokenId: string): Lane {
    return this.#lanes[Bun.hash.crc32(tokenId) % LANES]!;
  }

  async #laneDrained(lane: Lane): Promise<void> {
    const { added } = lane;
    while (lane.done < added) await this.#progress();
  }

  #progress(): Promise<void> {
    return new Promise((resolve) => this.#waiters.push(resolve));
  }

  async #work(lane: Lane): Promise<void> {
    lane.isRunning = true;
    for (let job = lane.jobs.shift(); job !== undefined; job = lane.jobs.shift()) {
      await this.attempt(job);
      this.#updates -= job.updates;
      lane.done++;
      const waiters = this.#waiters;
      this.#waiters = [];
      for (const wake of waiters) wake();
    }
    lane.isRunning = false;
  }

  /** Does one job now, with the same patience, outside the order of the queue. */
  async attempt(job: WriteJob): Promise<void> {
    for (;;) {
      try {
        await job.run();
        this.trouble = undefined;
        return;
      } catch (error) {
        // What a failed sync did not cover is written again to another file.
        const mayPass = DISK_TROUBLE.has(errorCode(error)) || error instanceof SyncError;
        if (!mayPass || this.#patience.isOver) return job.failed(error);
        this.trouble = error;
        await this.#patience.wait();
      }
    }
  }
}
