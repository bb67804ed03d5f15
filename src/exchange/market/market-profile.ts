import type { Random } from "../../ports/random.ts";
import { ONE } from "./decimal-text.ts";
import { logNormal } from "./normal.ts";
import { pickByShare } from "./pick.ts";

/** What kind of market it is: how fine, how deep, how busy. */
export interface MarketProfile {
  /** The market's own tick in ten-thousandths; near certainty a finer one is in force. */
  readonly tickSize: number;
  /** Levels of a book, both sides together. */
  readonly levels: number;
  /** Its share of the venue's changes, beside the weights of the others; 0 for a quiet market. */
  readonly weight: number;
  /** How readily its price moves: a probability for each thing that the crowd does. */
  readonly moveShare: number;
}

const LEVELS_MEDIAN = 105;
/** With this a tenth of the books has three times the median. */
const LEVELS_SIGMA = 0.86;
const LEVELS_MIN = 10;
const LEVELS_MAX = 900;
/** A book does not fill every price that its tick allows. */
const ROOM_SHARE = 0.92;

const COARSEST_TICK = 1_000;
const COARSEST_SHARE = 0.03;
/** Ticks and how common they are. */
const TICKS: readonly (readonly [tickSize: number, share: number])[] = [
  [100, 0.55],
  [50, 0.05],
  [25, 0.05],
  [10, 0.3],
  [1, 0.05],
];

const QUIET_SHARE = 0.1;
const WEIGHT_SIGMA = 1.2;
const MOVE_SHARE = 0.02;

function levelsPossible(tickSize: number): number {
  return Math.floor((ONE / tickSize - 1) * ROOM_SHARE);
}

/** Deep books need fine ticks, so the depth is drawn first. */
export function marketProfile(random: Random, mayBeQuiet: boolean): MarketProfile {
  const wanted = Math.min(LEVELS_MAX, logNormal(random, LEVELS_MEDIAN, LEVELS_SIGMA));
  const fitting = TICKS.filter(([tickSize]) => levelsPossible(tickSize) >= wanted);
  const tickSize =
    random() < COARSEST_SHARE ? COARSEST_TICK : (pickByShare(random, fitting) ?? COARSEST_TICK);
  return {
    tickSize,
    levels: Math.min(levelsPossible(tickSize), Math.max(LEVELS_MIN, Math.round(wanted))),
    weight: random() < (mayBeQuiet ? QUIET_SHARE : 0) ? 0 : logNormal(random, 1, WEIGHT_SIGMA),
    moveShare: MOVE_SHARE,
  };
}

/** A market of a rolling series: one tick, a full book, and much of what happens. */
export const SERIES_PROFILE: MarketProfile = {
  tickSize: 100,
  levels: 90,
  weight: 8,
  moveShare: 0.3,
};
