import { ByteWriter } from "../bytes.ts";
import { BLOCK_ROWS_MAX } from "../limits.ts";
import { compress } from "../payload.ts";
import { BitWriter } from "./bits.ts";

/** How a column is stored; the position is its code. A `constant` has one value and no bytes. */
export const COLUMN_CODECS = ["none", "zstd", "constant"] as const;

/** A column is described by one number: a length or constant times this, and its codec. */
export const CODEC_STEP = 4;
/** Larger numbers that all rows have are written out. */
const CONSTANT_MAX = 2 ** 51 - 1;

/** A zstd frame around so few bytes is longer than they are. */
const COMPRESS_FROM = 20;

export interface PackedColumn {
  /** Its number in the block's head. */
  readonly described: number;
  /** What raw length and checksum cover; none of a constant. */
  readonly raw: Uint8Array | undefined;
  readonly stored: Uint8Array | undefined;
}

function packBytes(raw: Uint8Array): PackedColumn {
  if (raw.length < COMPRESS_FROM) return packRaw(raw);
  const frame = compress(raw as Uint8Array<ArrayBuffer>);
  if (frame === undefined) return packRaw(raw);
  const described = raw.length * CODEC_STEP + COLUMN_CODECS.indexOf("zstd");
  return { described, raw, stored: frame };
}

function packRaw(raw: Uint8Array): PackedColumn {
  const described = raw.length * CODEC_STEP + COLUMN_CODECS.indexOf("none");
  return { described, raw, stored: raw };
}

/** One byte for each of so many values as the reader knows by itself. */
export function packTokens(tokens: Uint8Array): PackedColumn {
  const first = tokens[0];
  // A reader makes values of nothing here, so there is a limit to how many.
  const isConstant = tokens.length <= BLOCK_ROWS_MAX && areEqual(tokens);
  return first !== undefined && isConstant ? packConstant(first) : packBytes(tokens);
}

function areEqual(values: Uint8Array | Float64Array): boolean {
  for (let i = 1; i < values.length; i++) if (values[i] !== values[0]) return false;
  return true;
}

function packConstant(value: number): PackedColumn {
  const described = value * CODEC_STEP + COLUMN_CODECS.indexOf("constant");
  return { described, raw: undefined, stored: undefined };
}

/** What a column takes, but for its number in the head. */
export function storedBytes({ stored }: PackedColumn): number {
  return stored?.length ?? 0;
}

/** What one part of a block takes, for whoever wants to know where its bytes go. */
export interface BlockPart {
  readonly name: string;
  /** Its columns and its share of the common bits. */
  bytes: number;
  /** Its columns that have bytes of their own. */
  columns: number;
}

/** Collects a block's columns in order. All share one column of parameters and one of bits. */
export class Packing {
  readonly parameters = new ByteWriter();
  readonly bits = new BitWriter();
  /** The block's earliest receive time: times count from it. */
  readonly minUs: number;
  readonly parts: BlockPart[] = [];
  readonly #columns: PackedColumn[] = [];
  #bitsBefore = 0;

  constructor(minUs: number) {
    this.minUs = minUs;
  }

  /** What follows belongs to this part. */
  begin(name: string): void {
    this.#closePart();
    this.parts.push({ name, bytes: 0, columns: 0 });
  }

  add(column: PackedColumn): void {
    this.#columns.push(column);
    const part = this.parts.at(-1);
    if (part === undefined || column.stored === undefined) return;
    part.bytes += storedBytes(column);
    part.columns++;
  }

  /** Varints, as many as the reader asks for. */
  numbers(values: Float64Array): void {
    const first = values[0] ?? 0;
    if (first <= CONSTANT_MAX && areEqual(values)) {
      this.add(packConstant(first));
      return;
    }
    const bytes = new ByteWriter();
    for (let i = 0; i < values.length; i++) bytes.varint(values[i]!);
    this.bytes(bytes.view());
  }

  bytes(raw: Uint8Array): void {
    this.add(packBytes(raw));
  }

  finish(): readonly PackedColumn[] {
    this.#closePart();
    const parameters = packBytes(this.parameters.view());
    // Low bits look random: no compressor would find anything in them.
    const bits = packRaw(this.bits.finish());
    const part = { name: "parameters", bytes: storedBytes(parameters), columns: 1 };
    this.parts.unshift(part, { name: "bits", bytes: 0, columns: 1 });
    return [parameters, bits, ...this.#columns];
  }

  #closePart(): void {
    const part = this.parts.at(-1);
    if (part !== undefined) part.bytes += (this.bits.length - this.#bitsBefore) / 8;
    this.#bitsBefore = this.bits.length;
  }
}
