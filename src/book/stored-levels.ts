import { normalDecimal } from "../format/decimal.ts";
import type { Level, LevelList } from "../format/level.ts";
import { Book, type SideName } from "./book.ts";

/** How a side of a new book is stored beside the running one's: see `LevelList`. */
export function storedLevels(
  name: SideName,
  current: readonly Level[],
  next: readonly Level[],
): LevelList {
  if (sameLevels(current, next)) return { mode: "same", levels: [] };
  const currentLevels = new Map(current.map((level) => [normalDecimal(level[0]), level]));
  const nextPrices = new Set(next.map(([price]) => normalDecimal(price)));
  const changed: Level[] = [];
  for (const [price] of current) {
    if (!nextPrices.has(normalDecimal(price))) changed.push([price, "0"]);
  }
  for (const level of next) {
    const own = currentLevels.get(normalDecimal(level[0]));
    if (own?.[0] !== level[0] || own[1] !== level[1]) changed.push(level);
  }
  // Only what this very list brings back may stand for it: an unsorted book, a doubled price or
  // a level of size zero is stored whole.
  const list: LevelList = { mode: "changed", levels: changed };
  const isExact =
    changed.length < next.length && sameLevels(withChanges(name, current, list), next);
  return isExact ? list : { mode: "whole", levels: next };
}

/** The levels that a stored side stands for, in the order of the wire. */
export function restoredLevels(
  name: SideName,
  current: readonly Level[],
  list: LevelList,
): readonly Level[] {
  if (list.mode === "same") return current;
  return list.mode === "whole" ? list.levels : withChanges(name, current, list);
}

function withChanges(name: SideName, current: readonly Level[], list: LevelList): Level[] {
  const book = new Book();
  for (const [price, size] of [...current, ...list.levels]) book.set(name, price, size);
  return book.side(name);
}

function sameLevels(a: readonly Level[], b: readonly Level[]): boolean {
  return (
    a.length === b.length && a.every(([price, size], i) => price === b[i]![0] && size === b[i]![1])
  );
}
