import {
  type BlockRow,
  FIXED_STREAMS,
  type Implied,
  impliedCrc,
  impliedValue,
  type Keyframe,
  RECEIVED_US_MAX,
  type StoredValue,
} from "./block.ts";
import { CHUNK_KIND, type ChunkContent, CODEC, type Packed } from "./chunk.ts";
import { ChangeWriter } from "./columns/change-column.ts";
import type { OddTexts } from "./columns/odd-texts.ts";
import { type BlockPart, Packing } from "./columns/packing.ts";
import { ReceivedWriter } from "./columns/received-column.ts";
import { RowWriter } from "./columns/row-columns.ts";
import { seedsOf } from "./columns/seeds.ts";
import { StreamWriter } from "./columns/stream-writer.ts";
import { PolybotError } from "./error.ts";
import { evidenceOf } from "./evidence.ts";
import { knownNumberOf } from "./known-shapes.ts";
import type { Level } from "./level.ts";
import { BLOCK_ROWS_MAX, BLOCK_SHAPES_MAX, BLOCK_STREAMS_MAX } from "./limits.ts";
import type { UpdateType } from "./market-event.ts";
import { encodeValue, exactText } from "./packed-value.ts";
import { changeSlotsOf } from "./row-streams.ts";
import type { ChangeSlots, Shape } from "./shape.ts";
import { streamKind } from "./stream.ts";

/** Where the values of rows of one type and shape go. */
interface RowPlan {
  readonly change: ChangeSlots | undefined;
  /** None for the slots of a change. */
  readonly slots: readonly (SlotPlan | undefined)[];
}

interface SlotPlan {
  readonly stream: StreamWriter;
  readonly implied: string;
}

/** Collects the rows of one block as columns; `finish` packs them. */
export class BlockWriter {
  readonly #implied: Implied;
  readonly #firstSequence: number;
  readonly #keyframe: Keyframe | null;
  readonly #shapes = new Map<string, number>();
  readonly #plans = new Map<Shape, Map<UpdateType, RowPlan>>();
  readonly #streams = new Map<string, StreamWriter>();
  readonly #rowHeads = new RowWriter();
  readonly #received = new ReceivedWriter();
  readonly #levelPrices = new StreamWriter("decimal");
  readonly #levelSizes = new StreamWriter("decimal");
  readonly #changes = new ChangeWriter();
  /** Of the last row: shape and type, the shape's number, and where its values went. */
  #lastShape: Shape | undefined;
  #lastType: UpdateType | undefined;
  #lastNumber = 0;
  #plan: RowPlan = { change: undefined, slots: [] };
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

  /** What keyframe and rows take while they wait. */
  get bytes(): number {
    let bytes = this.#shapeLength;
    const parts = [this.#rowHeads, this.#received, this.#changes];
    for (const part of [...parts, this.#levelPrices, this.#levelSizes]) bytes += part.bytes;
    for (const stream of this.#streams.values()) bytes += stream.bytes;
    return bytes;
  }

  /** Whether a row of this shape still fits: a block holds so many rows, shapes and keys, not one more. */
  accepts(shape: Shape): boolean {
    if (this.#rows >= BLOCK_ROWS_MAX) return false;
    // Most rows are of the kind of the one before.
    if (shape === this.#lastShape) return true;
    if (!this.#shapes.has(shape.text) && this.#shapes.size >= BLOCK_SHAPES_MAX) return false;
    const streams = FIXED_STREAMS.length + this.#streams.size + shape.slots.length;
    return streams <= BLOCK_STREAMS_MAX;
  }

  /** `LIMIT` if the block does not accept the row, `BAD_INPUT` for a time that is none. */
  add(row: BlockRow): void {
    const { receivedUs, shape } = row;
    if (!this.accepts(shape)) throw new PolybotError("LIMIT", "a block has no room for a row");
    if (!Number.isInteger(receivedUs) || receivedUs < 0 || receivedUs >= RECEIVED_US_MAX) {
      throw new PolybotError("BAD_INPUT", `${receivedUs} is no time in whole microseconds`);
    }
    this.#prepare(row);
    const goesOn = this.#rowHeads.add(row, this.#lastNumber);
    if (!goesOn) this.#received.add(receivedUs, row.values[shape.timeSlot]);
    this.#minUs = Math.min(this.#minUs, receivedUs);
    this.#maxUs = Math.max(this.#maxUs, receivedUs);
    this.#rows++;
    this.#addValues(row.values, goesOn ? shape.elementSlots : 0);
  }

  finish(): { content: ChunkContent; packed: Packed; parts: readonly BlockPart[] } {
    const packing = new Packing(this.#minUs);
    this.#rowHeads.pack(packing);
    const named = [
      ...this.#streams,
      ["level price", this.#levelPrices],
      ["level size", this.#levelSizes],
    ] as const;
    for (const [name, stream] of named) {
      packing.begin(name);
      stream.pack(packing);
    }
    this.#changes.pack(packing, seedsOf(this.#keyframe));
    this.#received.pack(packing);
    const columns = packing.finish();
    const head = encodeValue(this.#head(columns.map(({ described }) => described)));
    const raws = columns.flatMap(({ raw }) => raw ?? []);
    const parts = [{ name: "head", bytes: head.length, columns: 0 }, ...packing.parts];
    const bins = columns.flatMap(({ stored }) => (stored === undefined ? [] : encodeValue(stored)));
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
        rawCrc: raws.reduce(
          (crc, raw) => Bun.hash.crc32(raw as Uint8Array<ArrayBuffer>, crc),
          Bun.hash.crc32(head),
        ),
      },
      parts,
    };
  }

  /** In the order of `BLOCK_HEAD`. */
  #head(columns: readonly number[]): unknown[] {
    const keyframe = this.#keyframe;
    const hashes = this.#streams.get("hash")?.view() ?? new Uint8Array();
    return [
      [...this.#shapes.keys()].map((text) => knownNumberOf(text) ?? text),
      keyframe && [
        keyframe.bids.length,
        keyframe.asks.length,
        keyframe.tickSize && exactText(keyframe.tickSize),
        keyframe.lastTradePrice && exactText(keyframe.lastTradePrice),
      ],
      this.#odd().flatMap((odd, stream) => (odd.length === 0 ? [] : [stream, odd.list()])),
      columns,
      impliedCrc(this.#implied),
      evidenceOf(hashes),
    ];
  }

  /** Of every stream, in the order of `FIXED_STREAMS` and then of their first use. */
  #odd(): OddTexts[] {
    const levels = [this.#levelPrices, this.#levelSizes];
    const keys = [...this.#streams.values()];
    return [...levels.map(({ odd }) => odd), ...this.#changes.odd, ...keys.map(({ odd }) => odd)];
  }

  #shapeNumber(text: string): number {
    let number = this.#shapes.get(text);
    if (number === undefined) {
      number = this.#shapes.size;
      this.#shapes.set(text, number);
      this.#shapeLength += knownNumberOf(text) === undefined ? text.length : 0;
    }
    return number;
  }

  /** A reader knows the streams from the rows' types and shapes, so they come in that order. */
  #prepare({ type, shape }: BlockRow): void {
    if (shape === this.#lastShape && type === this.#lastType) return;
    this.#lastShape = shape;
    this.#lastType = type;
    this.#lastNumber = this.#shapeNumber(shape.text);
    const plans = this.#plans.get(shape) ?? new Map<UpdateType, RowPlan>();
    this.#plans.set(shape, plans);
    const plan = plans.get(type) ?? this.#planOf(type, shape);
    plans.set(type, plan);
    this.#plan = plan;
  }

  #planOf(type: UpdateType, shape: Shape): RowPlan {
    const change = changeSlotsOf(type, shape);
    const slots = shape.slots.map(({ key }, slot): SlotPlan | undefined => {
      if (change?.includes(slot)) return undefined;
      let stream = this.#streams.get(key);
      if (stream === undefined) {
        stream = new StreamWriter(streamKind(key));
        this.#streams.set(key, stream);
      }
      return { stream, implied: impliedValue(key, type, this.#implied) };
    });
    return { change, slots };
  }

  #addValues(values: readonly StoredValue[], from: number): void {
    const { change, slots } = this.#plan;
    for (let slot = from; slot < values.length; slot++) {
      const own = slots[slot];
      if (own === undefined) continue;
      const value = values[slot]!;
      if (typeof value === "string") {
        own.stream.addText(value, own.implied);
      } else {
        own.stream.addList(value);
        for (const level of value.levels) this.#addLevel(level);
      }
    }
    if (change === undefined || change[0] < from) return;
    const [price, size, side] = change;
    this.#changes.add([values[price], values[size], values[side]] as [string, string, string]);
  }

  #addLevel([price, size]: Level): void {
    this.#levelPrices.addText(price);
    this.#levelSizes.addText(size);
  }
}
