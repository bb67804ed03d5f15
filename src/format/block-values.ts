import {
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
import { BLOCK_LEVELS_MAX, SIDE_LEVELS_MAX } from "./limits.ts";
import { asArray, asCount, asTextOrNull } from "./packed-value.ts";
import { changeSlotsOf } from "./row-streams.ts";
import type { Shape } from "./shape.ts";
import { isDerivable, streamKind } from "./stream.ts";
import type { StreamCount } from "./stream-counts.ts";

const [LEVEL_PRICE, LEVEL_SIZE, CHANGE_PRICE, CHANGE_SIZE, CHANGE_SIDE, TICK_SIZE, TRADE_PRICE] = [
  ...FIXED_STREAMS.keys(),
] as [number, number, number, number, number, number, number];

/** The values of a block's rows and of its keyframe: how many there are follows from the rows. */
export class BlockValues {
  readonly keyframe: Keyframe | null;
  readonly #heads: readonly RowHead[];
  readonly #streams: ReadonlyMap<string, StreamReader>;
  readonly #shapeStreams = new Map<Shape, readonly (StreamReader | undefined)[]>();
  readonly #levels: LevelReader;
  readonly #changes: ChangeReader;

  constructor(
    unpacking: Unpacking,
    heads: readonly RowHead[],
    counts: ReadonlyMap<string, StreamCount>,
    odd: OddStreams,
    keyframe: unknown,
  ) {
    this.#heads = heads;
    this.#streams = readStreams(unpacking, counts, odd);
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
      this.keyframe === null ? [] : seedsOf(this.keyframe),
    );
  }

  /** The values of each row in turn, still without hashes and best prices. */
  rows(implied: Implied): StoredValue[][] {
    let last: StoredValue[] = [];
    return this.#heads.map((head) => {
      last = this.#row(head, last, implied);
      return last;
    });
  }

  #row(head: RowHead, last: readonly StoredValue[], implied: Implied): StoredValue[] {
    const { type, shape, goesOn } = head;
    const change = changeSlotsOf(type, shape);
    const streams = this.#streamsOf(shape);
    const values = goesOn ? last.slice(0, shape.elementSlots) : [];
    for (let slot = values.length; slot < shape.slots.length; slot++) {
      const { key } = shape.slots[slot]!;
      if (change?.includes(slot) || isDerivable(key)) {
        values.push("");
        continue;
      }
      const value = streams[slot]!.next(impliedValue(key, type, implied));
      values.push(typeof value === "string" ? value : this.#list(value));
    }
    if (change === undefined || !hasOwnChange(head)) return values;
    const [price, size, side] = this.#changes.next();
    values[change[0]] = price;
    values[change[1]] = size;
    values[change[2]] = side;
    return values;
  }

  /** The streams of a shape's slots; those of a change have none, nor what may be derived. */
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

function hasOwnChange({ type, shape, goesOn }: RowHead): boolean {
  const change = changeSlotsOf(type, shape);
  return change !== undefined && !(goesOn && change[0] < shape.elementSlots);
}

/** The streams of keys in order, without those whose values may be derived. */
function readStreams(
  unpacking: Unpacking,
  counts: ReadonlyMap<string, StreamCount>,
  odd: OddStreams,
): ReadonlyMap<string, StreamReader> {
  const streams = new Map<string, StreamReader>();
  for (const [key, { number, count }] of counts) {
    if (isDerivable(key)) continue;
    streams.set(key, new StreamReader(streamKind(key), count, odd.of(number), unpacking));
  }
  return streams;
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
  const bids = asCount(bidCount, SIDE_LEVELS_MAX);
  const asks = asCount(askCount, SIDE_LEVELS_MAX);
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
    if (count > BLOCK_LEVELS_MAX) throw damaged("a block has too many levels");
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
