import { describe, expect, test } from "bun:test";
import { VirtualClock } from "../../src/ports/virtual-clock.ts";
import { RunLimits, type RunLimitsOptions } from "../../src/recorder/run-limits.ts";

const DAY = 86_400_000;

/** Limits on virtual time; `state` is what came of them. */
function limited(options: Partial<RunLimitsOptions>, clock = new VirtualClock()) {
  const book = { has: false };
  const limits = new RunLimits({ clock, hasBook: () => book.has, ...options });
  const run = { limits, clock, book, state: "on" };
  limits.over.then(
    () => {
      run.state = "over";
    },
    (error) => {
      run.state = error.code;
    },
  );
  return run;
}

async function pass(clock: VirtualClock, ms: number): Promise<void> {
  clock.advance(ms);
  await Bun.sleep(0);
}

const duration = (clock: VirtualClock, ms: number) => () => ms - clock.monotonicMs();

describe("a recording's time", () => {
  test("is up to the millisecond, also after longer than a timer can wait", async () => {
    const clock = new VirtualClock();
    const run = limited({ leftMs: duration(clock, 40 * DAY) }, clock);
    await pass(clock, 40 * DAY - 1);
    expect(run.state).toBe("on");
    await pass(clock, 1);
    expect(run.state).toBe("over");
    expect(clock.timers).toBe(0);
  });

  test("follows a clock that is set within a minute", async () => {
    const clock = new VirtualClock();
    const untilUs = clock.nowUs() + 3_600_000_000;
    const run = limited({ leftMs: () => (untilUs - clock.nowUs()) / 1_000 }, clock);
    await pass(clock, 60_000);
    clock.stepUs = 3_500_000_000;
    await pass(clock, 60_000);
    expect(run.state).toBe("over");
  });

  test("has no end without a limit", async () => {
    const run = limited({});
    await pass(run.clock, 400 * DAY);
    expect(run.state).toBe("on");
    expect(run.clock.timers).toBe(0);
  });
});

describe("a first book", () => {
  test("that does not come in time ends the recording", async () => {
    const run = limited({ firstBookMs: 60_000 });
    await pass(run.clock, 59_999);
    expect(run.state).toBe("on");
    await pass(run.clock, 1);
    expect(run.state).toBe("NO_BOOK");
  });

  test("that came in time is enough", async () => {
    const clock = new VirtualClock();
    const run = limited({ firstBookMs: 60_000, leftMs: duration(clock, DAY) }, clock);
    await pass(clock, 59_999);
    run.book.has = true;
    await pass(clock, DAY);
    expect(run.state).toBe("over");
  });

  test("is missed at the end of a run that was shorter", async () => {
    const clock = new VirtualClock();
    const run = limited({ firstBookMs: 60_000, leftMs: duration(clock, 5_000) }, clock);
    await pass(clock, 5_000);
    expect(run.state).toBe("NO_BOOK");
  });

  test("nobody asked for need not come", async () => {
    const clock = new VirtualClock();
    const run = limited({ leftMs: duration(clock, DAY) }, clock);
    await pass(clock, DAY);
    expect(run.state).toBe("over");
  });
});

test("limits that are stopped end nothing", async () => {
  const clock = new VirtualClock();
  const run = limited({ firstBookMs: 60_000, leftMs: duration(clock, DAY) }, clock);
  await pass(clock, 30_000);
  run.limits.stop();
  await pass(clock, 2 * DAY);
  expect(run.state).toBe("on");
  expect(clock.timers).toBe(0);
});
