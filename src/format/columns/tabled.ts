import { damaged } from "../damaged.ts";
import type { Coding } from "./coding.ts";
import {
  lowBits,
  packNumbers,
  readNumber,
  SMALL,
  TOKEN_MAX,
  tokenOf,
  unpackNumbers,
  writeLow,
} from "./hybrid.ts";
import { packTokens, storedBytes } from "./packing.ts";
import type { Unpacking } from "./unpacking.ts";

/**
 * Numbers of which many come again: those used at least twice stand once in a table, ascending,
 * and cost a token each time; others are hybrid integers, whose tokens stand behind the table's.
 */

const TOKENS = 256;
/** A number that comes less often costs less where it stands. */
const USES_MIN = 2;
/** About what a number takes in a table, for comparing. */
const ENTRY_BYTES = 1.5;

/** Whole numbers from 0 to 2^53 - 1. */
export function tabledCoding(values: Float64Array): Coding {
  const table = tableOf(values);
  const positions = new Map(table.map((value, i) => [value, i]));
  const tokens = new Uint8Array(values.length);
  for (let i = 0; i < values.length; i++) {
    tokens[i] = positions.get(values[i]!) ?? table.length + tokenOf(values[i]!);
  }
  const column = packTokens(tokens);
  let low = 0;
  for (let i = 0; i < tokens.length; i++) {
    if (tokens[i]! >= table.length) low += lowBits(tokens[i]! - table.length);
  }
  return {
    bytes: storedBytes(column) + low / 8 + table.length * ENTRY_BYTES,
    pack(packing) {
      packing.parameters.varint(table.length);
      packNumbers(packing, differences(table));
      if (values.length > 0) packing.add(column);
      for (let i = 0; i < values.length; i++) {
        const token = tokens[i]! - table.length;
        if (token >= 0) writeLow(packing.bits, values[i]!, token);
      }
    },
  };
}

export function unpackTabled(unpacking: Unpacking, count: number): Float64Array {
  const { bits, parameters } = unpacking;
  const length = parameters.varint();
  if (length > TOKENS) throw damaged("a table has too many numbers");
  const table = unpackNumbers(unpacking, length);
  for (let i = 1; i < length; i++) table[i]! += table[i - 1]!;
  if (length > 0 && table[length - 1]! > Number.MAX_SAFE_INTEGER) {
    throw damaged("a table has a number out of range");
  }
  const tokens = unpacking.tokens(count);
  const values = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    const token = tokens[i]!;
    values[i] = token < length ? table[token]! : readNumber(bits, token - length);
  }
  return values;
}

/** The numbers worth a place in a table; those that are tokens themselves are not. */
function tableOf(values: Float64Array): number[] {
  const uses = new Map<number, number>();
  let max = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (value >= SMALL) uses.set(value, (uses.get(value) ?? 0) + 1);
    if (value > max) max = value;
  }
  const room = TOKENS - 1 - Math.min(tokenOf(max), TOKEN_MAX);
  return [...uses]
    .filter(([, count]) => count >= USES_MIN)
    .sort(([, a], [, b]) => b - a)
    .slice(0, room)
    .map(([value]) => value)
    .sort((a, b) => a - b);
}

function differences(table: readonly number[]): Float64Array {
  return Float64Array.from(table, (value, i) => value - (table[i - 1] ?? 0));
}
