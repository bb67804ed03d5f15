import {
  DERIVED,
  FIXED_STREAMS,
  type Implied,
  impliedValue,
  type Keyframe,
  type StoredValue,
} from "./block.ts";
import { ChangeReader } from "./columns/change-column.ts";
import type { ListHead } from "./columns/list-column.ts";
import type { OddReader, OddStreams } from "./columns/odd-texts.ts";
import type { RowHead } from "./columns/row-columns.ts";
import { seedsOf } from "./columns/seeds.ts";
import { StreamReader } from "./columns/stream-reader.ts";
import type { Unpacking } from "./columns/unpacking.ts";
import { damaged } from "./damaged.ts";
import { isLevel, type Level, type LevelList } from "./level.ts";
import { BLOCK_STREAMS_MAX, STREAM_VALUES_MAX } from "./limits.ts";
import { asArray, asCount, asTextOrNull } from "./packed-value.ts";
import { changeSlotsOf, streamKeys } from "./row-streams.ts";
import type { Shape } from "./shape.ts";
import { streamKind } from "./stream.ts";

const [LEVEL_PRICE, LEVEL_SIZE, CHANGE_PRICE, CHANGE_SIZE, CHANGE_SIDE, TICK_SIZE, TRADE_PRICE] = [
  ...FIXED_STREAMS.keys(),
] as [number, number, number, number, number, number, number];

/** How a row's hash is derived: not at all, as that of the next row that has one, or by the book. */
const AS_NEXT = 1;
const LAST = 2;

/** The values of a block's rows and of its keyframe: how many there are follows from the rows. */
export class BlockValues {
  readonly keyframe: Keyframe | null;
  readonly #heads: readonly RowHead[];
  readonly #streams: ReadonlyMap<string, StreamReader>;
  readonly #shapeStreams = new Map<Shape, readonly (StreamReader | undefined)[]>();
  readonly #levels: LevelReader;
  readonly #changes: ChangeReader;
  readonly #isDerived: Uint8Array;

  constructor(unpacking: Unpacking, heads: readonly RowHead[], odd: OddStreams, keyframe: unknown) {
    this.#heads = heads;
    this.#isDerived = new Uint8Array(heads.length);
    this.#streams = readStreams(unpacking, heads, odd);
    const keyframeHead = readKeyframeHead(keyframe);
    const lists = [...this.#streams.values()].flatMap((stream) => stream.lists);
    const levels = lists.reduce((sum, { count }) => sum + count, keyframeHead?.levels ?? 0);
    this.#levels = new LevelReader(unpacking, levels, odd);
    this.keyframe = keyframeHead && {
      bids: this.#levels.take(keyframeHead.bids),
      asks: this.#levels.take(keyframeHead.asks),
      tickSize: keyframeHead.tickSize,
      lastTradePrice: keyframeHead.lastTradePrice,
    };
    this.#changes = new ChangeReader(
      unpacking,
      heads.filter(hasOwnChange).length,
      [CHANGE_PRICE, CHANGE_SIZE, CHANGE_SIDE].map((stream) => odd.of(stream)),
      seedsOf(this.keyframe),
    );
  }

  /** The values of each row in turn; to be called once. */
  rows(implied: Implied): StoredValue[][] {
    let last: StoredValue[] = [];
    return this.#heads.map((head, i) => {
      last = this.#row(head, last, implied);
      const hash = this.#streamsOf(head.shape)[head.shape.hashSlot];
      if (hash !== undefined && last[head.shape.hashSlot] === DERIVED) {
        this.#isDerived[i] = hash.isAsNext ? AS_NEXT : LAST;
      }
      return last;
    });
  }

  /**
   * For each row, the row after which the book has its hash; -1 where the hash is stored, or there
   * is none. After `rows`.
   */
  groupEnds(): Int32Array {
    const ends = new Int32Array(this.#heads.length).fill(-1);
    let end = -1;
    let elementEnd = -1;
    for (let i = ends.length - 1; i >= 0; i--) {
      const { goesOn, shape } = this.#heads[i]!;
      if (elementEnd < 0) elementEnd = i;
      // An element's hash is of the book after its last change.
      if (goesOn && shape.hashSlot >= 0 && shape.hashSlot < shape.elementSlots) continue;
      if (this.#isDerived[i] === LAST) end = elementEnd;
      if (this.#isDerived[i]! > 0) {
        if (end < 0) throw damaged("a derived hash is of no book");
        ends.fill(end, i, elementEnd + 1);
      }
      elementEnd = -1;
    }
    return ends;
  }

  #row(head: RowHead, last: readonly StoredValue[], implied: Implied): StoredValue[] {
    const { type, shape, goesOn } = head;
    const change = changeSlotsOf(type, shape);
    const streams = this.#streamsOf(shape);
    const values = goesOn ? last.slice(0, shape.elementSlots) : [];
    for (let slot = values.length; slot < shape.slots.length; slot++) {
      if (change?.includes(slot)) {
        values.push("");
        continue;
      }
      const { key } = shape.slots[slot]!;
      const value = streams[slot]!.next(impliedValue(key, type, implied));
      if (value === DERIVED && !isLastOfItsKey(shape, slot)) {
        throw damaged("a derived value is not its row's own");
      }
      values.push(typeof value === "object" && value !== DERIVED ? this.#list(value) : value);
    }
    if (change === undefined || !hasOwnChange(head)) return values;
    const [price, size, side] = this.#changes.next();
    values[change[0]] = price;
    values[change[1]] = size;
    values[change[2]] = side;
    return values;
  }

  /** The streams of a shape's slots; those of a change may have none. */
  #streamsOf(shape: Shape): readonly (StreamReader | undefined)[] {
    let streams = this.#shapeStreams.get(shape);
    if (streams === undefined) {
      streams = shape.slots.map(({ key }) => this.#streams.get(key));
      this.#shapeStreams.set(shape, streams);
    }
    return streams;
  }

  #list({ mode, count }: ListHead): LevelList {
    return { mode, levels: this.#levels.take(count) };
  }
}

function isLastOfItsKey({ hashSlot, bestBidSlot, bestAskSlot }: Shape, slot: number): boolean {
  return slot === hashSlot || slot === bestBidSlot || slot === bestAskSlot;
}

function hasOwnChange({ type, shape, goesOn }: RowHead): boolean {
  const change = changeSlotsOf(type, shape);
  return change !== undefined && !(goesOn && change[0] < shape.elementSlots);
}

/** The streams of keys in the order in which rows use them first. */
function readStreams(
  unpacking: Unpacking,
  heads: readonly RowHead[],
  odd: OddStreams,
): ReadonlyMap<string, StreamReader> {
  const counts = new Map<string, number>();
  let values = 0;
  for (const [kind, uses] of kindsOf(heads)) {
    const own = new Set(streamKeys(kind.type, kind.shape));
    for (const key of own) counts.set(key, counts.get(key) ?? 0);
    const slots = streamKeys(kind.type, kind.shape, kind.goesOn ? kind.shape.elementSlots : 0);
    for (const key of slots) counts.set(key, counts.get(key)! + uses);
    values += slots.length * uses;
  }
  if (counts.size + FIXED_STREAMS.length > BLOCK_STREAMS_MAX || values > STREAM_VALUES_MAX) {
    throw damaged("a block has too many streams or values");
  }
  const streams = new Map<string, StreamReader>();
  for (const [key, count] of counts) {
    const number = FIXED_STREAMS.length + streams.size;
    streams.set(key, new StreamReader(streamKind(key), count, odd.of(number), unpacking));
  }
  return streams;
}

/** Rows that use the same streams, by the first of them, and how many they are. */
function kindsOf(heads: readonly RowHead[]): [head: RowHead, count: number][] {
  const kinds: [RowHead, number][] = [];
  const ofShapes = new Map<Shape, [RowHead, number][]>();
  for (const head of heads) {
    const own = ofShapes.get(head.shape) ?? [];
    ofShapes.set(head.shape, own);
    const kind = own.find(([{ type, goesOn }]) => type === head.type && goesOn === head.goesOn);
    if (kind !== undefined) kind[1]++;
    else {
      const added: [RowHead, number] = [head, 1];
      own.push(added);
      kinds.push(added);
    }
  }
  return kinds;
}

interface KeyframeHead {
  readonly bids: number;
  readonly asks: number;
  readonly levels: number;
  readonly tickSize: string | null;
  readonly lastTradePrice: string | null;
}

function readKeyframeHead(value: unknown): KeyframeHead | null {
  if (value === null) return null;
  const [bidCount, askCount, tickSize, lastTradePrice] = asArray(value);
  const bids = asCount(bidCount, STREAM_VALUES_MAX);
  const asks = asCount(askCount, STREAM_VALUES_MAX);
  return {
    bids,
    asks,
    levels: bids + asks,
    tickSize: asTextOrNull(tickSize),
    lastTradePrice: asTextOrNull(lastTradePrice),
  };
}

/** Values of the recipe whose texts are odd, of both streams. */
export function oddRecipeValues(odd: OddStreams): [OddReader, OddReader] {
  return [odd.of(TICK_SIZE), odd.of(TRADE_PRICE)];
}

/** Levels of keyframe and lists, in order. */
class LevelReader {
  readonly #prices: StreamReader;
  readonly #sizes: StreamReader;

  constructor(unpacking: Unpacking, count: number, odd: OddStreams) {
    if (count > STREAM_VALUES_MAX) throw damaged("a block has too many levels");
    this.#prices = new StreamReader("decimal", count, odd.of(LEVEL_PRICE), unpacking);
    this.#sizes = new StreamReader("decimal", count, odd.of(LEVEL_SIZE), unpacking);
  }

  take(count: number): Level[] {
    const levels: Level[] = [];
    for (let i = 0; i < count; i++) {
      const level: Level = [this.#prices.nextText(), this.#sizes.nextText()];
      if (!isLevel(level)) throw damaged("a level is no pair of decimals");
      levels.push(level);
    }
    return levels;
  }
}
