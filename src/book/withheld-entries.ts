import { compareDecimals, isDecimal } from "../format/decimal.ts";
import type { SideName } from "./book.ts";
import type { Withheld } from "./hash-group.ts";
import type { HashedBook } from "./hashed-book.ts";

/** More of them at once are no duplicates that a hash could still need. */
const WITHHELD_MAX = 8;

/** A token's entries that look like duplicates: each is applied if a hash turns out to need it. */
export class WithheldEntries {
  #list: readonly Withheld[] = [];

  get list(): readonly Withheld[] {
    return this.#list;
  }

  add({ row, side, price, size }: Withheld): void {
    this.#list = [...this.#list, { row, side, price, size }].slice(-WITHHELD_MAX);
  }

  clear(): void {
    this.#list = [];
  }

  /** Those up to a row were duplicates. */
  dropUpTo(row: number): void {
    if (this.#list.length > 0) this.#list = this.#list.filter((entry) => entry.row > row);
  }

  /** The book has a newer size at a price, however either is spelled. */
  dropAt(side: SideName, price: string): void {
    if (this.#list.length === 0) return;
    this.#list = this.#list.filter(
      (entry) => entry.side !== side || !isSameDecimal(entry.price, price),
    );
  }

  /** Applies those of these that are still withheld: others were overwritten meanwhile. */
  restore(entries: readonly Withheld[], book: HashedBook): void {
    const rows = new Set(entries.map(({ row }) => row));
    for (const { row, side, price, size } of this.#list) {
      if (rows.has(row)) book.set(side, price, size);
    }
    this.#list = this.#list.filter(({ row }) => !rows.has(row));
  }
}

function isSameDecimal(a: string, b: string): boolean {
  return a === b || (isDecimal(a) && isDecimal(b) && compareDecimals(a, b) === 0);
}
