/** What tells an entry from every other of its token. */
export interface EntryIdentity {
  readonly timestamp: string;
  readonly price: string;
  readonly size: string;
  readonly side: string;
  /** As on the wire; an entry without a hash is never a duplicate. */
  readonly hash: string;
}

/** So many entries back a duplicate is known: it comes 0 to 6 ms after its original. */
const RECENT_ENTRIES = 32;

const WORDS = 3;
const HASH_DIGITS_KEPT = 8;
/** FNV-1a. */
const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/**
 * A token's last entries, to know its duplicates by. Kept as 96 bits each, 64 of them of
 * the venue's own SHA-1: the strings would hold on to 32 whole messages for every token.
 */
export class RecentEntries {
  readonly #words = new Uint32Array(RECENT_ENTRIES * WORDS);
  #next = 0;
  #count = 0;

  /**
   * Whether an entry equals one of the last, and is none of the open group's (whose entries may
   * well be equal). Otherwise it is the newest from now on.
   */
  take(entry: EntryIdentity, isOfOpenGroup: boolean): boolean {
    const { hash } = entry;
    const first = wordOf(hash, 0, FNV_OFFSET);
    const second = wordOf(hash, Math.max(0, hash.length - HASH_DIGITS_KEPT), FNV_OFFSET);
    const third = restOf(entry);
    if (!isOfOpenGroup && hash !== "" && this.#has(first, second, third)) return true;
    const at = this.#next * WORDS;
    this.#words[at] = first;
    this.#words[at + 1] = second;
    this.#words[at + 2] = third;
    this.#next = (this.#next + 1) % RECENT_ENTRIES;
    this.#count = Math.min(this.#count + 1, RECENT_ENTRIES);
    return false;
  }

  #has(first: number, second: number, third: number): boolean {
    const words = this.#words;
    for (let at = 0; at < this.#count * WORDS; at += WORDS) {
      if (words[at] === first && words[at + 1] === second && words[at + 2] === third) return true;
    }
    return false;
  }
}

function restOf({ timestamp, price, size, side }: EntryIdentity): number {
  let word = wordOf(side, 0, FNV_OFFSET);
  for (const text of [timestamp, price, size]) {
    for (let i = 0; i < text.length; i++) word = mixed(word, text.charCodeAt(i));
    // So that the end of one text cannot pass for the start of the next.
    word = mixed(word, text.length);
  }
  return word;
}

/** Up to eight characters, mixed into 32 bits. */
function wordOf(text: string, from: number, seed: number): number {
  let word = seed;
  const end = Math.min(text.length, from + HASH_DIGITS_KEPT);
  for (let i = from; i < end; i++) word = mixed(word, text.charCodeAt(i));
  return word >>> 0;
}

function mixed(word: number, code: number): number {
  return Math.imul(word ^ code, FNV_PRIME) >>> 0;
}
