/** One new size at one price of one token. */
export interface StreamChange {
  /** Epoch milliseconds, never less than before. */
  readonly ms: number;
  readonly side: "BUY" | "SELL";
  readonly price: string;
  /** The level's new total as the wire spells it; `"0"` removes the level. */
  readonly size: string;
  /** Number of the message it came in. */
  readonly message: number;
}

/**
 * What is measured of a stream, in the order that tables show it. A *moment* is a millisecond with
 * at least one change: what one message held in the venue's old form comes as several messages of
 * one moment in the present one. Times are relative to the mean gap, because a simulation may run
 * at any rate.
 */
export const FIGURES = {
  meanGapMs: "mean gap between moments, ms",
  medianGap: "median gap, in mean gaps",
  longGap: "99th percentile of gaps, in mean gaps",
  sameMoment: "changes in the moment of the change before, share",
  batched: "changes in a moment of three or more, share",
  changesPerMessage: "changes a message",
  changesPerBurst: "changes a burst (gaps up to half the mean gap)",
  removals: "size 0, share",
  tens: "sizes that are a multiple of 10, share",
  commonSteps: "the 20 commonest differences from a level's last size, share",
  backAndForth: "back to the size before a level's last, share",
  knownSizes: "a size that the level had at any time before, share",
  topLevels: "changes at the 5 busiest levels, share",
  sameLevel: "at the level of the change before, share",
  recentLevel: "at a level of the last 8 changes, share",
  sideSwitches: "on the other side than the change before, share",
  distance: "mean distance from the side's change before, ticks",
  compressedBytes: "bytes a change as text through zstd",
} as const;

/** A figure that a stream is too short to have is NaN. */
export type StreamFigures = Readonly<Record<keyof typeof FIGURES, number>>;

/** A longer gap lies between two recordings, not in the market. */
const BREAK_MS = 300_000;
const LONG_GAP_QUANTILE = 0.99;
const BATCH_MIN = 3;
const COMMON_STEPS = 20;
const TOP_LEVELS = 5;
const RECENT_CHANGES = 8;
const ZSTD_LEVEL = 19;
/** Sizes are compared as whole millionths, the finest that the venue has. */
const MILLIONTHS = 1_000_000;
const TEN = 10 * MILLIONTHS;

/** The recordings that a stream was joined from: it breaks where nothing came for minutes. */
export function recordingsOf(changes: readonly StreamChange[]): StreamChange[][] {
  return split(changes, (change, before) => change.ms - before.ms > BREAK_MS);
}

export function streamFigures(changes: readonly StreamChange[]): StreamFigures {
  return { ...timeFigures(changes), ...sizeFigures(changes), ...levelFigures(changes) };
}

function timeFigures(changes: readonly StreamChange[]) {
  const recordings = recordingsOf(changes).map((recording) =>
    split(recording, (change, before) => change.ms !== before.ms),
  );
  const moments = recordings.flat();
  const gaps = recordings.flatMap((own) => pairs(own).map(([a, b]) => startOf(b) - startOf(a)));
  const meanGapMs = mean(gaps);
  const bursts = recordings.flatMap((own) =>
    split(own, (moment, before) => startOf(moment) - startOf(before) > meanGapMs / 2),
  );
  const batched = moments.filter((moment) => moment.length >= BATCH_MIN).flat();
  return {
    meanGapMs,
    medianGap: quantile(gaps, 0.5) / meanGapMs,
    longGap: quantile(gaps, LONG_GAP_QUANTILE) / meanGapMs,
    sameMoment: share(pairs(changes), ([before, change]) => change.ms === before.ms),
    batched: batched.length / changes.length,
    changesPerMessage: changes.length / new Set(changes.map(({ message }) => message)).size,
    changesPerBurst: changes.length / bursts.length,
    compressedBytes: compressedLength(changes) / changes.length,
  };
}

function sizeFigures(changes: readonly StreamChange[]) {
  const histories = [...Map.groupBy(changes, levelOf).values()].map((own) =>
    own.map(({ size }) => millionths(size)),
  );
  const steps = histories.flatMap((sizes) => pairs(sizes).map(([a, b]) => Math.abs(b - a)));
  /** Of every change that has two before it at its level: how far back its size last stood. */
  const ages = histories.flatMap((sizes) =>
    sizes.slice(2).map((size, i) => {
      const last = sizes.lastIndexOf(size, i + 1);
      return last === -1 ? Number.POSITIVE_INFINITY : i + 2 - last;
    }),
  );
  const placed = histories.flat().filter((size) => size > 0);
  return {
    removals: share(changes, ({ size }) => millionths(size) === 0),
    tens: share(placed, (size) => size % TEN === 0),
    commonSteps: shareOfCommonest(steps, COMMON_STEPS),
    backAndForth: share(ages, (age) => age === 2),
    knownSizes: share(ages, Number.isFinite),
  };
}

function levelFigures(changes: readonly StreamChange[]) {
  const levels = changes.map(levelOf);
  const decimals = Math.max(0, ...changes.map(({ price }) => (price.split(".")[1] ?? "").length));
  const distances = [...Map.groupBy(changes, ({ side }) => side).values()].flatMap((own) =>
    pairs(own).map(([a, b]) => Math.abs(Number(b.price) - Number(a.price)) * 10 ** decimals),
  );
  const recent = levels.slice(1).map((level, i) => {
    return levels.slice(Math.max(0, i + 1 - RECENT_CHANGES), i + 1).includes(level);
  });
  return {
    topLevels: shareOfCommonest(levels, TOP_LEVELS),
    sameLevel: share(pairs(levels), ([before, level]) => level === before),
    recentLevel: share(recent, (isRecent) => isRecent),
    sideSwitches: share(pairs(changes), ([before, change]) => change.side !== before.side),
    distance: mean(distances),
  };
}

/** What general compression makes of the stream: it notices order that no other figure asks for. */
function compressedLength(changes: readonly StreamChange[]): number {
  const lines = recordingsOf(changes).flatMap((recording) =>
    recording.map(({ ms, side, price, size }, i) => {
      return `${ms - (recording[i - 1]?.ms ?? ms)} ${side} ${price} ${size}`;
    }),
  );
  return Bun.zstdCompressSync(lines.join("\n"), { level: ZSTD_LEVEL }).length;
}

function levelOf({ side, price }: StreamChange): string {
  return `${side} ${Number(price)}`;
}

function millionths(size: string): number {
  return Math.round(Number(size) * MILLIONTHS);
}

function startOf(moment: readonly StreamChange[]): number {
  return moment[0]!.ms;
}

/** Cuts a list before every element that `isFirst` says begins a new part. */
function split<T>(values: readonly T[], isFirst: (value: T, before: T) => boolean): T[][] {
  const parts: T[][] = [];
  for (const value of values) {
    const part = parts.at(-1);
    if (part === undefined || isFirst(value, part.at(-1)!)) {
      parts.push([value]);
    } else {
      part.push(value);
    }
  }
  return parts;
}

function pairs<T>(values: readonly T[]): [T, T][] {
  return values.slice(1).map((value, i) => [values[i]!, value]);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(part * sorted.length)] ?? Number.NaN;
}

function share<T>(values: readonly T[], isCounted: (value: T) => boolean): number {
  return values.filter((value) => isCounted(value)).length / values.length;
}

function shareOfCommonest(values: readonly (string | number)[], kinds: number): number {
  const counts = [...Map.groupBy(values, (value) => value).values()].map((own) => own.length);
  const commonest = counts.toSorted((a, b) => b - a).slice(0, kinds);
  return commonest.reduce((sum, count) => sum + count, 0) / values.length;
}
