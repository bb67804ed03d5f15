import {
  type Arrival,
  type BlockRow,
  type Derivation,
  FIXED_STREAMS,
  type Implied,
  impliedCrc,
  type Keyframe,
  RECEIVED_US_MAX,
  type RowsVerdict,
  type StoredEvent,
} from "./block.ts";
import { BlockColumns } from "./block-columns.ts";
import { CHUNK_KIND, type ChunkContent, CODEC, type Packed } from "./chunk.ts";
import { KeyframeHead } from "./columns/keyframe-head.ts";
import { type BlockPart, Packing } from "./columns/packing.ts";
import { RecipeWriter } from "./columns/recipe-column.ts";
import { verdictNumber } from "./columns/row-columns.ts";
import { ElementRun } from "./element-run.ts";
import { PolybotError } from "./error.ts";
import { Evidence } from "./evidence.ts";
import { JudgedLog } from "./judged-log.ts";
import { JudgedRows, type RowListener } from "./judged-rows.ts";
import { knownNumberOf } from "./known-shapes.ts";
import { BLOCK_ROWS_MAX, BLOCK_SHAPES_MAX, BLOCK_STREAMS_MAX } from "./limits.ts";
import { isJudged, type Verdict } from "./market-event.ts";
import { encodeBins, encodeValue } from "./packed-value.ts";
import { type PlainChange, plainChangeOf } from "./plain-change.ts";
import { RowLog } from "./row-log.ts";
import { hasOwnBest, type Shape } from "./shape.ts";
import { isDerivable } from "./stream.ts";
import { type WaitingRow, WaitingRows } from "./waiting-rows.ts";

/** Of a hash and two prices, which a row may need to store once it is judged. */
const WAITING_BYTES = 30;

/**
 * Collects the rows of one block in logs; `finish` makes columns of them and packs these. A row
 * comes as it is received; its verdict, its hash and its best prices are kept for when it is judged.
 */
export class BlockWriter {
  readonly #implied: Implied;
  /** These as the very strings that changes have: then comparing them is one step. */
  #market: string;
  #tokenId: string;
  #hasOwnTexts = false;
  readonly firstSequence: number;
  readonly #keyframe: KeyframeHead | null;
  readonly #shapes = new Map<string, number>();
  /** Keys of all shapes: an element's count for its entry too. */
  readonly #keys = new Set<string>();
  readonly #run = new ElementRun();
  readonly #log: RowLog;
  readonly #judged = new JudgedLog();
  readonly #recipe: RecipeWriter;
  readonly #evidence = new Evidence();
  readonly #waiting = new WaitingRows();
  #lastShape: Shape | undefined;
  #minUs = Number.MAX_SAFE_INTEGER;
  #maxUs = 0;
  #rows = 0;
  #shapeLength = 0;

  constructor(implied: Implied, firstSequence: number, keyframe: Keyframe | null) {
    this.#implied = implied;
    this.#market = implied.market;
    this.#tokenId = implied.tokenId;
    this.firstSequence = firstSequence;
    this.#keyframe = keyframe && new KeyframeHead(keyframe);
    this.#recipe = new RecipeWriter(keyframe);
    this.#log = new RowLog(implied);
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
    const waiting = this.#waiting.count * WAITING_BYTES;
    const keyframe = this.#keyframe?.bytes ?? 0;
    return this.#shapeLength + keyframe + this.#log.bytes + this.#judged.bytes + waiting;
  }

  /** Whether a row of this shape still fits: a block holds so many rows, shapes and keys, not one more. */
  accepts(shape: Shape): boolean {
    if (this.#rows >= BLOCK_ROWS_MAX) return false;
    // Most rows are of the kind of the one before.
    if (shape === this.#lastShape) return true;
    if (!this.#shapes.has(shape.text) && this.#shapes.size >= BLOCK_SHAPES_MAX) return false;
    return FIXED_STREAMS.length + this.#keys.size + shape.slots.length <= BLOCK_STREAMS_MAX;
  }

  /** A row whose verdict is known already. */
  add(row: BlockRow): void {
    this.stage(row, row);
    const nothing = { derivation: undefined, isBestRight: false };
    this.judge([this.#rows - 1], { verdict: row.verdict, ...nothing });
  }

  /**
   * A row as it comes. `isBestRight`: it has no hash, but names the best prices of the book as it
   * is. `LIMIT` if the block does not accept the row, `BAD_INPUT` for a time that is none.
   */
  stage(event: StoredEvent, arrival: Arrival, isBestRight = false): void {
    const { shape } = event;
    const { receivedUs } = arrival;
    if (!this.accepts(shape)) throw new PolybotError("LIMIT", "a block has no room for a row");
    if (!Number.isInteger(receivedUs) || receivedUs < 0 || receivedUs >= RECEIVED_US_MAX) {
      throw new PolybotError("BAD_INPUT", `${receivedUs} is no time in whole microseconds`);
    }
    if (shape !== this.#lastShape) this.#know(shape);
    const change = this.#plainChange(event);
    const goesOn = this.#run.take(event, arrival);
    this.#log.add(event, arrival, goesOn, change);
    if (receivedUs < this.#minUs) this.#minUs = receivedUs;
    if (receivedUs > this.#maxUs) this.#maxUs = receivedUs;
    this.#rows++;
    const from = goesOn ? shape.elementSlots : 0;
    this.#waiting.add(event, change, from, isBestRight && shape.hashSlot < 0);
  }

  /**
   * What was found out about rows that share a hash, by their positions in the block plus
   * `firstRow`; others' rows may be among them. Those that were judged before stay as they are,
   * and the hash is stored if it has no derivation.
   */
  judge(rows: readonly number[], verdict: RowsVerdict, firstRow = 0): void {
    const derivation = this.#derivationFor(rows, verdict, firstRow);
    this.#waiting.judge(rows, verdict, derivation, firstRow);
    this.#logJudged();
  }

  #logJudged(): void {
    for (;;) {
      const next = this.#waiting.takeJudged();
      if (next?.verdict === undefined) return;
      this.#addJudged(next, next.verdict);
    }
  }

  /** A hash that the book has only after another block's row is no derived one here. */
  #derivationFor(
    rows: readonly number[],
    { derivation }: RowsVerdict,
    firstRow: number,
  ): Derivation | undefined {
    const last = rows[rows.length - 1]! - firstRow;
    if (derivation === undefined || last < 0 || last >= this.#rows) return undefined;
    return this.#recipe.accepts(derivation) ? derivation : undefined;
  }

  #addJudged(waiting: WaitingRow, verdict: Verdict): void {
    const { type, shape, change, from, derivation, isBestDerived } = waiting;
    const { hashSlot, bestBidSlot, bestAskSlot } = shape;
    const isHashDerived = derivation !== undefined;
    if (derivation !== undefined) this.#recipe.use(derivation, waiting.endRow);
    if (hashSlot >= 0) {
      const isProof = isHashDerived || isJudged(verdict);
      if (change !== undefined) this.#evidence.add(change.hash, isProof);
      else this.#evidence.addText(waiting.text(hashSlot), isProof);
    }
    const derived = waiting.hasLastHash ? "derived" : "as next";
    // What a row does not have is said to be derived, as that is usual.
    const source = isHashDerived ? derived : "stored";
    const hasBest = hasOwnBest(shape, from);
    this.#judged.add(verdictNumber(type, verdict), source, isBestDerived || !hasBest);
    if (change !== undefined && isHashDerived && (isBestDerived || !hasBest)) return;
    for (let slot = from; slot < shape.slots.length; slot++) {
      const { key } = shape.slots[slot]!;
      if (!isDerivable(key) || (isHashDerived && slot === hashSlot)) continue;
      if (isBestDerived && (slot === bestBidSlot || slot === bestAskSlot)) continue;
      this.#judged.addValue(key, waiting.text(slot));
    }
  }

  /** Rows that are not judged by now are `pending`. */
  finish(): { content: ChunkContent; packed: Packed; parts: readonly BlockPart[] } {
    this.#waiting.giveUp();
    this.#logJudged();
    const columns = new BlockColumns({
      implied: this.#implied,
      shapes: this.#shapes,
      judged: this.#judged.reader(),
      step: this.#run.step,
    });
    const levels = this.#keyframe?.levels() ?? [];
    columns.addLevels(levels);
    this.#log.replay(columns);
    const packing = new Packing(this.#minUs);
    const seeds = this.#keyframe?.seeds(levels) ?? [];
    const odd = columns.pack(packing, seeds, this.#recipe);
    const packed = packing.finish();
    const { all, last } = this.#evidence.finish();
    // In the order of `BLOCK_HEAD`.
    const head = encodeValue([
      [...this.#shapes.keys()].map((text) => knownNumberOf(text) ?? text),
      this.#keyframe?.head() ?? null,
      odd.flatMap((texts, stream) => (texts.length === 0 ? [] : [stream, texts.list()])),
      packed.map(({ described }) => described),
      impliedCrc(this.#implied),
      all,
      last,
      this.#recipe.head(),
    ]);
    const raws = packed.flatMap(({ raw }) => raw ?? []);
    const parts = [{ name: "head", bytes: head.length, columns: 0 }, ...packing.parts];
    const bins = packed.flatMap(({ stored }) => stored ?? []);
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

  /** Tells of its rows, once it is finished. */
  tell(listener: RowListener): void {
    this.#log.replay(new JudgedRows(this.#judged.reader(), listener));
  }

  /** The numbers of a row, if its values are plain and those of market and token the implied ones. */
  #plainChange(event: StoredEvent): PlainChange | undefined {
    const change = event.change ?? plainChangeOf(event);
    if (change?.tokenId !== this.#tokenId || change.market !== this.#market) return undefined;
    if (!this.#hasOwnTexts) {
      this.#market = change.market;
      this.#tokenId = change.tokenId;
      this.#hasOwnTexts = true;
    }
    return change;
  }

  #know(shape: Shape): void {
    this.#lastShape = shape;
    const { text, slots } = shape;
    if (this.#shapes.has(text)) return;
    this.#shapes.set(text, this.#shapes.size);
    for (const { key } of slots) this.#keys.add(key);
    this.#shapeLength += knownNumberOf(text) === undefined ? text.length : 0;
  }
}
