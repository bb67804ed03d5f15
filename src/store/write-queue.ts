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

/**
 * Does disk work one job at a time, in order, in the background. Trouble with the disk holds the
 * queue and is tried again every second; any other failure ends the job.
 */
export class WriteQueue {
  readonly #patience: Patience;
  readonly #updatesMax: number;
  readonly #jobs: WriteJob[] = [];
  #updates = 0;
  /** Jobs since the beginning. */
  #added = 0;
  #done = 0;
  #running = false;
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

  add(job: WriteJob): void {
    this.#jobs.push(job);
    this.#added++;
    this.#updates += job.updates;
    if (!this.#running) void this.#work();
  }

  /** Resolves when the queue has room. */
  async room(): Promise<void> {
    while (this.full) await this.#progress();
  }

  /** Resolves when every job added so far is done or has failed, whatever is added meanwhile. */
  async drained(): Promise<void> {
    const added = this.#added;
    while (this.#done < added) await this.#progress();
  }

  /** From now on trouble with the disk is waited out for a short while only. */
  close(): void {
    this.#patience.close();
  }

  #progress(): Promise<void> {
    return new Promise((resolve) => this.#waiters.push(resolve));
  }

  async #work(): Promise<void> {
    this.#running = true;
    for (let job = this.#jobs.shift(); job !== undefined; job = this.#jobs.shift()) {
      await this.attempt(job);
      this.#updates -= job.updates;
      this.#done++;
      const waiters = this.#waiters;
      this.#waiters = [];
      for (const wake of waiters) wake();
    }
    this.#running = false;
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
