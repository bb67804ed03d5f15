import { expect, test } from "bun:test";
import { lagOf, ReceiveLag, sumLags } from "../../src/format/receive-lag.ts";

const VENUE_MS = 1_790_000_000_000;
const LATEST = 2 ** 20;

function countsOf(...lagsMs: number[]) {
  const lag = new ReceiveLag();
  for (const ms of lagsMs) lag.add(Math.round((VENUE_MS + ms) * 1000), VENUE_MS);
  return lag.counts;
}

test("a lag counts at the next bound, which is half as much again at most", () => {
  for (let ms = 1; ms <= LATEST; ms += Math.ceil(ms / 50)) {
    const [[bound, changes] = []] = countsOf(ms);
    expect(changes).toBe(1);
    expect(bound).toBeGreaterThanOrEqual(ms);
    expect(bound).toBeLessThan(1.5 * ms + 1);
    // What a bound has is not what the next one has.
    expect(countsOf(bound!)).toEqual([[bound!, 1]]);
  }
});

test("stamps that are ahead count apart, by powers of two", () => {
  expect(countsOf(-1, -1.9, -2, -3, -4, -1000)).toEqual([
    [-512, 1],
    [-4, 1],
    [-2, 2],
    [-1, 2],
  ]);
  expect(countsOf(-0.5, 0, 0.001, 1, 1.001)).toEqual([
    [0, 2],
    [1, 2],
    [2, 1],
  ]);
});

test("what is further off counts at the last bound", () => {
  expect(countsOf(LATEST + 1, 40 * LATEST, -40 * LATEST)).toEqual([
    [-LATEST, 1],
    [LATEST, 2],
  ]);
});

test("a part of the changes came within a bound", () => {
  const counts = sumLags([countsOf(1, 1, 2), countsOf(1, 100)]);
  expect(counts).toEqual([
    [1, 3],
    [2, 1],
    [128, 1],
  ]);
  expect([0.5, 0.6, 0.61, 0.8, 0.81, 1].map((part) => lagOf(counts, part))).toEqual([
    1, 1, 2, 2, 128, 128,
  ]);
  expect(lagOf([], 0.5)).toBeUndefined();
});
