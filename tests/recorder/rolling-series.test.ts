import { describe, expect, test } from "bun:test";
import { describeSession, type SessionDescription } from "../../src/read/session-description.ts";
import { namedMarkets } from "../../src/recorder/market-source.ts";
import { byToken, expectedByToken, expectSame } from "../expected-updates.ts";
import { SelectedRecording } from "./selected-recording.ts";
import { VirtualRecording } from "./virtual-recording.ts";

const MINUTE = 60_000;
const MS_PER_SECOND = 1_000;
/** A window's token, as the store has it while the recorder lives. */
type Stored = Pick<SessionDescription, "token_id" | "slug" | "outcome" | "end_reason">;

async function sessionsOf(recording: VirtualRecording): Promise<Stored[]> {
  const described = (await recording.sessions()).map((session) => describeSession(session));
  return (await Promise.all(described)).filter(({ token_id }) => token_id !== "");
}

describe("windows of a series", () => {
  test("are subscribed before they open, and sealed with their outcome", async () => {
    const texts: string[] = [];
    const log = (line: { readonly text?: string; readonly fault?: string }) => {
      if (line.text !== undefined && line.fault === undefined) texts.push(line.text);
    };
    await using selected = await SelectedRecording.start({ rate: 5, seed: 3, log });
    const { recording, ended, bookedMs } = selected;
    const startMs = selected.nowMs;
    await selected.run(8 * MINUTE + 10_000);

    expect(ended.length).toBeGreaterThanOrEqual(7);
    const sessions = await sessionsOf(recording);
    for (const { market, outcome, truth } of ended) {
      expect(outcome).toBe(truth!);
      const opensMs = Number(market.slug.split("-").at(-1)) * MS_PER_SECOND;
      for (const { tokenId, outcome: name } of market.outcomes) {
        expect(bookedMs.get(tokenId)!).toBeLessThan(Math.max(opensMs, startMs + MS_PER_SECOND));
        const own = sessions.filter(({ token_id }) => token_id === tokenId);
        const { slug } = market;
        expect(own).toMatchObject([{ slug, outcome: name, end_reason: "end" }]);
        const [note, ...more] = recording.notesOf("resolved").filter((n) => n.tokenId === tokenId);
        expect(note).toMatchObject({ cause: outcome });
        expect(more).toEqual([]);
      }
    }
    // The present ones go on.
    const live = sessions.filter(({ end_reason }) => end_reason === null);
    expect(live.length).toBeGreaterThanOrEqual(6);
    expect(recording.writer.sockets).toEqual([1]);
    const { disconnects, dropped, foreign, connects } = recording.recorder.summary();
    expect([disconnects, dropped, foreign, connects]).toEqual([0, 0, 0, 1]);
    expect(recording.warnings).toEqual([]);

    const printed = byToken(await recording.stored());
    const said = texts.filter((text) => text !== "PONG");
    const expected = expectedByToken(said, new Set(bookedMs.keys()));
    for (const { outcomes, conditionId } of ended.map(({ market }) => market)) {
      for (const { tokenId } of outcomes) {
        expectSame(printed.get(tokenId)!, expected.get(tokenId)!, conditionId);
      }
    }
    expect((await recording.verify()).problems).toEqual([]);
  });

  test("leave a token that was named by its id, when they end", async () => {
    const seed = 5;
    const any = await VirtualRecording.start({ markets: 0, series: 1, windowS: 60, seed });
    const named = any.venue.tokenIds[0]!;
    await any[Symbol.asyncDispose]();
    await using selected = await SelectedRecording.start({ rate: 5, seed, tokenIds: [named] });
    const { recording, ended } = selected;
    await selected.run(4 * MINUTE);
    const first = ended.find(({ market }) => market.outcomes.some((t) => t.tokenId === named))!;
    const reasons = new Map(
      (await sessionsOf(recording)).map(({ token_id, end_reason }) => [token_id, end_reason]),
    );
    const own = first.market.outcomes.map(({ tokenId }) => [tokenId, reasons.get(tokenId)]);
    expect(own.toSorted()).toEqual(
      first.market.outcomes
        .map(({ tokenId }) => [tokenId, tokenId === named ? null : "end"])
        .toSorted(),
    );
    const told = recording.notesOf("resolved").filter(({ tokenId }) => tokenId === named);
    expect(told).toMatchObject([{ cause: first.outcome }]);
  });
});

describe("a socket whose tokens have all settled", () => {
  const LAST = { connects: 3, disconnects: 0, reconnects: 0 };

  test("is no loss, however the venue says it", async () => {
    for (const seed of [1, 2, 3, 4]) {
      const windows = { markets: 0, series: 1, windowS: 60, rate: 5, tokensPerSocket: 2, seed };
      await using recording = await VirtualRecording.start(windows);
      await recording.run(8 * MINUTE);
      expect(recording.recorder.summary(), `seed ${seed}`).toMatchObject(LAST);
      expect(recording.writer.sockets).toEqual([]);
      expect(recording.warnings).toEqual([]);
    }
  });

  test("ends the sessions of a selection that is over", async () => {
    const options = { rate: 5, tokensPerSocket: 2 };
    await using selected = await SelectedRecording.start(options, (slugs) => namedMarkets(slugs));
    const { recording, ended } = selected;
    await selected.run(8 * MINUTE);
    expect(ended).toHaveLength(3);
    const reasons = (await sessionsOf(recording)).map(({ end_reason }) => end_reason);
    expect(reasons).toEqual(Array(6).fill("end"));
    expect(recording.recorder.summary()).toMatchObject({ ...LAST, tokens: 6, books: 6 });
    expect(recording.warnings).toEqual([]);
  });
});
