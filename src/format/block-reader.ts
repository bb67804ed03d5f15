import {
  type BlockRow,
  COLUMN_CODEC,
  type Implied,
  impliedCrc,
  impliedValue,
  type Keyframe,
  LEVEL_PRICE,
  LEVEL_SIZE,
  RECEIVED_US_MAX,
  ROW_COLUMNS,
  type StoredValue,
} from "./block.ts";
import { ByteReader } from "./bytes.ts";
import { type ChunkHeader, CODEC } from "./chunk.ts";
import { damaged } from "./damaged.ts";
import { isLevel, LEVEL_MODES, type Level, type LevelList } from "./level.ts";
import {
  BLOCK_ROWS_MAX,
  BLOCK_SHAPES_MAX,
  BLOCK_STREAMS_MAX,
  CHUNK_BYTES_MAX,
  STREAM_VALUES_MAX,
} from "./limits.ts";
import { type Place, UPDATE_TYPES, VERDICTS } from "./market-event.ts";
import {
  asArray,
  asBytes,
  asCount,
  asFields,
  asText,
  asTextOrNull,
  decodeValues,
} from "./packed-value.ts";
import { decompress } from "./payload.ts";
import { parseShape, type Shape } from "./shape.ts";
import {
  COLUMNS_OF_KIND,
  type ColumnReader,
  columnReader,
  HASH_BYTES,
  STREAM_KINDS,
  type StreamKind,
} from "./stream.ts";

export interface Block {
  /** `null` while the session has had no book. */
  readonly keyframe: Keyframe | null;
  readonly firstSequence: number;
  readonly rows: readonly BlockRow[];
  /** Hashes stored literally; all are checked against the block's evidence. */
  readonly hashes: number;
}

/** Columns are either one value for all rows or bytes. */
type Column = number | Uint8Array;

/**
 * Decodes a block's stored payload (without padding) and checks all of it: lengths, checksums,
 * counts, ranges, and the hashes against the evidence. Throws `DAMAGED`, nothing else.
 */
export function decodeBlock(header: ChunkHeader, stored: Uint8Array, implied: Implied): Block {
  if (header.codec !== CODEC.columns) throw damaged(`codec ${header.codec} is no block's`);
  const [headValue, ...bins] = decodeValues(stored);
  const head = asFields(headValue);
  const headBytes = stored.subarray(0, stored.length - sumOf(bins.map(binBytes)));
  const columns = readColumns(header, head, headBytes, bins);
  if (asCount(head.implied) !== impliedCrc(implied)) {
    throw damaged("a block's market or token is not its file's");
  }
  if (columns.length < ROW_COLUMNS.length) throw damaged("a block has too few columns");
  const rowColumns = columns.splice(0, ROW_COLUMNS.length).map(numberReader);
  const streams = readStreams(head.streams, columns);
  const keyframe = readKeyframe(head.keyframe, streams);
  const shapes = readShapes(head.shapes);
  if (header.records === 0 || header.records > BLOCK_ROWS_MAX) {
    throw damaged("a block has no rows or too many");
  }
  const rows: BlockRow[] = [];
  let receivedUs = 0;
  for (let i = 0; i < header.records; i++) {
    const row = readRow(rowColumns, shapes, streams, receivedUs, implied);
    receivedUs = row.receivedUs;
    rows.push(row);
  }
  for (const column of rowColumns) column.finish();
  for (const stream of streams.values()) stream.finish();
  const times = rows.map((row) => row.receivedUs);
  if (Math.min(...times) !== header.minUs || Math.max(...times) !== header.maxUs) {
    throw damaged("a block's times do not match its header");
  }
  const hashes = checkEvidence(head.evidence, streams.get("hash"));
  return { keyframe, firstSequence: header.firstSequence, rows, hashes };
}

function readColumns(
  header: ChunkHeader,
  head: Readonly<Record<string, unknown>>,
  headBytes: Uint8Array,
  bins: readonly unknown[],
): Column[] {
  let rawLength = headBytes.length;
  let rawCrc = Bun.hash.crc32(headBytes as Uint8Array<ArrayBuffer>);
  let nextBin = 0;
  const columns = asArray(head.columns).map((described): Column => {
    const [codec, value] = asArray(described);
    if (codec === COLUMN_CODEC.constant) return asCount(value);
    const columnLength = asCount(value, CHUNK_BYTES_MAX);
    rawLength += columnLength;
    if (rawLength > CHUNK_BYTES_MAX) throw damaged("a block is longer than any may be");
    const bin = asBytes(bins[nextBin++]);
    const raw = codec === COLUMN_CODEC.zstd ? decompress(bin, columnLength) : bin;
    if (raw.length !== columnLength || asCount(codec) > COLUMN_CODEC.zstd) {
      throw damaged("a column has another length or an unknown codec");
    }
    rawCrc = Bun.hash.crc32(raw as Uint8Array<ArrayBuffer>, rawCrc);
    return raw;
  });
  if (nextBin !== bins.length || rawLength !== header.rawLength || rawCrc !== header.rawCrc) {
    throw damaged("a block does not match its checksum");
  }
  return columns;
}

/** What a MessagePack `bin` takes in its shortest form, the only one allowed here. */
function binBytes(bin: unknown): number {
  const { length } = asBytes(bin);
  return length + (length < 2 ** 8 ? 2 : length < 2 ** 16 ? 3 : 5);
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, value) => sum + value, 0);
}

interface NumberReader {
  next(): number;
  finish(): void;
}

function numberReader(column: Column): NumberReader {
  if (typeof column === "number") return { next: () => column, finish: () => {} };
  const bytes = new ByteReader(column);
  return { next: () => bytes.varint(), finish: () => bytes.finish() };
}

/** Hands out a stream's values in order, odd ones from beside the column. */
class StreamReader {
  readonly kind: StreamKind;
  readonly columns: readonly Uint8Array[];
  readonly #count: number;
  readonly #odd: readonly unknown[];
  readonly #column: ColumnReader | undefined;
  readonly #lists: ByteReader | undefined;
  #position = 0;
  #nextOdd = 0;

  constructor(kind: StreamKind, count: number, odd: readonly unknown[], columns: Uint8Array[]) {
    this.kind = kind;
    this.columns = columns;
    this.#count = count;
    this.#odd = odd;
    if (kind === "levels") this.#lists = new ByteReader(columns[0]!);
    else if (kind !== "implied") this.#column = columnReader(kind, columns);
  }

  next(implied: string): string | ByteReader {
    if (this.#position >= this.#count) throw damaged("a stream has too few values");
    if (this.#odd[this.#nextOdd] === this.#position++) {
      this.#nextOdd += 2;
      return asText(this.#odd[this.#nextOdd - 1]);
    }
    return this.#column?.next() ?? this.#lists ?? implied;
  }

  nextText(): string {
    const text = this.next("");
    if (typeof text !== "string") throw damaged("a text is missing from a stream");
    return text;
  }

  finish(): void {
    if (this.#position !== this.#count || this.#nextOdd !== this.#odd.length) {
      throw damaged("a stream has values left over");
    }
    this.#column?.finish();
    this.#lists?.finish();
  }
}

type Streams = ReadonlyMap<string, StreamReader>;

function readStreams(value: unknown, columns: Column[]): Streams {
  const described = asArray(value);
  if (described.length > BLOCK_STREAMS_MAX) throw damaged("a block has too many streams");
  const streams = new Map<string, StreamReader>();
  let values = 0;
  for (const item of described) {
    const [key, code, count, odd] = asArray(item);
    const kind = STREAM_KINDS[asCount(code)];
    if (kind === undefined) throw damaged("a stream is of an unknown kind");
    const own = columns.splice(0, COLUMNS_OF_KIND[kind]).map(asBytes);
    if (own.length !== COLUMNS_OF_KIND[kind]) throw damaged("a stream has no column");
    const total = asCount(count, STREAM_VALUES_MAX - values);
    values += total;
    if (streams.has(asText(key))) throw damaged("a stream comes twice");
    streams.set(asText(key), new StreamReader(kind, total, asArray(odd), own));
  }
  if (columns.length > 0) throw damaged("a block has columns left over");
  return streams;
}

function readShapes(value: unknown): Shape[] {
  const texts = asArray(value);
  if (texts.length > BLOCK_SHAPES_MAX) throw damaged("a block has too many shapes");
  return texts.map((text) => parseShape(asText(text)));
}

function streamOf(streams: Streams, key: string): StreamReader {
  const stream = streams.get(key);
  if (stream === undefined) throw damaged("a stream is missing");
  return stream;
}

function readLevels(streams: Streams, count: number): Level[] {
  const levels: Level[] = [];
  for (let i = 0; i < count; i++) {
    const price = streamOf(streams, LEVEL_PRICE).nextText();
    const level: Level = [price, streamOf(streams, LEVEL_SIZE).nextText()];
    if (!isLevel(level)) throw damaged("a level is no pair of decimals");
    levels.push(level);
  }
  return levels;
}

function readKeyframe(value: unknown, streams: Streams): Keyframe | null {
  if (value === null) return null;
  const fields = asFields(value);
  const bids = readLevels(streams, asCount(fields.bids, STREAM_VALUES_MAX));
  const asks = readLevels(streams, asCount(fields.asks, STREAM_VALUES_MAX));
  return {
    bids,
    asks,
    tickSize: asTextOrNull(fields.tick_size),
    lastTradePrice: asTextOrNull(fields.last_trade_price),
  };
}

function readRow(
  columns: readonly NumberReader[],
  shapes: readonly Shape[],
  streams: Streams,
  lastUs: number,
  implied: Implied,
): BlockRow {
  const numbers = columns.map((column) => column.next());
  const type = UPDATE_TYPES[numbers[0]!];
  const verdict = VERDICTS[numbers[1]!];
  const shape = shapes[numbers[2]!];
  if (type === undefined || verdict === undefined || shape === undefined) {
    throw damaged("a row has an unknown type, verdict or shape");
  }
  const zigzag = numbers[3]!;
  const receivedUs = lastUs + (zigzag % 2 === 0 ? zigzag / 2 : -(zigzag + 1) / 2);
  if (receivedUs < 0 || receivedUs >= RECEIVED_US_MAX) throw damaged("a time is out of range");
  const place: Place = {
    element: numbers[5]!,
    elements: numbers[6]!,
    entry: numbers[7]!,
    entries: numbers[8]!,
    newline: numbers[9] === 1,
  };
  const values = shape.slots.map(({ key }): StoredValue => {
    const value = streamOf(streams, key).next(impliedValue(key, type, implied));
    return typeof value === "string" ? value : readList(value, streams);
  });
  return { type, verdict, receivedUs, socket: numbers[4]!, place, shape, values };
}

function readList(lists: ByteReader, streams: Streams): LevelList {
  const mode = LEVEL_MODES[lists.varint()];
  const count = lists.varint();
  if (mode === undefined || count > STREAM_VALUES_MAX || (mode === "same" && count > 0)) {
    throw damaged("a list of levels is malformed");
  }
  return { mode, levels: readLevels(streams, count) };
}

/** The hashes must give the SHA-1 that the recorder wrote when it received them. */
function checkEvidence(value: unknown, stream: StreamReader | undefined): number {
  const hashes = stream?.columns[0] ?? new Uint8Array();
  const proof = Bun.SHA1.hash(hashes as Uint8Array<ArrayBuffer>, new Uint8Array(HASH_BYTES));
  if (new Uint8Array(asBytes(value)).toHex() !== (proof as Uint8Array).toHex()) {
    throw damaged("a block's hashes do not match its evidence");
  }
  return hashes.length / HASH_BYTES;
}
