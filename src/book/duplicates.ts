import type { PlainChange } from "../format/plain-change.ts";

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
const WORD = 2 ** 32;
const HASH_DIGITS_KEPT = 8;
/** FNV-1a. */
const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/**
 * A token's last entries, to know its duplicates by. Kept as 96 bits each, 64 of them of
 * the venue's own SHA-1: the strings would hold on to 32 whole messages for every token.
 */
export class RecentEntries {
  readonly #words = new Int32Array(RECENT_ENTRIES * WORDS);
  /** The latest venue time of those that are plain. */
  #lastMs = -1;
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
    return this.#take(first, second, restOf(entry), isOfOpenGroup || hash === "");
  }

  /** The same for a change in numbers, which no other entry is the same as. */
  takePlain({ hash, venueMs, price, size, side }: PlainChange, isOfOpenGroup: boolean): boolean {
    // Equal entries have equal times: mostly there is nothing to look for.
    const isNew = isOfOpenGroup || venueMs > this.#lastMs;
    if (venueMs > this.#lastMs) this.#lastMs = venueMs;
    let rest = mixed(FNV_OFFSET + side, venueMs | 0);
    rest = mixed(rest, (venueMs / WORD) | 0);
    rest = mixed(rest, price | 0);
    rest = mixed(rest, (price / WORD) | 0);
    rest = mixed(rest, size | 0);
    rest = mixed(rest, (size / WORD) | 0);
    return this.#take(hash.word0, hash.word4, rest, isNew);
  }

  #take(first: number, second: number, third: number, isNew: boolean): boolean {
    if (!isNew && this.#has(first | 0, second | 0, third | 0)) return true;
    const words = this.#words;
    const at = this.#next * WORDS;
    words[at] = first;
    words[at + 1] = second;
    words[at + 2] = third;
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
