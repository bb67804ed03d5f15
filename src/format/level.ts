import { isDecimal, millionthsOf } from "./decimal.ts";
import { SIDE_LEVELS_MAX } from "./limits.ts";

/** A price and the whole size that stands there, both as the venue spells them. */
export type Level = readonly [price: string, size: string];

/** Both sides in the venue's order: the best level is the last one. */
export interface Levels {
  /** Prices ascending. */
  readonly bids: readonly Level[];
  /** Prices descending. */
  readonly asks: readonly Level[];
}

/**
 * How a book's side is stored: as the running book's, as the levels that differ from it (size
 * `0` removes one), or whole.
 */
export const LEVEL_MODES = ["same", "changed", "whole"] as const;

export interface LevelList {
  readonly mode: (typeof LEVEL_MODES)[number];
  /** Empty for "same". */
  readonly levels: readonly Level[];
}

/** The text of a list of levels as the venue writes it. */
export function levelsText(levels: readonly Level[]): string {
  const items = levels.map(([price, size]) => `{"price":"${price}","size":"${size}"}`);
  return `[${items.join(",")}]`;
}

/**
 * The levels of a JSON text, in its order. `undefined` if it is no list of objects whose price
 * and size are decimals, or longer than a side may be; other fields of a level are left out.
 */
export function parseLevels(text: string): Level[] | undefined {
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch {
    // What stood between the quotes of a string, for one.
    return undefined;
  }
  if (!Array.isArray(list) || list.length > SIDE_LEVELS_MAX) return undefined;
  const levels: Level[] = [];
  for (const item of list as unknown[]) {
    if (typeof item !== "object" || item === null) return undefined;
    const { price, size } = item as Record<string, unknown>;
    if (typeof price !== "string" || typeof size !== "string") return undefined;
    if (!isLevel([price, size])) return undefined;
    levels.push([price, size]);
  }
  return levels;
}

/** Whether price and size are decimals: only such levels can be put in order. */
export function isLevel(level: Level): boolean {
  return level.every((text) => millionthsOf(text) >= 0 || isDecimal(text));
}
