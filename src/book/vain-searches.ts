/** A book that is another than the venue's would spend the searches of all others. */
const VAIN_MAX = 3;
/** Then one more in so long: what stays wrong goes on being missed. */
const AGAIN_US = 10_000_000;

/**
 * Bounds a token's searches that find nothing. They are counted by hash and not by what was tried
 * for one: what is searched is searched to the end, or it could not be said to be missed.
 */
export class VainSearches {
  #count = 0;
  #lastUs = 0;

  /** Whether to search for a hash that was taken then. */
  mayTry(takenUs: number): boolean {
    return this.#count < VAIN_MAX || takenUs - this.#lastUs >= AGAIN_US;
  }

  /** All was searched, and nothing found. */
  failed(takenUs: number): void {
    this.#count++;
    this.#lastUs = takenUs;
  }

  /** A hash is proven: the book is right. */
  forget(): void {
    this.#count = 0;
  }
}
