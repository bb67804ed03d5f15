/** A socket whose tokens speak all the time is waited for so long. */
const PATIENCE_MIN_MS = 120_000;
/** So many times the usual pause between two looks that heard something is no chance any more. */
const UNUSUAL = 20;
/** What is usual is forgotten over so many looks. */
const LOOKS_MAX = 600;

/**
 * Knows how often tokens that share a socket are heard of, and so from when on their silence is the
 * socket's: what changes twice an hour is waited for much longer than what never stops.
 */
export class DataRhythm {
  #looks = 0;
  /** Of the looks, those that heard something. */
  #share = 0;

  /** To be called at regular times: whether something was heard since the last. */
  look(wasHeard: boolean): void {
    this.#looks = Math.min(LOOKS_MAX, this.#looks + 1);
    this.#share += ((wasHeard ? 1 : 0) - this.#share) / this.#looks;
  }

  /** Milliseconds of silence that are unusual, when it is looked every `lookMs`. */
  patienceMs(lookMs: number): number {
    return Math.max(PATIENCE_MIN_MS, (UNUSUAL / this.#share) * lookMs);
  }

  /** Another socket is opened because of the silence: should that bring nothing, wait longer. */
  doubt(): void {
    this.#share /= 2;
  }
}
