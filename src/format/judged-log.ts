import { ByteReader, ByteWriter } from "./bytes.ts";
import { HASH_SOURCES, type HashSource } from "./columns/derived-column.ts";
import { logDecimal, loggedDecimalText, loggedHash, logHash } from "./logged-values.ts";

/** What was found out about a row, as its columns have it. */
export interface JudgedRow {
  /** See `verdictNumber`. */
  readonly verdict: number;
  readonly source: HashSource;
  readonly isBestDerived: boolean;
}

const SOURCE_SHIFT = 4;
const VERDICT_MASK = 2 ** SOURCE_SHIFT - 1;
const SOURCE_MASK = 3;
const BEST = 64;
/** A verdict that was foreseen, with all derived. */
const USUAL = (HASH_SOURCES.indexOf("derived") << SOURCE_SHIFT) | BEST;

/** What was found out about the rows of a block, in their order; nothing of most is kept. */
export class JudgedLog {
  /** Rows between those that are not as usual, and these. */
  #rows: ByteWriter | undefined;
  /** Hashes and best prices that do not follow from the book. */
  #values: ByteWriter | undefined;
  #usual = 0;

  get bytes(): number {
    return (this.#rows?.length ?? 0) + (this.#values?.length ?? 0);
  }

  add(verdict: number, source: HashSource, isBestDerived: boolean): void {
    if (verdict === 0 && source === "derived" && isBestDerived) {
      this.#usual++;
      return;
    }
    const code =
      verdict | (HASH_SOURCES.indexOf(source) << SOURCE_SHIFT) | (isBestDerived ? BEST : 0);
    this.#rows ??= new ByteWriter();
    this.#rows.varint(this.#usual);
    this.#rows.varint(code);
    this.#usual = 0;
  }

  addValue(key: string, text: string): void {
    this.#values ??= new ByteWriter();
    if (key === "hash") logHash(this.#values, text);
    else logDecimal(this.#values, text);
  }

  reader(): JudgedReader {
    const none = new Uint8Array();
    return new JudgedReader(this.#rows?.view() ?? none, this.#values?.view() ?? none);
  }
}

/** Hands out in order what `JudgedLog` took. */
export class JudgedReader {
  readonly #rows: ByteReader;
  readonly #length: number;
  readonly #values: ByteReader;
  #usual: number;

  constructor(rows: Uint8Array, values: Uint8Array) {
    this.#rows = new ByteReader(rows);
    this.#length = rows.length;
    this.#values = new ByteReader(values);
    this.#usual = this.#nextRun();
  }

  next(): JudgedRow {
    if (this.#usual > 0) {
      this.#usual--;
      return USUAL_ROW;
    }
    const code = this.#rows.varint();
    this.#usual = this.#nextRun();
    return rowOf(code);
  }

  value(key: string): string {
    return key === "hash" ? loggedHash(this.#values) : loggedDecimalText(this.#values);
  }

  /** Behind the last row that is not as usual there is no end. */
  #nextRun(): number {
    return this.#rows.position === this.#length ? Number.MAX_SAFE_INTEGER : this.#rows.varint();
  }
}

function rowOf(code: number): JudgedRow {
  return {
    verdict: code & VERDICT_MASK,
    source: HASH_SOURCES[(code >> SOURCE_SHIFT) & SOURCE_MASK]!,
    isBestDerived: (code & BEST) !== 0,
  };
}

const USUAL_ROW = rowOf(USUAL);
