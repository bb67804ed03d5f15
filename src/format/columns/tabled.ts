import { damaged } from "../damaged.ts";
import type { Coding } from "./coding.ts";
import { FirstUses } from "./first-uses.ts";
import {
  lowBits,
  packNumbers,
  readNumber,
  SMALL,
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
  const { ids, distinct } = new FirstUses(values);
  const table = tableOf(ids, distinct);
  const tokenOfId = tokensOf(distinct, table);
  const tokens = new Uint8Array(values.length);
  let low = 0;
  for (let i = 0; i < tokens.length; i++) {
    const token = tokenOfId[ids[i]!]!;
    tokens[i] = token;
    if (token >= table.length) low += lowBits(token - table.length);
  }
  const column = packTokens(tokens);
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
function tableOf(ids: Int32Array, distinct: readonly number[]): Float64Array {
  const uses = new Int32Array(distinct.length);
  for (let i = 0; i < ids.length; i++) uses[ids[i]!]!++;
  let max = 0;
  const repeated: number[] = [];
  for (let id = 0; id < uses.length; id++) {
    if (distinct[id]! > max) max = distinct[id]!;
    if (distinct[id]! >= SMALL && uses[id]! >= USES_MIN) repeated.push(id);
  }
  const room = TOKENS - 1 - tokenOf(max);
  if (repeated.length > room) repeated.sort((a, b) => uses[b]! - uses[a]!).length = room;
  return Float64Array.from(repeated, (id) => distinct[id]!).sort();
}

/** For each number its position in the table, or behind that its hybrid token. */
function tokensOf(distinct: readonly number[], table: Float64Array): Uint8Array {
  const positions = new Map<number, number>();
  for (let i = 0; i < table.length; i++) positions.set(table[i]!, i);
  const tokens = new Uint8Array(distinct.length);
  for (let id = 0; id < tokens.length; id++) {
    const number = distinct[id]!;
    tokens[id] = positions.get(number) ?? table.length + tokenOf(number);
  }
  return tokens;
}

function differences(table: Float64Array): Float64Array {
  const differences = new Float64Array(table.length);
  for (let i = 0; i < table.length; i++) differences[i] = table[i]! - (table[i - 1] ?? 0);
  return differences;
}
