import { expect, test } from "bun:test";
import { messageText } from "../../src/format/message-text.ts";
import { seededRandom } from "../../src/ports/random.ts";
import { SessionReader } from "../../src/read/session-reader.ts";
import { Store } from "../../src/read/store.ts";
import type { Update } from "../../src/read/update.ts";
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

  const messages = new Map<number, Update[]>();
  for (const session of await new Store(folder.path).folders()) {
    for await (const update of new SessionReader(session)) {
      if (update.update_type === "note") continue;
      const pieces = messages.get(update.received_us);
      if (pieces === undefined) messages.set(update.received_us, [update]);
      else pieces.push(update);
    }
  }
  return [...messages]
    .sort(([a], [b]) => a - b)
    .map(([, pieces]) => messageText(pieces.sort((a, b) => rank(a) - rank(b))));
}

/** The place in the message as one number; no message has a million entries. */
function rank({ place }: Update): number {
  return place.element * 1e6 + place.entry;
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
