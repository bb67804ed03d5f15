import { damaged } from "../damaged.ts";
import { millionthsOf, textOfMillionths } from "../decimal.ts";
import { checkMillionths, checkUnit, unitOf } from "./decimal-unit.ts";
import { signedCoding, unpackSigned } from "./hybrid.ts";
import { NumberList } from "./number-list.ts";
import type { Packing } from "./packing.ts";
import { tabledCoding, unpackTabled } from "./tabled.ts";
import type { Unpacking } from "./unpacking.ts";
import type { ValueReader, ValueWriter } from "./value-column.ts";

/** Plain decimals, either each as it is or as the difference to the one before. */

export const DECIMAL_MODES = ["each", "difference"] as const;

/** Exponents of units are below. */
export const MODE_STEP = 8;

export class DecimalWriter implements ValueWriter {
  readonly #values = new NumberList();

  add(text: string): boolean {
    const millionths = millionthsOf(text);
    if (millionths >= 0) this.#values.add(millionths);
    return millionths >= 0;
  }

  addMillionths(millionths: number): void {
    this.#values.add(millionths);
  }

  pack(packing: Packing): void {
    packDecimals(packing, this.#values.values());
  }
}

function packDecimals(packing: Packing, values: Float64Array): void {
  const exponent = unitOf(values);
  const unit = 10 ** exponent;
  const differences = new Float64Array(values.length);
  for (let i = 0; i < values.length; i++) {
    values[i]! /= unit;
    differences[i] = i === 0 ? values[i]! : values[i]! - values[i - 1]!;
  }
  const signed = signedCoding(differences);
  // Not worth comparing if nearly all are the same as the one before.
  const isShort = signed.bytes * 8 < values.length;
  const each = isShort ? undefined : tabledCoding(values);
  const isEach = each !== undefined && each.bytes < signed.bytes;
  const mode = DECIMAL_MODES.indexOf(isEach ? "each" : "difference");
  packing.parameters.varint(mode * MODE_STEP + exponent);
  (isEach ? each : signed).pack(packing);
}

function unpackDecimals(unpacking: Unpacking, count: number): Float64Array {
  const parameter = unpacking.parameters.varint();
  const unit = checkUnit(parameter % MODE_STEP);
  const mode = DECIMAL_MODES[Math.floor(parameter / MODE_STEP)];
  if (mode === undefined) throw damaged("a column of decimals has an unknown mode");
  if (mode === "each") {
    const values = unpackTabled(unpacking, count);
    for (let i = 0; i < count; i++) values[i] = checkMillionths(values[i]! * unit);
    return values;
  }
  const values = unpackSigned(unpacking, count);
  let last = 0;
  for (let i = 0; i < count; i++) {
    last = checkMillionths(last + values[i]! * unit);
    values[i] = last;
  }
  return values;
}

export function decimalReader(unpacking: Unpacking, count: number): ValueReader {
  const numbers = unpackDecimals(unpacking, count);
  const spell = decimalSpeller();
  return { numbers, at: (position) => spell(numbers[position]!) };
}

/** Prices and sizes come again and again: each is spelled once. */
export function decimalSpeller(): (millionths: number) => string {
  const spelled = new Map<number, string>();
  return (millionths) => {
    let text = spelled.get(millionths);
    if (text === undefined) {
      text = textOfMillionths(millionths);
      spelled.set(millionths, text);
    }
    return text;
  };
}
