import type { BlockRow } from "./block.ts";
import { fieldText, type MarketEvent, marketEvent } from "./market-event.ts";

/** The kind of the note that stands for lost updates. */
const KIND = "repair";

/** Updates that a repair found lost. Times are receive times, microseconds since the epoch. */
export interface LostRange {
  /** Sequence numbers; the note has the first. */
  readonly first: number;
  readonly last: number;
  /** How many are lost: `last - first + 1`, or 0 if nobody knows. */
  readonly updates: number;
  /** Of the last update before and the first one after, where there are any. */
  readonly fromUs: number;
  readonly toUs: number;
}

/** The note that takes the place of lost updates, under the number of the first. */
export function repairNote({ last, updates, fromUs, toUs }: LostRange): MarketEvent {
  return marketEvent("note", {
    kind: KIND,
    cause: "damage",
    from_us: fromUs,
    to_us: toUs,
    updates,
    last_sequence: last,
  });
}

/** What is lost, if a block's last row, of this sequence number, is such a note. */
export function lostIn(
  row: BlockRow | undefined,
  first: number,
): Pick<LostRange, "first" | "last" | "updates"> | undefined {
  if (row?.type !== "note" || !row.values.every((value) => typeof value === "string")) {
    return undefined;
  }
  const note = row as MarketEvent;
  if (fieldText(note, "kind") !== KIND) return undefined;
  const last = Number(fieldText(note, "last_sequence"));
  const updates = Number(fieldText(note, "updates"));
  if (!Number.isSafeInteger(last) || last < first || !Number.isSafeInteger(updates)) {
    return undefined;
  }
  return { first, last, updates };
}
