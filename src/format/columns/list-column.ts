import { damaged } from "../damaged.ts";
import { LEVEL_MODES, type LevelList } from "../level.ts";
import { SIDE_LEVELS_MAX } from "../limits.ts";
import { packNumbers, unpackNumbers } from "./hybrid.ts";
import { NumberList } from "./number-list.ts";
import type { Packing } from "./packing.ts";
import type { Unpacking } from "./unpacking.ts";

/** How many levels each list has, and its mode; the levels stand in streams of their own. */
export class ListWriter {
  readonly #lists = new NumberList();

  add(mode: LevelList["mode"], levels: number): void {
    this.#lists.add(levels * LEVEL_MODES.length + LEVEL_MODES.indexOf(mode));
  }

  pack(packing: Packing): void {
    packNumbers(packing, this.#lists.values());
  }
}

export interface ListHead {
  readonly mode: LevelList["mode"];
  readonly count: number;
}

export function readLists(unpacking: Unpacking, count: number): ListHead[] {
  return Array.from(unpackNumbers(unpacking, count), (value) => {
    const mode = LEVEL_MODES[value % LEVEL_MODES.length]!;
    const levels = Math.floor(value / LEVEL_MODES.length);
    if (levels > SIDE_LEVELS_MAX || (mode === "same" && levels > 0)) {
      throw damaged("a list of levels is malformed");
    }
    return { mode, count: levels };
  });
}
