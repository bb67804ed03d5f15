import { describe, expect, test } from "bun:test";
import { sumSpans } from "../../src/book/coverage-sums.ts";
import { coverage } from "../../src/read/coverage.ts";
import type { SessionFolder } from "../../src/read/session-folder.ts";
import { SessionReader } from "../../src/read/session-reader.ts";
import { Store } from "../../src/read/store.ts";
import type { Update } from "../../src/read/update.ts";
import { verify } from "../../src/read/verify.ts";
import { HELD_MAX } from "../../src/recorder/held-updates.ts";
import { LockWait } from "../../src/recorder/lock-wait.ts";
import { temporaryFolder } from "../polybot-process.ts";
import { startInProcess } from "./in-process.ts";
import { VirtualRecording } from "./virtual-recording.ts";

const WAIT_MS = 60_000;

/** What happens to the one that waits just before the first ends. */
type Interrupt = (second: VirtualRecording) => Promise<void>;

/** A recording, another that waits for its tokens, and what a store has when both have ended. */
async function recordedInTurn(rate: number, togetherMs: number, interrupt?: Interrupt) {
  using folder = temporaryFolder("memory");
  const storage = { basePath: folder.path };
  await using first = await VirtualRecording.start({ markets: 2, rate, seed: 3 }, storage);
  const { venue } = first;
  await first.run(10_000);
  await using second = await VirtualRecording.start({ venue }, storage);
  const wait = new LockWait({
    clock: venue.clock,
    waitMs: WAIT_MS,
    claim: () => second.writer.claim(venue.tokenIds),
    claimed: () => second.recorder.join(),
  });
  expect(wait.refusal?.message).toContain(`process ${process.pid} `);
  await second.run(togetherMs);
  const waiting = second.recorder.summary();
  expect(waiting).toMatchObject({ books: 4, received: 0, stored: 0, dropped: 0 });
  expect(second.writer.phase(venue.tokenIds[0]!)).toBeUndefined();
  await interrupt?.(second);
  const endUs = venue.clock.nowUs();
  await first.recorder.stop();
  await second.run(10_000);
  expect(wait.refusal).toBeUndefined();
  await second.recorder.stop();

  const { received, stored, hashes } = second.recorder.summary();
  expect(received).toBe(stored);
  expect(hashes.missed).toBe(0);
  const sessions = await new Store(folder.path).folders();
  expect((await verify(sessions)).problems).toEqual([]);
  const covered = await Array.fromAsync(coverage(sessions));
  return { firstUpdates: await firstUpdatesOf(sessions, venue.tokenIds), endUs, covered };
}

/** The first update of each session of each token. */
async function firstUpdatesOf(
  sessions: readonly SessionFolder[],
  tokenIds: readonly string[],
): Promise<Update[][]> {
  const firstOf = async (session: SessionFolder) => {
    for await (const update of new SessionReader(session)) return update;
    throw new Error("an empty session");
  };
  const updates = await Promise.all(sessions.map(firstOf));
  return tokenIds.map((tokenId) => updates.filter(({ token_id }) => token_id === tokenId));
}

describe("a recorder whose tokens are another's", () => {
  test("stores nothing until that has ended, and then from its own opening books on", async () => {
    const { firstUpdates, endUs, covered } = await recordedInTurn(100, 5_000);
    for (const [, joined, ...others] of firstUpdates) {
      expect(others).toEqual([]);
      expect(joined!.update_type).toBe("book");
      expect(joined!.received_us).toBeLessThan(endUs - 4_000_000);
    }
    expect(covered).toHaveLength(4);
    for (const { spans, from_us, to_us } of covered) {
      const { gaps, suspect_us, verified_us } = sumSpans(spans);
      expect({ gaps, suspect_us }).toEqual({ gaps: 0, suspect_us: 0 });
      expect(verified_us).toBeGreaterThan((to_us - from_us) * 0.9);
    }
  });

  test("has a gap if its connection was lost when that ended", async () => {
    const { firstUpdates, endUs, covered } = await recordedInTurn(100, 5_000, async (second) => {
      second.venue.exchange.addFault({ kind: "drop", socket: 2 });
      await second.run(100, 100);
      expect(second.writer.sockets).toEqual([]);
    });
    for (const [i, { spans }] of covered.entries()) {
      const joined = firstUpdates[i]![1]!;
      expect(joined.update_type).toBe("book");
      expect(spans.filter(({ state }) => state === "gap")).toMatchObject([
        { cause: "not-recording", toUs: joined.received_us },
      ]);
      expect(joined.received_us).toBeGreaterThan(endUs);
    }
  });

  test("leaves no gap in quiet tokens", async () => {
    const { covered } = await recordedInTurn(0, 5_000);
    expect(covered.map(({ spans }) => sumSpans(spans).gaps)).toEqual([0, 0, 0, 0]);
  });

  test("has the books sent anew if it had to wait through too much", async () => {
    using folder = temporaryFolder("memory");
    const options = { isWaiting: true };
    const { peer, recorder } = await startInProcess(["11"], { basePath: folder.path }, options);
    const announcement = (id: number) => JSON.stringify({ event_type: "new_market", id });
    for (let id = 0; id <= HELD_MAX; id++) peer.socket.message(announcement(id));
    const subscriptions = peer.sent.length;
    recorder.join();
    // Subscriptions are paced.
    while (peer.sent.length < subscriptions + 2) await Bun.sleep(10);
    const sent = peer.sent.slice(subscriptions).map((text) => JSON.parse(text));
    expect(sent).toMatchObject([
      { operation: "unsubscribe", assets_ids: ["11"] },
      { operation: "subscribe", assets_ids: ["11"] },
    ]);
    expect(recorder.summary()).toMatchObject({ received: 0, stored: 0 });
    peer.socket.message(announcement(-1));
    await recorder.stop();
    expect(recorder.summary()).toMatchObject({ received: 1, stored: 1 });
  });
});
