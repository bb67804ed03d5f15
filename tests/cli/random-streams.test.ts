import { expect, test } from "bun:test";
import { seededRandom } from "../../src/ports/random.ts";
import { randomStream } from "../random-stream.ts";
import { expectRoundTrip } from "./round-trip.ts";

const STREAMS = 10;
const AT_ONCE = 2;

test(`${STREAMS} random streams come back through a real socket, rotated at 10 KB`, async () => {
  for (let seed = 1; seed <= STREAMS; seed += AT_ONCE) {
    await Promise.all(Array.from({ length: AT_ONCE }, (_, i) => checkStream(seed + i)));
  }
});

async function checkStream(seed: number): Promise<void> {
  const { texts, tokenIds } = randomStream(seededRandom(seed * 7919), 800);
  const sessions = await expectRoundTrip(texts, tokenIds, "--storage-max-file-mb", "0.01");
  expect(Math.max(...sessions.map(({ segments }) => segments))).toBeGreaterThan(1);
}
