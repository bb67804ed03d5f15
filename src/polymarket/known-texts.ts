/** A table of so many places, a power of two: ids of thousands of tokens. */
const PLACES = 2 ** 14;
/** What tells long texts apart stands at their ends. */
const MIXED_MAX = 12;
const FACTOR = 31;

/**
 * Texts that come again and again in messages, such as ids: each is one string for all who need
 * it. A string cut out of a message costs more to make, to compare and to clear away than all
 * else that is done with it.
 */
export class KnownTexts {
  readonly #known = new Array<string>(PLACES).fill("");

  /** `text[start, end)`, which is also in the bytes there. */
  take(text: string, bytes: Uint8Array, start: number, end: number): string {
    const place = placeOf(bytes, start, end);
    const known = this.#known[place]!;
    if (isAt(text, known, start, end)) return known;
    // A copy: a part of the message would keep the whole of it.
    const own = Buffer.from(text.slice(start, end)).toString();
    this.#known[place] = own;
    return own;
  }

  /** The same if it is known already. */
  find(text: string, bytes: Uint8Array, start: number, end: number): string | undefined {
    const known = this.#known[placeOf(bytes, start, end)]!;
    return isAt(text, known, start, end) ? known : undefined;
  }
}

function isAt(text: string, known: string, start: number, end: number): boolean {
  return known.length === end - start && text.startsWith(known, start);
}

function placeOf(bytes: Uint8Array, start: number, end: number): number {
  let mixed = end - start;
  for (let i = Math.max(start, end - MIXED_MAX); i < end; i++) {
    mixed = (Math.imul(mixed, FACTOR) + bytes[i]!) | 0;
  }
  return (mixed ^ (mixed >>> 14)) & (PLACES - 1);
}
