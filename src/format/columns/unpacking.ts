import { ByteReader } from "../bytes.ts";
import { damaged } from "../damaged.ts";
import { BLOCK_ROWS_MAX, CHUNK_BYTES_MAX } from "../limits.ts";
import { asBytes, asCount } from "../packed-value.ts";
import { decompress } from "../payload.ts";
import { BitReader } from "./bits.ts";
import { CODEC_STEP, COLUMN_CODECS } from "./packing.ts";

/** The one value of all rows, or bytes. */
type Column = number | Uint8Array;

/** Numbers one after the other; `finish` throws unless all were used. */
class NumberReader {
  readonly #column: number | ByteReader;

  constructor(column: Column) {
    this.#column = typeof column === "number" ? column : new ByteReader(column);
  }

  next(): number {
    const column = this.#column;
    return typeof column === "number" ? column : column.varint();
  }

  finish(): void {
    if (typeof this.#column !== "number") this.#column.finish();
  }
}

/** Hands out a block's columns in the order in which `Packing` took them. */
export class Unpacking {
  readonly parameters: ByteReader;
  readonly bits: BitReader;
  readonly minUs: number;
  readonly rawLength: number;
  readonly rawCrc: number;
  readonly #columns: readonly Column[];
  #next = 0;

  /** Decompresses all columns; length and checksum go on from those of the block's head. */
  constructor(
    described: readonly unknown[],
    bins: readonly unknown[],
    head: Uint8Array,
    minUs: number,
  ) {
    this.minUs = minUs;
    let rawLength = head.length;
    let rawCrc = Bun.hash.crc32(head as Uint8Array<ArrayBuffer>);
    let nextBin = 0;
    this.#columns = described.map((item): Column => {
      const number = asCount(item);
      const value = Math.floor(number / CODEC_STEP);
      const codec = COLUMN_CODECS[number % CODEC_STEP];
      if (codec === "constant") return value;
      rawLength += value;
      if (rawLength > CHUNK_BYTES_MAX) throw damaged("a block is longer than any may be");
      const bin = asBytes(bins[nextBin++]);
      const raw = codec === "zstd" ? decompress(bin, value) : bin;
      if (codec === undefined || raw.length !== value) {
        throw damaged("a column has another length or an unknown codec");
      }
      rawCrc = Bun.hash.crc32(raw as Uint8Array<ArrayBuffer>, rawCrc);
      return raw;
    });
    if (nextBin !== bins.length) throw damaged("a block has columns left over");
    this.rawLength = rawLength;
    this.rawCrc = rawCrc;
    this.parameters = new ByteReader(this.bytes());
    this.bits = new BitReader(this.bytes());
  }

  /** One byte for each of `count` values. */
  tokens(count: number): Uint8Array {
    if (count === 0) return new Uint8Array();
    const column = this.#take();
    if (typeof column === "number") {
      if (column > 255 || count > BLOCK_ROWS_MAX) throw damaged("a constant is out of range");
      return new Uint8Array(count).fill(column);
    }
    if (column.length !== count) throw damaged("a column has too few values or too many");
    return column;
  }

  /** A column of varints, as many as are asked for. */
  numbers(): NumberReader {
    return new NumberReader(this.#take());
  }

  bytes(): Uint8Array {
    const column = this.#take();
    if (typeof column === "number") throw damaged("a column has no bytes");
    return column;
  }

  finish(): void {
    this.parameters.finish();
    this.bits.finish();
    if (this.#next !== this.#columns.length) throw damaged("a block has columns left over");
  }

  #take(): Column {
    const column = this.#columns[this.#next++];
    if (column === undefined) throw damaged("a block has too few columns");
    return column;
  }
}
