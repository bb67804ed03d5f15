import { damaged } from "../damaged.ts";
import { unzigzag, zigzag } from "../zigzag.ts";
import type { BitReader, BitWriter } from "./bits.ts";
import type { Coding } from "./coding.ts";
import { type Packing, packTokens, storedBytes } from "./packing.ts";
import type { Unpacking } from "./unpacking.ts";

/**
 * Hybrid integers. A number is cut into a token, its exponent and its two bits below the highest
 * one, and the bits below these. Tokens repeat and compress well; the low bits do not, and are
 * stored as they are. docs/FORMAT.md, "Numbers".
 */

/** Smaller numbers are their own token. */
export const SMALL = 8;
/** The token of 2^53 - 1. */
export const TOKEN_MAX = 207;

/** In a column of signed numbers, added to the token of a negative one. */
const NEGATIVE = 128;
const SIGNED_TOKEN_MASK = NEGATIVE - 1;
/** There is no negative zero: its token stands for numbers too large for a signed token. */
const LARGE = NEGATIVE;
const SIGNED_BELOW = 2 ** 32;
const LARGE_BITS = 53;
/** The token of 2^32 - 1. */
const SIGNED_TOKEN_MAX = 123;

export function tokenOf(value: number): number {
  if (value >= 2 ** 31) return largeTokenOf(value);
  const int = value | 0;
  if (int < SMALL) return int;
  // The three highest bits are 4 to 7, and follow on those of numbers with a low bit less.
  const low = 29 - Math.clz32(int);
  return low * 4 + (int >> low);
}

/** From 2^31 on, where bit operators do not reach. */
function largeTokenOf(value: number): number {
  const exponent = value < 2 ** 32 ? 31 : 63 - Math.clz32(Math.floor(value / 2 ** 32));
  const low = exponent - 2;
  return low * 4 + Math.floor(value / 2 ** low);
}

/** How many low bits belong to a token. */
export function lowBits(token: number): number {
  return token < SMALL ? 0 : ((token - SMALL) >> 2) + 1;
}

/** Of each token its low bits, and the smallest number that has it: no branch is foreseen wrong. */
const LOW_BITS = Uint8Array.from({ length: TOKEN_MAX + 1 }, (_, token) => lowBits(token));
const SMALLEST = Float64Array.from(LOW_BITS, (low, token) =>
  token < SMALL ? token : (4 + (token & 3)) * 2 ** low,
);

export function writeLow(bits: BitWriter, value: number, token: number): void {
  const low = lowBits(token);
  if (low > 0) bits.write(low < 31 ? value & ((1 << low) - 1) : value % 2 ** low, low);
}

export function readNumber(bits: BitReader, token: number): number {
  if (token > TOKEN_MAX) throw damaged("a token is out of range");
  return SMALLEST[token]! + bits.read(LOW_BITS[token]!);
}

/** Whole numbers from 0 to 2^53 - 1. */
export function packNumbers(packing: Packing, values: Float64Array): void {
  if (values.length > 0) numbersCoding(values).pack(packing);
}

/** The same where another form may be shorter; at least one number. */
export function numbersCoding(values: Float64Array): Coding {
  const tokens = new Uint8Array(values.length);
  let low = 0;
  for (let i = 0; i < tokens.length; i++) {
    const token = tokenOf(values[i]!);
    tokens[i] = token;
    low += lowBits(token);
  }
  const column = packTokens(tokens);
  return {
    bytes: storedBytes(column) + low / 8,
    pack(packing) {
      for (let i = 0; i < values.length; i++) writeLow(packing.bits, values[i]!, tokens[i]!);
      packing.add(column);
    },
  };
}

export function unpackNumbers(unpacking: Unpacking, count: number): Float64Array {
  const tokens = unpacking.tokens(count);
  const values = new Float64Array(count);
  for (let i = 0; i < count; i++) values[i] = readNumber(unpacking.bits, tokens[i]!);
  return values;
}

/** Whole numbers of a magnitude below 2^52. */
export function signedCoding(values: Float64Array): Coding {
  const tokens = new Uint8Array(values.length);
  let low = 0;
  for (let i = 0; i < tokens.length; i++) {
    const token = signedTokenOf(values[i]!);
    tokens[i] = token;
    low += token === LARGE ? LARGE_BITS : lowBits(token & SIGNED_TOKEN_MASK);
  }
  const column = packTokens(tokens);
  return {
    bytes: storedBytes(column) + low / 8,
    pack(packing) {
      packing.add(column);
      for (let i = 0; i < values.length; i++) {
        const value = values[i]!;
        const token = tokens[i]!;
        if (token === LARGE) packing.bits.write(zigzag(value), LARGE_BITS);
        else writeLow(packing.bits, Math.abs(value), token & SIGNED_TOKEN_MASK);
      }
    },
  };
}

export function unpackSigned(unpacking: Unpacking, count: number): Float64Array {
  const tokens = unpacking.tokens(count);
  const values = new Float64Array(count);
  for (let i = 0; i < count; i++) values[i] = readSigned(unpacking.bits, tokens[i]!);
  return values;
}

function readSigned(bits: BitReader, token: number): number {
  if (token === LARGE) return unzigzag(bits.read(LARGE_BITS));
  if (token % NEGATIVE > SIGNED_TOKEN_MAX) throw damaged("a token is out of range");
  return token < NEGATIVE ? readNumber(bits, token) : -readNumber(bits, token - NEGATIVE);
}

function signedTokenOf(value: number): number {
  // Without a branch for the sign, which would be foreseen wrong every other time.
  const magnitude = Math.abs(value);
  if (magnitude >= SIGNED_BELOW) return LARGE;
  return tokenOf(magnitude) + (value < 0 ? NEGATIVE : 0);
}
