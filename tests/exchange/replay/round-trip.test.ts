import { expect, test } from "bun:test";
import { seededRandom } from "../../../src/ports/random.ts";
import { Store } from "../../../src/read/store.ts";
import { CAPTURES_VARIABLE, readCaptures } from "../../captures.ts";
import { expectedOf } from "../../expected-updates.ts";
import { temporaryFolder } from "../../polybot-process.ts";
import { randomStream } from "../../random-stream.ts";
import { startInProcess } from "../../recorder/in-process.ts";
import { contentsOf, recordReplay, replayOf } from "./replayed-store.ts";

const STREAMS = 200;
/** Each with tokens of its own. */
const STREAMS_A_STORE = 20;
const MESSAGES = 15;
const ROTATION_MB = 0.01;
/** What the venue says to who asks for tokens that it does not have. */
const NO_BOOKS = "[]\n";

/** Records texts, replays the store, records the replay: what both stores hold of the venue. */
async function recordedTwice(texts: readonly string[], tokenIds: readonly string[]) {
  using first = temporaryFolder("memory");
  using second = temporaryFolder("memory");
  const { peer, recorder } = await startInProcess(tokenIds, {
    basePath: first.path,
    maxFileSizeMb: ROTATION_MB,
  });
  for (const text of texts) peer.socket.message(text);
  await recorder.stop();
  await using replay = await replayOf(await new Store(first.path).sessions());
  await recordReplay(replay, tokenIds, second.path);
  return { recorded: await contentsOf(first.path), again: await contentsOf(second.path) };
}

/** With hashes that cannot be any: to look for the books of random ones takes most of the time. */
function odd(text: string): string {
  return text.replaceAll(/("hash": ?")[0-9a-f](?=[0-9a-f]{39}")/g, "$1X");
}

test(`${STREAMS} random streams are recorded again from their replay as they were`, async () => {
  for (let seed = 0; seed < STREAMS; seed += STREAMS_A_STORE) {
    const streams = Array.from({ length: STREAMS_A_STORE }, (_, i) =>
      randomStream(seededRandom(5_000 + seed + i), MESSAGES),
    );
    const texts = streams.flatMap((stream, i) => (i === 0 ? stream.texts : stream.texts.map(odd)));
    const tokenIds = streams.flatMap((stream) => stream.tokenIds);
    const { recorded, again } = await recordedTwice(texts, tokenIds);
    expect(again).toEqual(recorded);
    expect(Object.keys(recorded.updates).length).toBeGreaterThan(tokenIds.length * 0.9);
    expect(recorded.messages.length).toBeGreaterThan(texts.length * 0.9);
  }
});

test("every capture is recorded again from its replay as it was", async () => {
  const captures = readCaptures();
  if (captures === undefined) {
    console.log(`${CAPTURES_VARIABLE} is not set: no captures are replayed`);
    return;
  }
  for (const { name, messages } of captures) {
    const named = new Set(messages.flatMap(expectedOf).flatMap(({ tokenIds }) => tokenIds));
    const { recorded, again } = await recordedTwice(messages, named.size > 0 ? [...named] : ["1"]);
    expect([name, recorded.messages]).toEqual([name, messages]);
    // An announcement names no token, so another had to be asked for.
    const heard = again.messages.filter((text) => named.size > 0 || text !== NO_BOOKS);
    expect([name, heard]).toEqual([name, messages]);
    if (named.size > 0) expect([name, again.updates]).toEqual([name, recorded.updates]);
  }
});
