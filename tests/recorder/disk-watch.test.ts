import { expect, test } from "bun:test";
import { VirtualClock } from "../../src/ports/virtual-clock.ts";
import { DiskWatch } from "../../src/recorder/disk-watch.ts";

const MINUTE_MS = 60_000;

function trouble(code: string): Error {
  return Object.assign(new Error(code), { code });
}

async function isGivenUp(watch: DiskWatch): Promise<boolean> {
  return Promise.race([
    watch.gaveUp.then(
      () => false,
      () => true,
    ),
    Bun.sleep(1).then(() => false),
  ]);
}

test("a disk that is read-only for ten minutes without a break is given up, and no other trouble", async () => {
  const clock = new VirtualClock();
  const writer: { trouble: unknown } = { trouble: trouble("ENOSPC") };
  const watch = new DiskWatch(writer, clock);
  clock.advance(60 * MINUTE_MS);
  writer.trouble = trouble("EROFS");
  clock.advance(9 * MINUTE_MS);
  writer.trouble = undefined;
  clock.advance(1000);
  writer.trouble = trouble("EROFS");
  clock.advance(9.9 * MINUTE_MS);
  expect(await isGivenUp(watch)).toBe(false);
  clock.advance(0.2 * MINUTE_MS);
  await expect(watch.gaveUp).rejects.toMatchObject({ code: "STORE_NOT_WRITABLE" });
  expect(clock.timers).toBe(0);
});
