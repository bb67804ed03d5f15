/** A table of so many places, a power of two: ids of thousands of tokens, and prices. */
const PLACES = 2 ** 14;
/** What tells long texts apart stands at their ends. */
const MIXED_MAX = 12;
const FACTOR = 31;

const CONTROL_END = 0x20;
const BACKSLASH = 92;

/**
 * Texts that come again and again in messages, such as ids and prices: each is one string for all
 * who need it. A string cut out of a message costs more to make, to compare and to clear away
 * than all else that is done with it.
 */
export class KnownTexts {
  readonly #known = new Array<string>(PLACES).fill("");

  /** `text[start, end)`, or `undefined` if a JSON string may not hold or must escape it. */
  take(text: string, start: number, end: number): string | undefined {
    let mixed = end - start;
    for (let i = Math.max(start, end - MIXED_MAX); i < end; i++) {
      mixed = (Math.imul(mixed, FACTOR) + text.charCodeAt(i)) | 0;
    }
    const place = (mixed ^ (mixed >>> 14)) & (PLACES - 1);
    const known = this.#known[place]!;
    if (known.length === end - start && text.startsWith(known, start)) return known;
    if (!isPlain(text, start, end)) return undefined;
    // A copy: a part of the message would keep the whole of it.
    const own = Buffer.from(text.slice(start, end)).toString();
    this.#known[place] = own;
    return own;
  }
}

/** Whether a JSON string holds the text as it is; it has no quote. */
export function isPlain(text: string, start: number, end: number): boolean {
  for (let i = start; i < end; i++) {
    const code = text.charCodeAt(i);
    if (code < CONTROL_END || code === BACKSLASH) return false;
  }
  return true;
}
