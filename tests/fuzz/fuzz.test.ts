import { expect, test } from "bun:test";
import { fuzz } from "./fuzz.ts";

const INPUTS = 20_000;
const SEED = 1;
/** The limits of the format included. */
const GROWTH_MAX = 300 * 2 ** 20;

/** Only a hang is meant to fail. */
const SLOW_CORE_MS = 120_000;

test(
  "bytes that are wrong under right checksums give expected errors, in bounded memory",
  async () => {
    const { read, grown, slowest } = await fuzz(INPUTS, SEED);
    // Were nearly all refused at the door, nothing behind it would be tried.
    expect(read).toBeGreaterThan(INPUTS / 10);
    expect(read).toBeLessThan(INPUTS);
    if (grown > GROWTH_MAX) throw new Error(`seed ${SEED}: ${grown} bytes more, after ${slowest}`);
  },
  SLOW_CORE_MS,
);
