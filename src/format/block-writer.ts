import {
  type BlockRow,
  FIXED_STREAMS,
  type Implied,
  impliedCrc,
  impliedValue,
  type Keyframe,
  RECEIVED_US_MAX,
  type RowsVerdict,
  type StoredValue,
  type UnjudgedRow,
} from "./block.ts";
import { CHUNK_KIND, type ChunkContent, CODEC, type Packed } from "./chunk.ts";
import { ChangeWriter } from "./columns/change-column.ts";
import { DerivedWriter } from "./columns/derived-column.ts";
import { KeyframeHead } from "./columns/keyframe-head.ts";
import type { OddTexts } from "./columns/odd-texts.ts";
import { type BlockPart, Packing } from "./columns/packing.ts";
import { ReceivedWriter } from "./columns/received-column.ts";
import { RecipeWriter } from "./columns/recipe-column.ts";
import { RowWriter, typeCodeOf } from "./columns/row-columns.ts";
import { StreamWriter } from "./columns/stream-writer.ts";
import { TimeWriter } from "./columns/time-column.ts";
import { PolybotError } from "./error.ts";
import { Evidence } from "./evidence.ts";
import { knownNumberOf } from "./known-shapes.ts";
import type { Level, LevelList } from "./level.ts";
import { BLOCK_ROWS_MAX, BLOCK_SHAPES_MAX, BLOCK_STREAMS_MAX } from "./limits.ts";
import { isJudged, type UpdateType, type Verdict } from "./market-event.ts";
import { encodeBins, encodeValue } from "./packed-value.ts";
import { changeSlotsOf } from "./row-streams.ts";
import { type ChangeSlots, hasOwnBest, type Shape } from "./shape.ts";
import { isDerivable, streamKind } from "./stream.ts";
import { type WaitingRow, WaitingRows } from "./waiting-rows.ts";

/** Of a hash and two prices, which a row may need to store once it is judged. */
const WAITING_BYTES = 30;

/** Where the values of rows of one type and shape go. */
interface RowPlan {
  /** Of the rows' kind. */
  readonly typeCode: number;
  readonly change: ChangeSlots | undefined;
  /** Those whose values are stored as the row comes: not those of a change. */
  readonly slots: readonly SlotPlan[];
  /** Those whose values may follow from the book, once the row is judged. */
  readonly derivable: readonly SlotPlan[];
}

interface SlotPlan {
  readonly slot: number;
  readonly stream: StreamWriter;
  readonly implied: string;
}

/**
 * Collects the rows of one block as columns; `finish` packs them. A row comes as it is received;
 * its verdict, its hash and its best prices are kept for when it is judged.
 */
export class BlockWriter {
  readonly #implied: Implied;
  readonly firstSequence: number;
  readonly #keyframe: KeyframeHead | null;
  readonly #shapes = new Map<string, number>();
  readonly #plans = new Map<Shape, Map<UpdateType, RowPlan>>();
  readonly #streams = new Map<string, StreamWriter>();
  readonly #rowHeads = new RowWriter();
  readonly #received = new ReceivedWriter();
  /** Of the stream of timestamps. */
  readonly #times = new TimeWriter();
  readonly #levelPrices = new StreamWriter("decimal");
  readonly #levelSizes = new StreamWriter("decimal");
  readonly #changes = new ChangeWriter();
  readonly #recipe: RecipeWriter;
  readonly #derived = new DerivedWriter();
  readonly #evidence = new Evidence();
  readonly #waiting = new WaitingRows<RowPlan>();
  /** Of the last row: shape and type, the shape's number, and where its values went. */
  #lastShape: Shape | undefined;
  #lastType: UpdateType | undefined;
  #lastNumber = 0;
  #plan: RowPlan = { typeCode: 0, change: undefined, slots: [], derivable: [] };
  #minUs = Number.MAX_SAFE_INTEGER;
  #maxUs = 0;
  #rows = 0;
  #shapeLength = 0;

  constructor(implied: Implied, firstSequence: number, keyframe: Keyframe | null) {
    this.#implied = implied;
    this.firstSequence = firstSequence;
    this.#keyframe = keyframe && new KeyframeHead(keyframe);
    this.#recipe = new RecipeWriter(keyframe);
    if (keyframe !== null) {
      for (const level of [...keyframe.bids, ...keyframe.asks]) this.#addLevel(level);
    }
  }

  get rows(): number {
    return this.#rows;
  }

  /** Whether every row has its verdict. */
  get isJudged(): boolean {
    return this.#waiting.count === 0;
  }

  /** Earliest receive time of its rows. */
  get minUs(): number {
    return this.#minUs;
  }

  /** What keyframe and rows take while they wait. */
  get bytes(): number {
    let bytes = this.#shapeLength + this.#waiting.count * WAITING_BYTES;
    const parts = [this.#rowHeads, this.#received, this.#changes, this.#recipe, this.#derived];
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

  /** A row whose verdict is known already. */
  add(row: BlockRow): void {
    this.stage(row);
    this.judge([this.#rows - 1], {
      verdict: row.verdict,
      derivation: undefined,
      isBestRight: false,
    });
  }

  /**
   * A row as it comes. `isBestRight`: it has no hash, but names the best prices of the book as it
   * is. `LIMIT` if the block does not accept the row, `BAD_INPUT` for a time that is none.
   */
  stage(row: UnjudgedRow, isBestRight = false): void {
    const { receivedUs, shape } = row;
    if (!this.accepts(shape)) throw new PolybotError("LIMIT", "a block has no room for a row");
    if (!Number.isInteger(receivedUs) || receivedUs < 0 || receivedUs >= RECEIVED_US_MAX) {
      throw new PolybotError("BAD_INPUT", `${receivedUs} is no time in whole microseconds`);
    }
    this.#prepare(row);
    const goesOn = this.#rowHeads.add(row, this.#lastNumber, this.#plan.typeCode);
    this.#minUs = Math.min(this.#minUs, receivedUs);
    this.#maxUs = Math.max(this.#maxUs, receivedUs);
    this.#rows++;
    const plan = this.#plan;
    const from = goesOn ? shape.elementSlots : 0;
    const timesBefore = this.#times.count;
    this.#addValues(row.values, plan, from);
    const times = this.#times.count - timesBefore;
    if (goesOn) this.#received.pass(times);
    else this.#received.add(receivedUs, times, row.values[shape.timeSlot]);
    if (shape.hashSlot >= from) this.#derived.stage(row.values[shape.timeSlot]);
    this.#waiting.add(row, plan, from, isBestRight && shape.hashSlot < 0);
  }

  /**
   * What was found out about rows that share a hash, by their positions in the block. Those that
   * were judged before stay as they are, and the hash is stored if it has no derivation.
   */
  judge(rows: readonly number[], verdict: RowsVerdict): void {
    const { derivation } = verdict;
    const isDerived = derivation !== undefined && this.#recipe.accepts(derivation);
    this.#waiting.judge(rows, isDerived ? verdict : { ...verdict, derivation: undefined });
    this.#storeJudged();
  }

  #storeJudged(): void {
    for (;;) {
      const next = this.#waiting.takeJudged();
      if (next?.verdict === undefined) return;
      this.#addJudged(next, next.verdict);
    }
  }

  #addJudged(waiting: WaitingRow<RowPlan>, verdict: Verdict): void {
    const { row, plan, from, derivation, endRow, isBestDerived } = waiting;
    const { shape, values } = row;
    const { hashSlot, bestBidSlot, bestAskSlot } = shape;
    const isHashDerived = derivation !== undefined;
    this.#rowHeads.judge(row.type, verdict);
    if (derivation !== undefined) this.#recipe.use(derivation, endRow);
    const hash = values[hashSlot];
    if (isHashDerived) this.#evidence.addHash(hash as string, true);
    else if (typeof hash === "string") this.#evidence.add(hash, isJudged(verdict));
    if (hashSlot >= from) {
      const derived = waiting.hasLastHash ? "derived" : "as next";
      this.#derived.addHash(isHashDerived ? derived : "stored");
    }
    if (hasOwnBest(shape, from)) {
      this.#derived.addBest(isBestDerived, isHashDerived || hashSlot < 0);
    }
    for (const { slot, stream } of plan.derivable) {
      if (slot < from || (isHashDerived && slot === hashSlot)) continue;
      if (isBestDerived && (slot === bestBidSlot || slot === bestAskSlot)) continue;
      stream.addText(values[slot] as string);
    }
  }

  /** Rows that are not judged by now are `pending`. */
  finish(): { content: ChunkContent; packed: Packed; parts: readonly BlockPart[] } {
    this.#waiting.giveUp();
    this.#storeJudged();
    const packing = new Packing(this.#minUs);
    this.#rowHeads.pack(packing);
    const streams = [...this.#streams];
    packStreams(packing, [
      ...streams.filter(([key]) => !isDerivable(key)),
      ["level price", this.#levelPrices],
      ["level size", this.#levelSizes],
    ]);
    this.#changes.pack(packing, this.#keyframe?.seeds() ?? []);
    this.#received.pack(packing, this.#times.values());
    this.#recipe.pack(packing);
    this.#derived.pack(packing);
    // Whether their values are stored is known only when all else is.
    packStreams(
      packing,
      streams.filter(([key]) => isDerivable(key)),
    );
    const columns = packing.finish();
    const head = encodeValue(this.#head(columns.map(({ described }) => described)));
    const raws = columns.flatMap(({ raw }) => raw ?? []);
    const parts = [{ name: "head", bytes: head.length, columns: 0 }, ...packing.parts];
    const bins = columns.flatMap(({ stored }) => stored ?? []);
    return {
      content: {
        kind: CHUNK_KIND.block,
        records: this.#rows,
        minUs: this.#minUs,
        maxUs: this.#maxUs,
        firstSequence: this.firstSequence,
      },
      packed: {
        codec: CODEC.columns,
        stored: encodeBins(head, bins),
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
    const { all, last } = this.#evidence.finish();
    return [
      [...this.#shapes.keys()].map((text) => knownNumberOf(text) ?? text),
      this.#keyframe?.head() ?? null,
      this.#odd().flatMap((odd, stream) => (odd.length === 0 ? [] : [stream, odd.list()])),
      columns,
      impliedCrc(this.#implied),
      all,
      last,
      this.#recipe.head(),
    ];
  }

  /** Of every stream, in the order of `FIXED_STREAMS` and then of their first use. */
  #odd(): OddTexts[] {
    const levels = [this.#levelPrices, this.#levelSizes];
    const keys = [...this.#streams.values()];
    const fixed = [...levels.map(({ odd }) => odd), ...this.#changes.odd, ...this.#recipe.odd];
    return [...fixed, ...keys.map(({ odd }) => odd)];
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
  #prepare({ type, shape }: UnjudgedRow): void {
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
    const plan = {
      typeCode: typeCodeOf(shape, type),
      change,
      slots: [] as SlotPlan[],
      derivable: [] as SlotPlan[],
    };
    for (const [slot, { key }] of shape.slots.entries()) {
      if (change?.includes(slot)) continue;
      const kind = streamKind(key);
      let stream = this.#streams.get(key);
      if (stream === undefined) {
        stream = new StreamWriter(kind, kind === "time" ? this.#times : undefined);
        this.#streams.set(key, stream);
      }
      const own = { slot, stream, implied: impliedValue(key, type, this.#implied) };
      (isDerivable(key) ? plan.derivable : plan.slots).push(own);
    }
    return plan;
  }

  #addValues(values: readonly StoredValue[], { change, slots }: RowPlan, from: number): void {
    for (const { slot, stream, implied } of slots) {
      if (slot < from) continue;
      const value = values[slot]!;
      if (typeof value === "string") {
        stream.addText(value, implied);
      } else {
        stream.addList(value as LevelList);
        for (const level of (value as LevelList).levels) this.#addLevel(level);
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

function packStreams(
  packing: Packing,
  streams: readonly (readonly [name: string, stream: StreamWriter])[],
): void {
  for (const [name, stream] of streams) {
    packing.begin(name);
    stream.pack(packing);
  }
}
