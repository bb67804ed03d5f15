import { damaged } from "../damaged.ts";
import { unzigzag, zigzag } from "../zigzag.ts";
import { signedCoding, unpackSigned } from "./hybrid.ts";
import type { Packing } from "./packing.ts";
import { StagedNumbers } from "./staged-numbers.ts";
import type { Unpacking } from "./unpacking.ts";
import type { ValueReader, ValueWriter } from "./value-column.ts";

/** Whole numbers as differences, the first to the block's earliest receive time. */

/** So that differences keep to the range of signed numbers. */
const TIME_MAX = 2 ** 51;

const US_PER_MS = 1000;

const DIGITS_MAX = 16;
const ZERO = 48;

/** A row's time is asked for by two columns, and rows of one burst have the same. */
let lastText = "0";
let lastTime = 0;

/** A whole number without leading zeros, or -1. */
export function timeOf(text: string): number {
  if (text.length === 0 || text.length > DIGITS_MAX) return -1;
  if (text !== lastText) {
    lastTime = parseTime(text);
    lastText = text;
  }
  return lastTime;
}

function parseTime(text: string): number {
  const { length } = text;
  if (length > 1 && text.charCodeAt(0) === ZERO) return -1;
  let value = 0;
  for (let i = 0; i < length; i++) {
    const digit = text.charCodeAt(i) - ZERO;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value <= TIME_MAX ? value : -1;
}

export class TimeWriter implements ValueWriter {
  readonly #staged = new StagedNumbers();
  #last = 0;

  add(text: string): boolean {
    const time = timeOf(text);
    if (time < 0) return false;
    const since = time - this.#last;
    this.#staged.add(zigzag(since));
    this.#last = time;
    return true;
  }

  get count(): number {
    return this.#staged.count;
  }

  get bytes(): number {
    return this.#staged.bytes;
  }

  /** The times so far, milliseconds since the epoch. */
  values(): Float64Array {
    const times = this.#staged.values();
    let last = 0;
    for (let i = 0; i < times.length; i++) {
      last += unzigzag(times[i]!);
      times[i] = last;
    }
    return times;
  }

  pack(packing: Packing): void {
    const differences = this.#staged.values();
    for (let i = 0; i < differences.length; i++) differences[i] = unzigzag(differences[i]!);
    differences[0]! -= Math.floor(packing.minUs / US_PER_MS);
    signedCoding(differences).pack(packing);
  }
}

export function timeReader(unpacking: Unpacking, count: number): ValueReader {
  let time = Math.floor(unpacking.minUs / US_PER_MS);
  const differences = unpackSigned(unpacking, count);
  let at = 0;
  return {
    next() {
      time += differences[at++]!;
      if (time < 0 || time > TIME_MAX) throw damaged("a time is out of range");
      return String(time);
    },
  };
}
