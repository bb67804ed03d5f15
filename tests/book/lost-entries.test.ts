import { expect, test } from "bun:test";
import { checkFaultyStreams } from "./faulty-streams.ts";

const STREAMS = 500;

test("one entry that is not what the venue sent shows at the next hash whose book differs", () => {
  const overwritten = checkFaultyStreams(0, STREAMS);
  console.log(`${overwritten} of ${STREAMS} faults were overwritten before the next hash`);
  expect(overwritten).toBeGreaterThan(0);
  expect(overwritten).toBeLessThan(STREAMS / 2);
});
