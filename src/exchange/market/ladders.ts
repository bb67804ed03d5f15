import type { Random } from "../../ports/random.ts";
import type { Rung } from "./ladder-maker.ts";
import { pick } from "./pick.ts";
import { LOTS } from "./size-source.ts";

/** Where programs like to quote, in ticks from the nearest of these prices (as in [aaimek]). */
const STEPS = [0, 1, 4, 5, 6, 7, 8];
const NEAREST_MIN = 2;
const NEAREST_MAX = 6;
/** How many rungs ladders have. */
const RUNGS = [4, 4, 4, 6, 7];
const COPIED_SHARE = 0.5;
const MAIN_LOT_SHARE = 0.65;

/**
 * The ladders of one market's makers: all stand at the same few prices, and some copy the first
 * one, so that their orders add up.
 */
export function ladders(count: number, random: Random): Rung[][] {
  const nearest = NEAREST_MIN + Math.floor(random() * (NEAREST_MAX - NEAREST_MIN + 1));
  const all: Rung[][] = [];
  while (all.length < count) {
    const [first] = all;
    all.push(first !== undefined && random() < COPIED_SHARE ? first : ladder(nearest, random));
  }
  return all;
}

function ladder(nearest: number, random: Random): Rung[] {
  const rungs = pick(random, RUNGS) ?? 0;
  const start = random() < 0.5 ? 0 : 1;
  const main = pick(random, LOTS) ?? 0;
  return STEPS.slice(start, start + rungs).map((step) => {
    const lot = random() < MAIN_LOT_SHARE ? main : (pick(random, LOTS) ?? main);
    return { ticks: nearest + step, lot };
  });
}

/** A single order that comes and goes. */
export function singleOrder(random: Random): Rung[] {
  return [{ ticks: Math.floor(random() * NEAREST_MAX), lot: pick(random, LOTS) ?? 0 }];
}
