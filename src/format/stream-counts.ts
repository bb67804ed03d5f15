import { FIXED_STREAMS } from "./block.ts";
import type { RowHead } from "./columns/row-columns.ts";
import { damaged } from "./damaged.ts";
import { BLOCK_STREAMS_MAX, STREAM_VALUES_MAX } from "./limits.ts";
import { streamKeys } from "./row-streams.ts";
import type { Shape } from "./shape.ts";

/** A stream of a key as a block's rows tell of it. */
export interface StreamCount {
  /** Under which its odd texts stand. */
  readonly number: number;
  /** Values that rows have of it, stored or not. */
  readonly count: number;
}

/** The streams of keys, in the order in which the rows' shapes first name them. */
export function streamCounts(heads: readonly RowHead[]): ReadonlyMap<string, StreamCount> {
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
  return new Map(
    [...counts].map(([key, count], i) => [key, { number: FIXED_STREAMS.length + i, count }]),
  );
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
