import { expect, test } from "bun:test";
import { seededRandom } from "../../src/ports/random.ts";
import { merge } from "../../src/read/merge.ts";
import { Store } from "../../src/read/store.ts";
import { readCaptures } from "../captures.ts";
import { expectedOf } from "../expected-updates.ts";
import { temporaryFolder } from "../polybot-process.ts";
import { randomStream } from "../random-stream.ts";
import { startInProcess } from "./in-process.ts";

/** Records texts with all their tokens, and puts the messages of the store together again. */
async function recordedTexts(texts: readonly string[]): Promise<string[]> {
  using folder = temporaryFolder("memory");
  const named = texts.flatMap(expectedOf).flatMap(({ tokenIds }) => tokenIds);
  const tokenIds = [...new Set(["1", ...named])];
  const { peer, recorder } = await startInProcess(tokenIds, { basePath: folder.path });
  for (const text of texts) peer.socket.message(text);
  await recorder.stop();

  const recorded: string[] = [];
  for await (const item of merge(await new Store(folder.path).sessions())) {
    if (item.kind !== "message") continue;
    expect(item.leftOut).toEqual([]);
    recorded.push(item.text);
  }
  return recorded;
}

test("random messages come back from the store byte for byte", async () => {
  for (let seed = 0; seed < 20; seed++) {
    // An announcement that comes again is stored once.
    const texts = randomStream(seededRandom(seed), 200).texts.filter(
      (text) => !text.includes("new_market"),
    );
    expect(await recordedTexts(texts)).toEqual([...texts]);
  }
});

test("captured messages come back from the store byte for byte", async () => {
  for (const { name, messages } of readCaptures() ?? []) {
    expect([name, await recordedTexts(messages)]).toEqual([name, messages]);
  }
});
