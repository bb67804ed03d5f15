import {
  FIXED_STREAMS,
  type Implied,
  impliedValue,
  type Keyframe,
  type StoredValue,
} from "./block.ts";
import { ChangeReader } from "./columns/change-column.ts";
import { LevelColumns } from "./columns/level-columns.ts";
import type { OddReader, OddStreams } from "./columns/odd-texts.ts";
import type { RowHeads } from "./columns/row-heads.ts";
import { NO_NUMBER, StreamReader } from "./columns/stream-reader.ts";
import type { Unpacking } from "./columns/unpacking.ts";
import type { LevelList } from "./level.ts";
import { SIDE_LEVELS_MAX } from "./limits.ts";
import { asArray, asCount, asTextOrNull } from "./packed-value.ts";
import type { RowLayout, SlotPlace } from "./row-layout.ts";
import { isDerivable, streamKind } from "./stream.ts";
import { timeOf } from "./venue-time.ts";

const [LEVEL_PRICE, LEVEL_SIZE, CHANGE_PRICE, CHANGE_SIZE, CHANGE_SIDE, TICK_SIZE, TRADE_PRICE] = [
  ...FIXED_STREAMS.keys(),
] as [number, number, number, number, number, number, number];

/** The values of a block's rows and of its keyframe, all but hashes and best prices. */
export class BlockValues {
  readonly changes: ChangeReader;
  readonly #heads: RowHeads;
  readonly #layout: RowLayout;
  readonly #implied: Implied;
  /** Of each stream of the layout; those that may be derived have none here. */
  readonly #streams: readonly (StreamReader | undefined)[];
  readonly #levels: LevelColumns;
  readonly #keyframe: KeyframeHead | null;
  /** For each list of a stream of lists where its levels begin. */
  readonly #listStarts: ReadonlyMap<number, Int32Array>;

  constructor(
    unpacking: Unpacking,
    { heads, layout }: { readonly heads: RowHeads; readonly layout: RowLayout },
    odd: OddStreams,
    keyframe: unknown,
    implied: Implied,
  ) {
    this.#heads = heads;
    this.#layout = layout;
    this.#implied = implied;
    this.#streams = layout.streams.map(({ key, number, count }) =>
      isDerivable(key)
        ? undefined
        : new StreamReader(streamKind(key), count, odd.of(number, count), unpacking),
    );
    const head = readKeyframeHead(keyframe);
    const { starts, end } = this.#startsOfLists(head?.levels ?? 0);
    this.#listStarts = starts;
    this.#levels = new LevelColumns(
      unpacking,
      end,
      odd.of(LEVEL_PRICE, end),
      odd.of(LEVEL_SIZE, end),
    );
    this.#keyframe = head;
    this.changes = new ChangeReader(
      unpacking,
      layout.changes,
      [CHANGE_PRICE, CHANGE_SIZE, CHANGE_SIDE].map((stream) => odd.of(stream, layout.changes)),
      this.#levels.seeds(head?.bids ?? 0, head?.asks ?? 0),
    );
  }

  get keyframe(): Keyframe | null {
    if (this.#keyframe === null) return null;
    const { bids, asks, tickSize, lastTradePrice } = this.#keyframe;
    return {
      bids: this.#levels.list(0, bids),
      asks: this.#levels.list(bids, asks),
      tickSize,
      lastTradePrice,
    };
  }

  /** The value of a slot that may not be derived, of a row that has it of its own. */
  value(row: number, slot: number, { stream, offset }: SlotPlace): StoredValue {
    if (stream < 0) return this.changes.text(this.#layout.changesBefore[row]!, offset);
    const reader = this.#streams[stream]!;
    const position = this.#layout.before(stream)[row]! + offset;
    if (reader.lists.length > 0) {
      const list = reader.listAt(position);
      if (list !== undefined) return this.#list(stream, reader, list);
    }
    const text = reader.at(position);
    if (text !== undefined) return text;
    const { type, shape } = this.#heads.kind(row);
    return impliedValue(shape.slots[slot]!.key, type, this.#implied);
  }

  /** All values of a stream of times: epoch milliseconds, or -1. */
  times(stream: number): Float64Array {
    const reader = this.#streams[stream]!;
    const { numbers } = reader;
    if (!numbers.includes(NO_NUMBER)) return numbers;
    // An odd spelling of a time is one all the same.
    return numbers.map((ms, at) => (ms === NO_NUMBER ? timeOf(reader.text(at)) : ms));
  }

  /** A row's own value of a stream of decimals, in millionths; -1 for an odd text. */
  millionths(row: number, { stream, offset }: SlotPlace): number {
    return this.#streams[stream]!.numbers[this.#layout.before(stream)[row]! + offset]!;
  }

  #list(stream: number, reader: StreamReader, list: number): LevelList {
    const { mode, count } = reader.lists[list]!;
    return { mode, levels: this.#levels.list(this.#listStarts.get(stream)![list]!, count) };
  }

  /** Levels stand in the order of rows, and of slots in a row. */
  #startsOfLists(from: number): { starts: Map<number, Int32Array>; end: number } {
    const starts = new Map<number, Int32Array>();
    let end = from;
    for (const [stream, reader] of this.#streams.entries()) {
      if (reader !== undefined && reader.lists.length > 0) {
        starts.set(stream, new Int32Array(reader.lists.length));
      }
    }
    if (starts.size === 0) return { starts, end };
    for (let row = 0; row < this.#heads.count; row++) {
      for (const place of this.#layout.form(row).slots) {
        const own = place && starts.get(place.stream);
        if (own === undefined) continue;
        const reader = this.#streams[place!.stream]!;
        const list = reader.listAt(this.#layout.before(place!.stream)[row]! + place!.offset);
        if (list === undefined) continue;
        own[list] = end;
        end += reader.lists[list]!.count;
      }
    }
    return { starts, end };
  }
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
export function oddRecipeValues(odd: OddStreams): (count: number) => [OddReader, OddReader] {
  return (count) => [odd.of(TICK_SIZE, count), odd.of(TRADE_PRICE, count)];
}
