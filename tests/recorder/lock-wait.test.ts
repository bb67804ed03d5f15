import { describe, expect, test } from "bun:test";
import { PolybotError } from "../../src/format/error.ts";
import { VirtualClock } from "../../src/ports/virtual-clock.ts";
import { LockWait } from "../../src/recorder/lock-wait.ts";

const inUse = () => new PolybotError("TOKEN_IN_USE", "recorded by process 7");

/** Waits for a claim that fails with `failure` as long as that is there. */
function waiting(waitMs: number, failure: Error | undefined) {
  const clock = new VirtualClock();
  const told: {
    failure: Error | undefined;
    claims: number;
    claimed: number;
    isLast?: boolean;
    gaveUp?: Error;
  } = {
    failure,
    claims: 0,
    claimed: 0,
  };
  const wait = new LockWait({
    clock,
    waitMs,
    claim(isLast) {
      told.claims++;
      told.isLast = isLast;
      if (told.failure !== undefined) throw told.failure;
    },
    claimed: () => void told.claimed++,
  });
  wait.gaveUp.catch((error) => {
    told.gaveUp = error;
  });
  return { clock, wait, told };
}

describe("a wait for tokens", () => {
  test("is none if they are free", () => {
    const { clock, wait, told } = waiting(60_000, undefined);
    expect(wait.refusal).toBeUndefined();
    expect(clock.timers).toBe(0);
    clock.advance(60_000);
    expect(told).toMatchObject({ claims: 1, claimed: 0 });
  });

  test("ends within a moment of their recorder's end", () => {
    const { clock, wait, told } = waiting(60_000, inUse());
    expect(wait.refusal?.message).toBe("recorded by process 7");
    clock.advance(40_000);
    expect(told.claimed).toBe(0);
    told.failure = undefined;
    clock.advance(250);
    expect(told.claimed).toBe(1);
    expect(wait.refusal).toBeUndefined();
    expect(clock.timers).toBe(0);
  });

  test("ends without them when its time is up, and names their recorder", async () => {
    const { clock, wait, told } = waiting(60_000, inUse());
    clock.advance(59_999);
    await Bun.sleep(0);
    expect(told.isLast).toBe(false);
    expect(told.gaveUp).toBeUndefined();
    clock.advance(1);
    await Bun.sleep(0);
    expect(told.isLast).toBe(true);
    expect(told.gaveUp?.message).toBe("recorded by process 7");
    expect(wait.refusal).toBe(told.gaveUp as PolybotError);
    expect(clock.timers).toBe(0);
  });

  test("is refused at once without time, or for another reason", async () => {
    expect(() => waiting(0, inUse())).toThrow("process 7");
    const broken = new PolybotError("STORE_NOT_WRITABLE", "no space");
    expect(() => waiting(60_000, broken)).toThrow("no space");
    const { clock, told } = waiting(60_000, inUse());
    told.failure = broken;
    clock.advance(250);
    await Bun.sleep(0);
    expect(told.gaveUp).toBe(broken);
    expect(clock.timers).toBe(0);
  });
});
