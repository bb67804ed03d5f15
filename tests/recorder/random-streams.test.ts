import { expect, test } from "bun:test";
import { seededRandom } from "../../src/ports/random.ts";
import { describeSession } from "../../src/read/session-description.ts";
import { Store } from "../../src/read/store.ts";
import { verify } from "../../src/read/verify.ts";
import { byToken, expectedByToken, expectSame } from "../expected-updates.ts";
import { temporaryFolder } from "../polybot-process.ts";
import { randomStream } from "../random-stream.ts";
import { readAll, startInProcess } from "./in-process.ts";

const STREAMS = 500;
const AT_ONCE = 10;
const ROTATION_MB = 0.01;
/** Reading has checked everything by then but indexes and counts. */
const VERIFIED_EVERY = 10;

test(`${STREAMS} random streams come back with every field equal, rotated at 10 KB`, async () => {
  for (let seed = 0; seed < STREAMS; seed += AT_ONCE) {
    await Promise.all(Array.from({ length: AT_ONCE }, (_, i) => checkStream(seed + i)));
  }
});

async function checkStream(seed: number): Promise<void> {
  using folder = temporaryFolder("memory");
  // Most are short; some are long enough to rotate many times.
  const messages = seed % 100 === 0 ? 1500 : 40;
  const { texts, tokenIds } = randomStream(seededRandom(seed), messages);
  const { peer, recorder } = await startInProcess(tokenIds, {
    basePath: folder.path,
    maxFileSizeMb: ROTATION_MB,
  });
  for (const text of texts) peer.socket.message(text);
  await recorder.stop();

  const sessions = await new Store(folder.path).folders();
  const descriptions = await Promise.all(sessions.map((session) => describeSession(session)));
  const marketOf = new Map(descriptions.map(({ token_id, market }) => [token_id, market]));
  if (messages > 1000)
    expect(Math.max(...descriptions.map(({ segments }) => segments))).toBeGreaterThan(2);
  const expected = expectedByToken(texts, new Set(tokenIds));
  const printed = byToken(await readAll(folder.path));
  expect([...printed.keys()].sort()).toEqual([...expected.keys()].sort());
  for (const [tokenId, updates] of printed) {
    expect(updates.map((update) => update.sequence_number)).toEqual(updates.map((_, i) => i + 1));
    expectSame(updates, expected.get(tokenId)!, marketOf.get(tokenId)!);
  }
  if (seed % VERIFIED_EVERY !== 0) return;
  const { problems, updates } = await verify(sessions);
  expect(problems).toEqual([]);
  expect(updates).toBe(recorder.summary().received);
}
