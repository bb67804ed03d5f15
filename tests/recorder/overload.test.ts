import { describe, expect, test } from "bun:test";
import { Overload } from "../../src/recorder/overload.ts";

/** Looks for so many seconds at messages that are behind by `delayMs`; says when something changes. */
function looks(
  overload: Overload,
  seconds: number,
  { delayMs, cpu }: { readonly delayMs: number; readonly cpu: number },
): string[] {
  const changes: string[] = [];
  for (let s = 1; s <= seconds; s++) {
    for (const more of [900, 0, 300]) overload.heard(1_000_000, 1_000_000 + delayMs + more);
    const change = overload.look(cpu);
    if (change !== undefined) changes.push(`${change} at ${s}`);
  }
  return changes;
}

const BUSY = 0.95;

describe("an overload", () => {
  test("begins when messages lag and the processor is busy, and ends when they do not", () => {
    const overload = new Overload();
    expect(looks(overload, 30, { delayMs: 80, cpu: 0.3 })).toEqual([]);
    expect(looks(overload, 30, { delayMs: 2_080, cpu: BUSY })).toEqual([]);
    expect(looks(overload, 1, { delayMs: 2_081, cpu: BUSY })).toEqual(["begun at 1"]);
    expect(overload).toMatchObject({ isOverloaded: true, lagMs: 2_001 });
    expect(looks(overload, 300, { delayMs: 580, cpu: BUSY })).toEqual([]);
    expect(looks(overload, 300, { delayMs: 579, cpu: BUSY })).toEqual(["ended at 3"]);
    expect(overload.isOverloaded).toBe(false);
  });

  test("is none while the processor is not busy, or the messages are not late", () => {
    const overload = new Overload();
    looks(overload, 10, { delayMs: 80, cpu: 0.3 });
    expect(looks(overload, 30, { delayMs: 9_000, cpu: 0.9 })).toEqual([]);
    expect(looks(new Overload(), 300, { delayMs: 9_000, cpu: 1 })).toEqual([]);
  });

  test("is not begun by one message that comes late", () => {
    const overload = new Overload();
    looks(overload, 10, { delayMs: 80, cpu: BUSY });
    overload.heard(0, 80);
    overload.heard(0, 9_000);
    overload.heard(Number.NaN, 9_000);
    expect(overload.look(BUSY)).toBeUndefined();
    expect(overload.look(BUSY)).toBeUndefined();
  });

  test("learns a new delay in a minute, as after the venue's clock was set", () => {
    const overload = new Overload();
    looks(overload, 100, { delayMs: 80, cpu: 0.3 });
    looks(overload, 59, { delayMs: 5_080, cpu: 0.3 });
    expect(overload.lagMs).toBe(5_000);
    looks(overload, 2, { delayMs: 5_080, cpu: 0.3 });
    expect(overload.lagMs).toBe(0);
    expect(looks(overload, 10, { delayMs: 5_080, cpu: BUSY })).toEqual([]);
  });

  test("does not learn the delay while it lasts", () => {
    const overload = new Overload();
    looks(overload, 10, { delayMs: 80, cpu: 0.3 });
    expect(looks(overload, 600, { delayMs: 5_080, cpu: BUSY })).toEqual(["begun at 1"]);
  });

  test("is over when there is time to spare, or nothing comes, whatever the lag", () => {
    const overload = new Overload();
    looks(overload, 10, { delayMs: 80, cpu: 0.3 });
    looks(overload, 1, { delayMs: 5_080, cpu: BUSY });
    expect(looks(overload, 5, { delayMs: 5_080, cpu: 0.4 })).toEqual(["ended at 3"]);
    looks(overload, 1, { delayMs: 5_080, cpu: BUSY });
    expect(overload.isOverloaded).toBe(true);
    expect([1, 2, 3].map(() => overload.look(BUSY))).toEqual([undefined, undefined, "ended"]);
  });
});
