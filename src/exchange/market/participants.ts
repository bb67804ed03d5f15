import type { Random } from "../../ports/random.ts";
import { Crowd } from "./crowd.ts";
import { LadderMaker } from "./ladder-maker.ts";
import { ladders, singleOrder } from "./ladders.ts";
import type { MarketProfile } from "./market-profile.ts";
import type { BookSide } from "./mirrored-book.ts";
import type { Participant } from "./participant.ts";
import { SizeSource } from "./size-source.ts";

/** A market of which nothing is heard for an hour at a time. */
const QUIET_PER_SECOND = 1 / 3_600;
/** Slower markets have no programs that quote. */
const MAKERS_FROM_PER_SECOND = 0.05;
const MAKERS = 6;
const SINGLES = 3;
/** Most makers of a market quote the same side of it. */
const MAIN_SIDE_SHARE = 0.95;
/** At this many changes a second a round takes a second, and the crowd acts once in the other. */
const ROUND_CHANGES = 85;
const CROWD_CHANGES = 7;
const MS_PER_SECOND = 1_000;

/** Those who make `changesPerSecond` in a market, in the mean over a long time. */
export function participants(changesPerSecond: number, random: Random): Participant[] {
  const sizes = new SizeSource(random);
  if (changesPerSecond < MAKERS_FROM_PER_SECOND) {
    return [new Crowd(sizes, MS_PER_SECOND / changesPerSecond)];
  }
  const roundMs = (ROUND_CHANGES / changesPerSecond) * MS_PER_SECOND;
  const main: BookSide = random() < 0.5 ? "bids" : "asks";
  const other: BookSide = main === "bids" ? "asks" : "bids";
  const quotes = [
    ...ladders(MAKERS, random),
    ...Array.from({ length: SINGLES }, () => singleOrder(random)),
  ];
  return [
    new Crowd(sizes, (CROWD_CHANGES / changesPerSecond) * MS_PER_SECOND),
    ...quotes.map((rungs) => {
      const side = random() < MAIN_SIDE_SHARE ? main : other;
      return new LadderMaker(side, rungs, roundMs);
    }),
  ];
}

/** How many changes a second a market has, as its share of the venue's. */
export function changesPerSecond(
  { weight }: MarketProfile,
  venue: { readonly perSecond: number; readonly weights: number },
): number {
  return weight === 0 ? QUIET_PER_SECOND : (venue.perSecond * weight) / venue.weights;
}
