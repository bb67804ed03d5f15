/**
 * Changes by how long after the venue's stamp they were received: each pair is a bound in whole
 * milliseconds and how many came within it, but not within the one before. Ascending.
 */
export type LagCounts = readonly (readonly [upToMs: number, changes: number])[];

/** Bounds are 0, 1, 2, 3, 4, 6, 8, 12 and so on to 2^20: 17 minutes. What comes later counts there. */
const OCTAVES = 20;
const LATE = 2 * OCTAVES;
/** Behind them those of stamps that are ahead: up to -1, -2, -4 and so on. */
const PLACES = LATE + 1 + OCTAVES + 1;
const US_PER_MS = 1000;

/** Counts, without remembering them, how late changes are received. */
export class ReceiveLag {
  readonly #counts = new Uint32Array(PLACES);

  /** Receive time in microseconds, the venue's in milliseconds. */
  add(receivedUs: number, venueMs: number): void {
    this.#counts[placeOf(Math.ceil((receivedUs - venueMs * US_PER_MS) / US_PER_MS))]!++;
  }

  get counts(): LagCounts {
    return [...this.#counts]
      .map((changes, place) => [boundOf(place), changes] as const)
      .filter(([, changes]) => changes > 0)
      .sort(([a], [b]) => a - b);
  }
}

function placeOf(ms: number): number {
  if (ms >= 0) {
    if (ms < 2) return ms;
    // Two places an octave, each with its upper end.
    const below = Math.min(ms - 1, 2 ** OCTAVES - 1);
    const octave = 31 - Math.clz32(below);
    return octave === 0 ? 2 : 2 * octave + 1 + ((below >> (octave - 1)) & 1);
  }
  return LATE + 1 + 31 - Math.clz32(Math.min(-ms, 2 ** OCTAVES));
}

function boundOf(place: number): number {
  if (place > LATE) return -(2 ** (place - LATE - 1));
  if (place < 3) return place;
  const octave = (place - 1) >> 1;
  return place % 2 === 1 ? 2 ** octave + 2 ** (octave - 1) : 2 ** (octave + 1);
}

/** The counts of many sessions together. */
export function sumLags(lags: readonly LagCounts[]): LagCounts {
  const sums = new Map<number, number>();
  for (const [ms, changes] of lags.flat()) sums.set(ms, (sums.get(ms) ?? 0) + changes);
  return [...sums].sort(([a], [b]) => a - b);
}

/** Milliseconds within which this part of the changes came; `undefined` without any. */
export function lagOf(counts: LagCounts, part: number): number | undefined {
  const all = counts.reduce((sum, [, changes]) => sum + changes, 0);
  let within = 0;
  for (const [ms, changes] of counts) {
    within += changes;
    if (within >= part * all) return ms;
  }
  return undefined;
}
