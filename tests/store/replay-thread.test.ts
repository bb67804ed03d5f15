import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { JournalRecords } from "../../src/format/journal-record.ts";
import { NO_NAMES } from "../../src/format/metadata.ts";
import { decode } from "../../src/polymarket/decode.ts";
import { systemClock } from "../../src/ports/clock.ts";
import { seededRandom } from "../../src/ports/random.ts";
import type { ReplayRequest } from "../../src/store/journal-replay.ts";
import { replayThread } from "../../src/store/replay-thread.ts";
import { LocalReplayer, type Replayer } from "../../src/store/replayer.ts";
import { MarketMessages } from "../bench/streams/market-messages.ts";
import { ROOT, temporaryFolder } from "../polybot-process.ts";

/** A token's opening book and some changes of it, as a journal has them. */
function request(): ReplayRequest {
  const source = new MarketMessages(1, 20, seededRandom(3));
  const [{ tokenId, market }] = source.tokenIds as [{ tokenId: string; market: string }];
  const records = new JournalRecords();
  let sequence = 0;
  for (const text of [...source.books(), ...source.next(1500)]) {
    for (const { tokenIds, event, place } of decode(text)) {
      if (!tokenIds.includes(tokenId)) continue;
      sequence++;
      const arrival = { receivedUs: 1_790_000_000_000_000 + sequence * 1000, socket: 1, place };
      records.update(1, sequence, event, arrival, { tokenId, market });
    }
  }
  return {
    records: records.take().payload,
    described: {
      ...{ tokenId, market, sessionId: "", names: NO_NAMES, predecessor: null },
      ...{ startUs: 1_790_000_000_001_000, firstSequence: 1 },
    },
    after: 0,
    lastUs: 1_790_000_009_000_000,
  };
}

/** The same with a record that is cut off. */
function damagedRequest(): ReplayRequest {
  const { records, ...others } = request();
  return { ...others, records: records.slice(0, -3) };
}

async function expectReplays(replayer: Replayer): Promise<void> {
  const here = await new LocalReplayer(systemClock).replay(request());
  expect(here.updates).toBeGreaterThan(1000);
  expect(here.counts.matched).toBeGreaterThan(1000);
  expect(here.blocks.length).toBeGreaterThan(1);
  // Several at a time, each with its own answer.
  const replayed = await Promise.all([replayer.replay(request()), replayer.replay(request())]);
  expect(replayed).toEqual([here, here]);
}

async function failureOf(replay: Promise<unknown>): Promise<unknown> {
  return replay.then(
    () => undefined,
    (error) => error,
  );
}

describe("the thread that replays journals", () => {
  test("makes the blocks that are made here", async () => {
    const replayer = await replayThread();
    expect(replayer).not.toBeInstanceOf(LocalReplayer);
    await expectReplays(replayer);
    replayer.stop();
  });

  test("tells of damage as it is told of here, and goes on", async () => {
    const replayer = await replayThread();
    const [damaged, next] = [replayer.replay(damagedRequest()), replayer.replay(request())];
    const there = await failureOf(damaged);
    expect(there).toMatchObject({ name: "PolybotError", code: "DAMAGED" });
    const here = await failureOf(new LocalReplayer(systemClock).replay(damagedRequest()));
    expect(there).toEqual(here);
    expect((await next).updates).toBeGreaterThan(1000);
    replayer.stop();
  });

  test("leaves nobody waiting when it ends", async () => {
    const replayer = await replayThread();
    const waiting = failureOf(replayer.replay(request()));
    replayer.stop();
    expect(String(await waiting)).toContain("ended");
    expect(String(await failureOf(replayer.replay(request())))).toContain("ended");
  });

  test("is done without where its code is missing", async () => {
    using folder = temporaryFolder();
    const entrypoints = [join(ROOT, "src/store/replay-thread.ts")];
    await Bun.build({ entrypoints, outdir: folder.path, target: "bun" });
    const bundled = (await import(join(folder.path, "replay-thread.js"))) as {
      readonly replayThread: typeof replayThread;
    };
    const replayer = await bundled.replayThread();
    await expectReplays(replayer);
    replayer.stop();
  });
});
