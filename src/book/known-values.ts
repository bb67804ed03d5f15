/** One value of a recipe that the venue said, or that a search found. */
export interface KnownValue {
  readonly text: string;
  /** When it became known, counted over all values of a token. */
  readonly serial: number;
  readonly isSearched: boolean;
}

/**
 * The last values of one field of a recipe. Hashes run ahead of what is announced and, with
 * several trades on their way, may also be behind it: each of these may be the one in use.
 */
export class KnownValues {
  /** Newest first, each text once. */
  #list: readonly KnownValue[] = [];
  readonly #max: number;

  constructor(max: number) {
    this.#max = max;
  }

  get list(): readonly KnownValue[] {
    return this.#list;
  }

  /** Puts a value first. Known already, it keeps the time since when it is known. */
  learn(value: KnownValue): KnownValue {
    const known = this.find(value.text) ?? value;
    const others = this.#list.filter(({ text }) => text !== value.text);
    this.#list = [known, ...others].slice(0, this.#max);
    return known;
  }

  find(text: string): KnownValue | undefined {
    return this.#list.find((value) => value.text === text);
  }
}
