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
} from "./block.ts";
import { ByteWriter } from "./bytes.ts";
import { CHUNK_KIND, type ChunkContent, CODEC, type Packed } from "./chunk.ts";
import { PolybotError } from "./error.ts";
import { LEVEL_MODES, type Level, type LevelList } from "./level.ts";
import { BLOCK_ROWS_MAX, BLOCK_SHAPES_MAX, BLOCK_STREAMS_MAX } from "./limits.ts";
import { UPDATE_TYPES, VERDICTS } from "./market-event.ts";
import { encodeValue, exactText } from "./packed-value.ts";
import { compress } from "./payload.ts";
import type { Shape } from "./shape.ts";
import {
  type ColumnWriter,
  columnWriter,
  HASH_BYTES,
  type Odd,
  STREAM_KINDS,
  type StreamKind,
  streamKind,
} from "./stream.ts";

/** Streams of levels, which a row may bring beside those of its keys. */
const LEVEL_STREAMS = 2;

/** A column of one number a row; it costs nothing while all are equal. */
class RowColumn {
  readonly #bytes = new ByteWriter();
  #first: number | undefined;
  #constant = true;

  add(value: number): void {
    this.#first ??= value;
    if (value !== this.#first) this.#constant = false;
    this.#bytes.varint(value);
  }

  constant(): number | undefined {
    return this.#constant ? this.#first : undefined;
  }

  get bytes(): number {
    return this.#constant ? 0 : this.#bytes.length;
  }

  view(): Uint8Array {
    return this.#bytes.view();
  }
}

class StreamWriter {
  readonly kind: StreamKind;
  readonly odd: Odd[] = [];
  readonly #column: ColumnWriter | undefined;
  readonly #lists = new ByteWriter();
  #oddBytes = 0;
  count = 0;

  constructor(kind: StreamKind) {
    this.kind = kind;
    this.#column = kind === "implied" || kind === "levels" ? undefined : columnWriter(kind);
  }

  /** Of columns and odd texts so far. */
  get bytes(): number {
    return (this.#column?.bytes ?? this.#lists.length) + this.#oddBytes;
  }

  addText(text: string, implied?: string): void {
    const isImplied = this.kind === "implied" && text === implied;
    const known = this.#column === undefined ? isImplied : this.#column.add(text);
    if (!known) {
      this.odd.push([this.count, exactText(text)]);
      this.#oddBytes += text.length;
    }
    this.count++;
  }

  addList(list: LevelList): void {
    this.#lists.varint(LEVEL_MODES.indexOf(list.mode));
    this.#lists.varint(list.levels.length);
    this.count++;
  }

  columns(): Uint8Array[] {
    if (this.kind === "implied") return [];
    return this.#column?.columns() ?? [this.#lists.view()];
  }
}

/** Collects the rows of one block as columns; `finish` packs them. */
export class BlockWriter {
  readonly #implied: Implied;
  readonly #firstSequence: number;
  readonly #keyframe: Keyframe | null;
  readonly #shapes = new Map<string, number>();
  readonly #streams = new Map<string, StreamWriter>();
  readonly #columns = ROW_COLUMNS.map(() => new RowColumn());
  /** A signed difference, so its column is zigzagged by hand. */
  #lastUs = 0;
  #minUs = Number.MAX_SAFE_INTEGER;
  #maxUs = 0;
  #rows = 0;
  #shapeLength = 0;

  constructor(implied: Implied, firstSequence: number, keyframe: Keyframe | null) {
    this.#implied = implied;
    this.#firstSequence = firstSequence;
    this.#keyframe = keyframe;
    if (keyframe !== null) {
      for (const level of [...keyframe.bids, ...keyframe.asks]) this.#addLevel(level);
    }
  }

  get rows(): number {
    return this.#rows;
  }

  /** Earliest receive time of its rows. */
  get minUs(): number {
    return this.#minUs;
  }

  /** What keyframe and rows take before compression, but for the head's fixed parts. */
  get bytes(): number {
    let bytes = this.#shapeLength;
    for (const column of this.#columns) bytes += column.bytes;
    for (const stream of this.#streams.values()) bytes += stream.bytes;
    return bytes;
  }

  /** Whether a row of this shape still fits: a block holds so many rows, shapes and keys, not one more. */
  accepts(shape: Shape): boolean {
    if (this.#rows >= BLOCK_ROWS_MAX) return false;
    if (!this.#shapes.has(shape.text) && this.#shapes.size >= BLOCK_SHAPES_MAX) return false;
    return this.#streams.size + shape.slots.length + LEVEL_STREAMS <= BLOCK_STREAMS_MAX;
  }

  /** `LIMIT` if the block does not accept the row, `BAD_INPUT` for a time that is none. */
  add(row: BlockRow): void {
    if (!this.accepts(row.shape)) throw new PolybotError("LIMIT", "a block has no room for a row");
    if (
      !Number.isInteger(row.receivedUs) ||
      row.receivedUs < 0 ||
      row.receivedUs >= RECEIVED_US_MAX
    ) {
      throw new PolybotError("BAD_INPUT", `${row.receivedUs} is no time in whole microseconds`);
    }
    const { place } = row;
    const sinceLast = row.receivedUs - this.#lastUs;
    const numbers = [
      UPDATE_TYPES.indexOf(row.type),
      VERDICTS.indexOf(row.verdict),
      this.#shapeNumber(row.shape.text),
      sinceLast >= 0 ? sinceLast * 2 : -sinceLast * 2 - 1,
      row.socket,
      place.element,
      place.elements,
      place.entry,
      place.entries,
      place.newline ? 1 : 0,
    ];
    numbers.forEach((value, i) => {
      this.#columns[i]!.add(value);
    });
    this.#lastUs = row.receivedUs;
    this.#minUs = Math.min(this.#minUs, row.receivedUs);
    this.#maxUs = Math.max(this.#maxUs, row.receivedUs);
    this.#rows++;
    row.shape.slots.forEach(({ key }, i) => {
      const value = row.values[i]!;
      if (typeof value === "string") {
        const implied = impliedValue(key, row.type, this.#implied);
        this.#stream(key).addText(value, implied);
      } else {
        this.#stream(key).addList(value);
        for (const level of value.levels) this.#addLevel(level);
      }
    });
  }

  finish(): { content: ChunkContent; packed: Packed } {
    const columns = this.#columns.map((column) => column.view());
    const described: [number, number][] = [];
    const bins: Uint8Array[] = [];
    const raws: Uint8Array[] = [];
    const store = (raw: Uint8Array) => {
      const frame = compress(raw as Uint8Array<ArrayBuffer>);
      described.push([frame ? COLUMN_CODEC.zstd : COLUMN_CODEC.none, raw.length]);
      bins.push(encodeValue(frame ?? raw));
      raws.push(raw);
    };
    columns.forEach((raw, i) => {
      const constant = this.#columns[i]!.constant();
      if (constant === undefined) store(raw);
      else described.push([COLUMN_CODEC.constant, constant]);
    });
    for (const stream of this.#streams.values()) stream.columns().forEach(store);
    const head = encodeValue(this.#head(described));
    return {
      content: {
        kind: CHUNK_KIND.block,
        records: this.#rows,
        minUs: this.#minUs,
        maxUs: this.#maxUs,
        firstSequence: this.#firstSequence,
      },
      packed: {
        codec: CODEC.columns,
        stored: Buffer.concat([head, ...bins]),
        rawLength: raws.reduce((sum, raw) => sum + raw.length, head.length),
        rawCrc: raws.reduce((crc, raw) => Bun.hash.crc32(raw, crc), Bun.hash.crc32(head)),
      },
    };
  }

  #head(columns: [number, number][]): Record<string, unknown> {
    const keyframe = this.#keyframe;
    const hashes = this.#streams.get("hash")?.columns()[0] ?? new Uint8Array();
    return {
      shapes: [...this.#shapes.keys()],
      keyframe: keyframe && {
        bids: keyframe.bids.length,
        asks: keyframe.asks.length,
        tick_size: keyframe.tickSize && exactText(keyframe.tickSize),
        last_trade_price: keyframe.lastTradePrice && exactText(keyframe.lastTradePrice),
      },
      streams: [...this.#streams].map(([key, stream]) => [
        key,
        STREAM_KINDS.indexOf(stream.kind),
        stream.count,
        stream.odd.flat(),
      ]),
      columns,
      implied: impliedCrc(this.#implied),
      evidence: Bun.SHA1.hash(hashes as Uint8Array<ArrayBuffer>, new Uint8Array(HASH_BYTES)),
    };
  }

  #shapeNumber(text: string): number {
    let number = this.#shapes.get(text);
    if (number === undefined) {
      number = this.#shapes.size;
      this.#shapes.set(text, number);
      this.#shapeLength += text.length;
    }
    return number;
  }

  #stream(key: string): StreamWriter {
    let stream = this.#streams.get(key);
    if (stream === undefined) {
      const levels = key === LEVEL_PRICE || key === LEVEL_SIZE;
      stream = new StreamWriter(levels ? "decimal" : streamKind(key));
      this.#streams.set(key, stream);
    }
    return stream;
  }

  #addLevel([price, size]: Level): void {
    this.#stream(LEVEL_PRICE).addText(price);
    this.#stream(LEVEL_SIZE).addText(size);
  }
}
