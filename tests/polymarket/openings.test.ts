import { describe, expect, test } from "bun:test";
import { type Opening, Openings, STAGGER_MS } from "../../src/polymarket/openings.ts";
import { seededRandom } from "../../src/ports/random.ts";
import { VirtualClock } from "../../src/ports/virtual-clock.ts";

/** A gate, and who wants through it: `outcome` says what comes of an opening, 20 ms later. */
function gate(seed = 1) {
  const clock = new VirtualClock();
  const openings = new Openings({ clock, random: seededRandom(seed) });
  const opened: { owner: object; ms: number }[] = [];
  const state: { outcome: "succeeded" | "failed" | undefined } = { outcome: "succeeded" };
  const ask = (owner: object, isPersistent = false): Opening => {
    const opening = openings.request(owner, () => {
      opened.push({ owner, ms: clock.monotonicMs() });
      clock.after(20, () => {
        if (state.outcome === undefined) return;
        opening[state.outcome]();
        if (isPersistent && state.outcome === "failed") clock.after(200, () => ask(owner, true));
      });
    });
    return opening;
  };
  const pauses = () => opened.slice(1).map(({ ms }, i) => ms - opened[i]!.ms);
  return { clock, opened, state, ask, pauses };
}

describe("sockets are opened", () => {
  test("one after the other, in order, with pauses that differ; the first at once", () => {
    const { clock, opened, ask, pauses } = gate();
    const owners = Array.from({ length: 50 }, () => ({}));
    for (const owner of owners) ask(owner);
    expect(opened).toHaveLength(1);
    clock.advance(60_000);
    expect(opened.map(({ owner }) => owner)).toEqual(owners);
    expect(Math.min(...pauses())).toBeGreaterThanOrEqual(STAGGER_MS);
    expect(Math.max(...pauses())).toBeLessThanOrEqual(2 * STAGGER_MS);
    expect(new Set(pauses()).size).toBeGreaterThan(40);
    expect(clock.timers).toBe(0);
    ask({});
    expect(opened).toHaveLength(51);
  });

  test("not if they are not wanted any more", () => {
    const { clock, opened, ask } = gate();
    ask({});
    const unwanted = ask({});
    unwanted.withdrawn();
    expect(clock.timers).toBe(1);
    clock.advance(10_000);
    expect(opened).toHaveLength(1);
    expect(clock.timers).toBe(0);
  });
});

describe("a venue that refuses everybody", () => {
  test("is tried by one at a time with growing pauses, and by all when one is answered", () => {
    const { clock, opened, state, ask, pauses } = gate();
    state.outcome = "failed";
    for (let i = 0; i < 50; i++) ask({}, true);
    clock.advance(120_000);
    const tried = opened.length;
    // Until the third failure is known there is the stagger only.
    expect(
      pauses()
        .slice(0, 2)
        .every((ms) => ms <= 2 * STAGGER_MS),
    ).toBe(true);
    expect(pauses()[4]!).toBeGreaterThan(400);
    expect(Math.max(...pauses())).toBeLessThanOrEqual(10_100);
    expect(
      pauses()
        .slice(-5)
        .every((ms) => ms >= 5_000),
    ).toBe(true);
    expect(tried).toBeLessThan(30);
    state.outcome = "succeeded";
    clock.advance(10_500);
    const first = opened[tried]!.ms;
    // Nobody waits for what becomes of another any more.
    state.outcome = undefined;
    clock.advance(60_000);
    expect(opened.length).toBe(tried + 50);
    expect(opened.at(-1)!.ms - first).toBeLessThan(50 * 2 * STAGGER_MS);
  });

  test("is waited for while a try hangs, unless that is given up", () => {
    const { clock, opened, state, ask } = gate();
    state.outcome = "failed";
    for (let i = 0; i < 3; i++) ask({});
    clock.advance(5_000);
    state.outcome = undefined;
    const hanging = ask({});
    ask({});
    clock.advance(60_000);
    expect(opened).toHaveLength(4);
    hanging.withdrawn();
    clock.advance(60_000);
    expect(opened).toHaveLength(5);
  });

  test("was not the venue if those that failed are gone", () => {
    const { clock, opened, state, ask } = gate();
    state.outcome = "failed";
    const owners = [{}, {}, {}];
    for (const owner of owners) ask(owner);
    clock.advance(500);
    for (const opening of owners.map((owner) => ask(owner))) opening.withdrawn();
    state.outcome = undefined;
    clock.advance(10_000);
    const before = opened.length;
    for (let i = 0; i < 5; i++) ask({});
    clock.advance(5 * 2 * STAGGER_MS);
    expect(opened).toHaveLength(before + 5);
  });

  test("one socket that fails on and on is no such venue, and delays nobody", () => {
    const { clock, opened, state, ask } = gate();
    state.outcome = "failed";
    const owner = {};
    ask(owner, true);
    ask({}, false);
    clock.advance(30_000);
    const before = opened.length;
    expect(before).toBeGreaterThan(50);
    ask({});
    clock.advance(2 * STAGGER_MS);
    expect(opened.length).toBeGreaterThan(before);
  });
});
