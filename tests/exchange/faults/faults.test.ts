import { describe, expect, test } from "bun:test";
import { Agenda } from "../../../src/exchange/agenda.ts";
import { type FaultSpec, parseFaults } from "../../../src/exchange/faults/fault-spec.ts";
import { Faults } from "../../../src/exchange/faults/faults.ts";
import { seededRandom } from "../../../src/ports/random.ts";
import { VirtualClock } from "../../../src/ports/virtual-clock.ts";

const SECOND = 1_000;

/** Faults by themselves: what they strike is noted with its time. */
function planned(text = "") {
  const clock = new VirtualClock();
  const struck: [kind: string, ms: number][] = [];
  const state = { sockets: 1 };
  const note = ({ kind }: FaultSpec) => void struck.push([kind, clock.monotonicMs()]);
  const faults = new Faults(new Agenda(clock), seededRandom(7), {
    strikeSocket: (spec) => {
      if (state.sockets > 0) note(spec);
      return state.sockets > 0;
    },
    strikeExchange: note,
  });
  const add = (written: string) => parseFaults(written).map((spec) => faults.add(spec));
  if (text !== "") add(text);
  return { clock, faults, struck, state, add };
}

function times(count: number, run: () => unknown): number {
  return Array.from({ length: count }, run).filter(Boolean).length;
}

describe("a fault of sockets or of the exchange", () => {
  test.each(["drop", "restart"])("strikes once and now when nothing else is said: %s", (kind) => {
    const { clock, faults, struck } = planned(kind);
    expect(struck).toEqual([[kind, 0]]);
    clock.advance(100 * SECOND);
    expect(struck).toHaveLength(1);
    expect(faults.list().map((fault) => fault.struck)).toEqual([1]);
  });

  test.each(["drop", "restart"])("strikes once at its time, from the start on: %s", (kind) => {
    const { clock, struck, add } = planned(`${kind},at=5s`);
    clock.advance(3 * SECOND);
    add(`${kind},at=4s`);
    clock.advance(100 * SECOND);
    expect(struck).toEqual([
      [kind, 4 * SECOND],
      [kind, 5 * SECOND],
    ]);
    add(`${kind},at=1s`);
    clock.advance(0);
    expect(struck.slice(2)).toEqual([[kind, 103 * SECOND]]);
  });

  test.each(["drop", "restart"])(
    "strikes again and again from when it was asked for: %s",
    (kind) => {
      const { clock, faults, struck, add } = planned();
      clock.advance(SECOND);
      const [fault] = add(`${kind},every=2s`);
      clock.advance(6_500);
      expect(struck.map(([, ms]) => ms)).toEqual([3, 5, 7].map((s) => s * SECOND));
      expect(fault?.struck).toBe(3);
      expect(faults.remove(fault?.id ?? 0)).toBe(true);
      clock.advance(20 * SECOND);
      expect(struck).toHaveLength(3);
      expect(clock.timers).toBe(0);
    },
  );

  test("waits for the next text when there is no socket, but does not save up", () => {
    const { clock, faults, struck, state } = planned("drop");
    struck.length = 0;
    state.sockets = 0;
    const occasion = { socket: 1, tokenIds: [] };
    expect(faults.strikes("drop", occasion)).toBeUndefined();
    faults.add({ kind: "drop" });
    faults.add({ kind: "half-open", atMs: SECOND });
    faults.add({ kind: "stall-socket", everyMs: SECOND });
    clock.advance(10 * SECOND);
    expect(struck).toEqual([]);
    expect(times(5, () => faults.strikes("drop", occasion))).toBe(1);
    expect(times(5, () => faults.strikes("half-open", occasion))).toBe(1);
    expect(times(5, () => faults.strikes("stall-socket", occasion))).toBe(0);
    expect(faults.list().map((fault) => fault.struck)).toEqual([1, 1, 1, 0]);
  });
});

describe("a fault of texts, books or answers", () => {
  test("takes one occasion when nothing else is said", () => {
    const { faults } = planned("malformed");
    expect(times(10, () => faults.strikes("malformed", { socket: 1 }))).toBe(1);
    expect(faults.list()[0]?.struck).toBe(1);
  });

  test("takes the first occasion after its time, and is not saved up", () => {
    const { clock, faults } = planned("malformed,at=2s,rest-error,every=3s");
    clock.advance(1_999);
    expect(faults.strikes("malformed", {})).toBeUndefined();
    clock.advance(1);
    expect(times(5, () => faults.strikes("malformed", {}))).toBe(1);
    expect(faults.strikes("rest-error", {})).toBeUndefined();
    clock.advance(60 * SECOND);
    expect(times(5, () => faults.strikes("rest-error", {}))).toBe(1);
    clock.advance(3 * SECOND);
    expect(times(5, () => faults.strikes("rest-error", {}))).toBe(1);
    expect(faults.strikes("malformed", {})).toBeUndefined();
  });

  test("strikes with its probability", () => {
    const { faults } = planned("malformed,p=0.2,delay,p=0,reorder,p=1");
    const count = times(5_000, () => faults.strikes("malformed", {}));
    expect(count).toBeGreaterThan(880);
    expect(count).toBeLessThan(1_120);
    expect(times(1_000, () => faults.strikes("delay", {}))).toBe(0);
    expect(times(1_000, () => faults.strikes("reorder", {}))).toBe(1_000);
    expect(faults.list().map(({ struck }) => struck)).toEqual([count, 0, 1_000]);
  });

  test("strikes only the socket and the token that it names", () => {
    const { faults } = planned(
      "malformed,p=1,socket=2,delay,p=1,token=12,reorder,p=1,token=12,socket=2",
    );
    const occasions = [
      { socket: 1, tokenIds: ["11", "12"] },
      { socket: 2, tokenIds: ["11"] },
      { socket: 2, tokenIds: ["12", "13"] },
      { tokenIds: ["12"] },
      {},
    ];
    const struck = (kind: FaultSpec["kind"]) =>
      occasions.map((occasion) => faults.strikes(kind, occasion) !== undefined);
    expect(struck("malformed")).toEqual([false, true, true, false, false]);
    expect(struck("delay")).toEqual([true, false, true, true, false]);
    expect(struck("reorder")).toEqual([false, false, true, false, false]);
  });

  test("waits for an occasion that it concerns", () => {
    const { faults } = planned("malformed,token=12");
    expect(faults.strikes("malformed", { tokenIds: ["11"] })).toBeUndefined();
    expect(faults.strikes("malformed", { tokenIds: ["12"] })).toEqual({
      kind: "malformed",
      token: "12",
    });
    expect(faults.strikes("malformed", { tokenIds: ["12"] })).toBeUndefined();
  });

  test("shares an occasion with no other fault of its kind", () => {
    const { faults } = planned("delay,ms=1,delay,ms=2");
    const ms = Array.from({ length: 3 }, () => faults.strikes("delay", {})?.ms);
    expect(ms).toEqual([1, 2, undefined]);
  });
});

describe("the list of faults", () => {
  test("is idle between the times of its faults, and when they are spent", () => {
    const { clock, faults } = planned();
    faults.add({ kind: "malformed" });
    expect([faults.isIdle, faults.plans("malformed"), faults.plans("delay")]).toEqual([
      false,
      true,
      false,
    ]);
    expect(faults.strikes("malformed", {})).toBeDefined();
    expect([faults.isIdle, faults.plans("malformed")]).toEqual([true, false]);
    faults.add({ kind: "delay", everyMs: SECOND });
    expect(faults.isIdle).toBe(true);
    clock.advance(SECOND);
    expect(faults.isIdle).toBe(false);
    faults.removeAll();
    expect(faults.isIdle).toBe(true);
    faults.add({ kind: "reorder", p: 0.5 });
    expect(faults.isIdle).toBe(false);
  });

  test("numbers them from 1", () => {
    const { clock, faults, struck } = planned();
    for (const spec of parseFaults("drop,every=1s,malformed,p=1,drop,at=5s")) faults.add(spec);
    expect(faults.list().map(({ id, spec }) => [id, spec.kind])).toEqual([
      [1, "drop"],
      [2, "malformed"],
      [3, "drop"],
    ]);
    expect([faults.plans("malformed"), faults.plans("delay")]).toEqual([true, false]);
    expect([faults.remove(2), faults.remove(2), faults.remove(9)]).toEqual([true, false, false]);
    expect(faults.strikes("malformed", {})).toBeUndefined();
    faults.removeAll();
    expect(faults.list()).toEqual([]);
    clock.advance(10 * SECOND);
    expect(struck).toEqual([]);
    expect(faults.add({ kind: "malformed", p: 0 }).id).toBe(4);
  });

  test("strikes the same occasions again for the same random numbers", () => {
    const drawn = () => {
      const { faults } = planned("malformed,p=0.5");
      return Array.from({ length: 50 }, () => faults.strikes("malformed", {}) !== undefined);
    };
    expect(drawn()).toEqual(drawn());
  });
});
