import type { Clock } from "../ports/clock.ts";

/** Trouble that was away for so long is news again. */
const CALM_MS = 3_600_000;

/** Says each trouble once, not with every update that meets it, and again after an hour without it. */
export class Troubles {
  readonly #clock: Clock;
  readonly #warn: (text: string) => void;
  /** Texts, with when each was last met. */
  readonly #said = new Map<string, number>();

  constructor(clock: Clock, warn: (text: string) => void) {
    this.#clock = clock;
    this.#warn = warn;
  }

  readonly meet = (error: unknown): void => {
    const text = error instanceof Error ? error.message : String(error);
    const nowMs = this.#clock.monotonicMs();
    const lastMs = this.#said.get(text);
    this.#said.set(text, nowMs);
    if (lastMs !== undefined && nowMs - lastMs < CALM_MS) return;
    for (const [old, ms] of this.#said) if (nowMs - ms >= CALM_MS) this.#said.delete(old);
    this.#warn(text);
  };
}
