import { damaged } from "../damaged.ts";
import { TIME_MAX, timeOf } from "../venue-time.ts";
import { signedCoding, unpackSigned } from "./hybrid.ts";
import { NumberList } from "./number-list.ts";
import type { Packing } from "./packing.ts";
import type { Unpacking } from "./unpacking.ts";
import type { ValueReader, ValueWriter } from "./value-column.ts";

/** Whole numbers as differences, the first to the block's earliest receive time. */

const US_PER_MS = 1000;

export class TimeWriter implements ValueWriter {
  readonly #times = new NumberList();

  add(text: string): boolean {
    const time = timeOf(text);
    if (time >= 0) this.#times.add(time);
    return time >= 0;
  }

  addTime(time: number): void {
    this.#times.add(time);
  }

  pack(packing: Packing): void {
    const times = this.#times.values();
    const differences = new Float64Array(times.length);
    let last = Math.floor(packing.minUs / US_PER_MS);
    for (let i = 0; i < times.length; i++) {
      differences[i] = times[i]! - last;
      last = times[i]!;
    }
    signedCoding(differences).pack(packing);
  }
}

export function timeReader(unpacking: Unpacking, count: number): ValueReader {
  const numbers = unpackSigned(unpacking, count);
  let time = Math.floor(unpacking.minUs / US_PER_MS);
  for (let i = 0; i < count; i++) {
    time += numbers[i]!;
    if (time < 0 || time > TIME_MAX) throw damaged("a time is out of range");
    numbers[i] = time;
  }
  return { numbers, at: (position) => String(numbers[position]!) };
}
