import { FAULT_KINDS, type FaultKind } from "../../src/exchange/faults/fault-kinds.ts";
import { pick } from "../../src/exchange/market/pick.ts";
import type { Random } from "../../src/ports/random.ts";

/** What is done wrong: by the exchange, or to the recorder itself. */
export type Trouble = FaultKind | OwnTrouble;
type OwnTrouble = "own-clock" | "full-disk";

/** One trouble at one time. */
export interface Strike {
  readonly kind: Trouble;
  /** Since the start. */
  readonly atMs: number;
  readonly forMs?: number;
  readonly ms?: number;
  /** Whether a text fault is to strike a text of a certain token. */
  readonly ofToken: boolean;
}

export const TROUBLES: readonly Trouble[] = [
  ...(Object.keys(FAULT_KINDS) as FaultKind[]),
  "own-clock",
  "full-disk",
];

const MIX_MIN = 2;
const MIX_MAX = 5;
const ALONE_MIN = 3;
const ALONE_MAX = 8;
const IN_MIX_MAX = 3;

/** How long each lasts, seconds: from about the first to about the second, the short more often. */
const LASTS: Partial<Record<Trouble, readonly [number, number]>> = {
  "half-open": [2, 120],
  "stall-socket": [3, 500],
  "stall-token": [3, 900],
  "slow-reader": [10, 300],
  restart: [1, 90],
  "full-disk": [1, 60],
};

/** How much of it there is, seconds; half of the steps of a clock are back. */
const MEASURES: Partial<Record<Trouble, readonly [number, number]>> = {
  delay: [0.5, 20],
  "stale-book": [0.5, 40],
  "clock-step": [0.02, 200],
  "own-clock": [0.7, 900],
};

/** One in so many seeds is a busy one, behind those of the short test. */
const BUSY_EVERY = 100;

/** Some half hours have so much said in them that a slow reader falls behind. */
export function isBusy(seed: number): boolean {
  return seed % BUSY_EVERY === BUSY_EVERY - 1;
}

/** The first seeds have each trouble alone, the others mixes of some. */
export function planOf(seed: number, random: Random, runMs: number): Strike[] {
  const between = (min: number, max: number) => min + Math.floor(random() * (max - min + 1));
  const strikes = (kind: Trouble, count: number) =>
    Array.from({ length: count }, () => strikeOf(kind, random, runMs));
  const alone = TROUBLES[seed];
  if (alone !== undefined) return strikes(alone, between(ALONE_MIN, ALONE_MAX));
  const kinds = Array.from({ length: between(MIX_MIN, MIX_MAX) }, () => pick(random, TROUBLES)!);
  if (isBusy(seed)) kinds.push("slow-reader");
  return kinds.flatMap((kind) => strikes(kind, between(1, IN_MIX_MAX)));
}

function strikeOf(kind: Trouble, random: Random, runMs: number): Strike {
  const lasts = LASTS[kind];
  const measure = MEASURES[kind];
  const ms = measure && amount(measure, random);
  const isBack = kind.endsWith("clock-step") || kind === "own-clock" ? random() < 0.5 : false;
  return {
    kind,
    atMs: random() * runMs,
    ...(lasts !== undefined && { forMs: amount(lasts, random) }),
    ...(ms !== undefined && { ms: isBack ? -ms : ms }),
    ofToken: random() < 0.5,
  };
}

/** Milliseconds between two numbers of seconds, each order of magnitude as likely as another. */
function amount([least, most]: readonly [number, number], random: Random): number {
  return Math.round(1000 * least * (most / least) ** random());
}
