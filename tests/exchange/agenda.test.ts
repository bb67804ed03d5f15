import { expect, test } from "bun:test";
import { Agenda } from "../../src/exchange/agenda.ts";
import { VirtualClock } from "../../src/ports/virtual-clock.ts";

const START_MS = 1_790_000_000_000;

function started() {
  const clock = new VirtualClock(START_MS);
  const agenda = new Agenda(clock);
  const done: [what: string, atMs: number][] = [];
  const note = (what: string) => () => void done.push([what, agenda.nowMs - START_MS]);
  return { clock, agenda, done, note };
}

test("what is planned is done in order, at its own time", () => {
  const { clock, agenda, done, note } = started();
  agenda.after(30, note("later"));
  agenda.after(10.5, note("early"));
  agenda.after(10.5, note("early too"));
  agenda.at(START_MS - 100, note("past"));
  clock.advance(100);
  expect(done).toEqual([
    ["past", 0],
    ["early", 10.5],
    ["early too", 10.5],
    ["later", 30],
  ]);
  expect(agenda.nowMs).toBe(START_MS + 100);
  expect(clock.timers).toBe(0);
});

test("what is planned while something is done takes its place among the rest", () => {
  const { clock, agenda, done, note } = started();
  agenda.after(10, () => {
    agenda.after(5, note("15"));
    agenda.after(0, note("10"));
  });
  agenda.after(12, note("12"));
  clock.advance(20);
  expect(done.map(([what]) => what)).toEqual(["10", "12", "15"]);
});

/** An agenda on a clock that stands where the test puts it, and whose timer comes when it says. */
function late() {
  let ms = 0;
  let due: (() => void) | undefined;
  const clock = Object.assign(new VirtualClock(START_MS), {
    monotonicMs: () => ms,
    after: (_delayMs: number, run: () => void) => {
      due = run;
      return { stop() {} };
    },
  });
  const agenda = new Agenda(clock);
  const done: number[] = [];
  return {
    agenda,
    done,
    note: () => void done.push(agenda.elapsedMs),
    timerAt(at: number) {
      ms = at;
      due?.();
    },
    stand(at: number) {
      ms = at;
    },
  };
}

test("a late timer does not change when things happened", () => {
  const { agenda, done, note, timerAt, stand } = late();
  for (const at of [10, 20, 30]) agenda.after(at, note);
  timerAt(25);
  expect(done).toEqual([10, 20]);
  stand(28);
  agenda.catchUp();
  expect(done).toEqual([10, 20]);
  stand(31);
  agenda.catchUp();
  expect(done).toEqual([10, 20, 30]);
});

test("a process that was stopped makes up for a second, on one axis with what was planned before", () => {
  const { agenda, done, note, timerAt } = late();
  for (const at of [4_000, 4_900, 5_100]) agenda.after(at, note);
  timerAt(3_600_000);
  expect(done).toEqual([4_000, 4_900]);
  expect(agenda.elapsedMs).toBe(5_000);
  timerAt(3_600_101);
  expect(done.slice(2)).toEqual([5_100]);
  expect(agenda.elapsedMs).toBe(5_101);
});

test("what throws does not stop the rest, and a far plan does not spin", () => {
  const { clock, agenda, done, note } = started();
  agenda.after(10, () => {
    throw new Error("of a client");
  });
  agenda.after(20, note("after it"));
  expect(() => clock.advance(15)).toThrow("of a client");
  clock.advance(10);
  expect(done).toEqual([["after it", 20]]);
  const delays: number[] = [];
  const counting = Object.assign(new VirtualClock(START_MS), {
    after: (delayMs: number) => {
      delays.push(delayMs);
      return { stop() {} };
    },
  });
  new Agenda(counting).after(600 * 3_600_000, () => {});
  expect(delays).toEqual([2 ** 31 - 1]);
});

test("a stopped agenda does nothing more", () => {
  const { clock, agenda, done, note } = started();
  agenda.after(10, note("never"));
  agenda.stop();
  agenda.after(10, note("never either"));
  clock.advance(100);
  agenda.catchUp();
  expect(done).toEqual([]);
  expect(clock.timers).toBe(0);
});
