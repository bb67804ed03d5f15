import { PolybotError } from "../format/error.ts";
import type { Clock, Timer } from "../ports/clock.ts";

export interface LockWaitOptions {
  readonly clock: Clock;
  /** Milliseconds for which another recorder's end is waited for; 0: not at all. */
  readonly waitMs: number;
  /** Claims what is wanted, or throws; the last time only what cannot be left out. */
  claim(isLast: boolean): void;
  /** It is claimed, after a wait. What it throws ends the wait in vain. */
  claimed(): void;
}

const LOOK_MS = 250;

/**
 * Claims tokens that another recorder may have, as soon as it has ended. What it has is a lock of
 * its own process: the claim only asks whether somebody holds it, each time anew.
 */
export class LockWait {
  readonly #options: LockWaitOptions;
  readonly #endMs: number;
  readonly #gaveUp = Promise.withResolvers<never>();
  #refusal: PolybotError | undefined;
  #timer: Timer | undefined;

  /** Tries at once. Throws what the claim throws, `TOKEN_IN_USE` only if there is no time to wait. */
  constructor(options: LockWaitOptions) {
    this.#options = options;
    const { clock, waitMs } = options;
    this.#gaveUp.promise.catch(() => {});
    this.#endMs = clock.monotonicMs() + waitMs;
    if (this.#claim()) return;
    this.#timer = clock.every(LOOK_MS, () => this.#look());
  }

  /** `TOKEN_IN_USE`, which names the owner, while another recorder has a token. */
  get refusal(): PolybotError | undefined {
    return this.#refusal;
  }

  /** Rejects when the time is up, or the claim fails otherwise; never resolves. */
  get gaveUp(): Promise<never> {
    return this.#gaveUp.promise;
  }

  stop(): void {
    this.#timer?.stop();
  }

  #look(): void {
    try {
      if (!this.#claim()) return;
      this.stop();
      this.#options.claimed();
    } catch (error) {
      this.stop();
      this.#gaveUp.reject(error);
    }
  }

  #claim(): boolean {
    const { claim, clock } = this.#options;
    const isLast = clock.monotonicMs() >= this.#endMs;
    try {
      claim(isLast);
      this.#refusal = undefined;
      return true;
    } catch (error) {
      const isInUse = error instanceof PolybotError && error.code === "TOKEN_IN_USE";
      if (isInUse) this.#refusal = error;
      if (!isInUse || isLast) throw error;
      return false;
    }
  }
}
