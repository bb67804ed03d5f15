import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { parseFaults } from "../../../src/exchange/faults/fault-spec.ts";
import { dialTo, httpTo, IN_PROCESS_URLS } from "../../../src/exchange/in-process.ts";
import type { ReplayOptions } from "../../../src/exchange/replay/replay.ts";
import { MAX_SPEED } from "../../../src/exchange/replay/replay-clock.ts";
import type { WireBook, WireElement, WirePriceChange } from "../../../src/polymarket/messages.ts";
import { merge } from "../../../src/read/merge.ts";
import { SessionReader } from "../../../src/read/session-reader.ts";
import { VirtualRecording } from "../../recorder/virtual-recording.ts";
import { pass, replayOf, runToEnd, type VirtualReplay } from "./replayed-store.ts";

const US_PER_S = 1_000_000;

/** The connection of a client that reads nothing; what it may leave unread is nearly there. */
class StuckTransport {
  unsentBytes = 16 * 1024 * 1024 - 100_000;
  readonly closed: number[] = [];

  send(text: string): void {
    this.unsentBytes += text.length;
  }

  close(code: number): void {
    this.closed.push(code);
  }

  drop(): void {}
}

/** A client in this process that keeps what it hears. */
class Listener {
  readonly texts: string[] = [];
  readonly ends: number[] = [];
  readonly #socket: ReturnType<ReturnType<typeof dialTo>>;

  constructor({ exchange }: VirtualReplay) {
    this.#socket = dialTo(exchange)(IN_PROCESS_URLS.wsUrl, {
      opened: () => {},
      message: (text) => void this.texts.push(text),
      closed: (code) => void this.ends.push(code),
    });
  }

  send(message: string | object): void {
    this.#socket.send(typeof message === "string" ? message : JSON.stringify(message));
  }

  subscribe(assets_ids: readonly string[], extra: object = {}): void {
    this.send({ assets_ids, type: "market", custom_feature_enabled: true, ...extra });
  }

  get elements(): WireElement[] {
    return this.texts.flatMap((text): WireElement[] =>
      text.startsWith("{") || text.startsWith("[") ? [JSON.parse(text)].flat() : [],
    );
  }
}

async function recorded(recording: VirtualRecording): Promise<SessionReader[]> {
  await recording.recorder.stop();
  return (await recording.sessions()).map((folder) => new SessionReader(folder));
}

async function startOf(replay: VirtualReplay, tokenIds: readonly string[]): Promise<Listener> {
  const listener = new Listener(replay);
  await pass(replay, 0);
  listener.subscribe(tokenIds);
  await pass(replay, 0);
  return listener;
}

describe("a replay", () => {
  let recording: VirtualRecording;
  let sessions: SessionReader[];
  let tokenIds: string[];

  beforeAll(async () => {
    recording = await VirtualRecording.start({ markets: 3, rate: 30, seed: 7, oddities: 0 });
    tokenIds = recording.venue.tokenIds;
    await recording.run(60_000);
    sessions = await recorded(recording);
  });

  afterAll(() => recording[Symbol.asyncDispose]());

  const replay = (options: Partial<ReplayOptions> = {}) => replayOf(sessions, options);

  test("stands still until somebody has subscribed, then says all that was recorded", async () => {
    await using served = await replay();
    for (let i = 0; i < 10; i++) await pass(served, 1_000);
    expect(served.exchange.replay!.playback.state).toBe("waiting");
    const listener = await startOf(served, tokenIds);
    await runToEnd(served);
    const messages: string[] = [];
    for await (const item of merge(sessions)) if (item.kind === "message") messages.push(item.text);
    expect(messages.length).toBeGreaterThan(1_000);
    expect(listener.texts).toEqual(messages);
  });

  test("takes as long as the recording did, at its speed", async () => {
    for (const speed of [0.5, 1, 20]) {
      await using served = await replay({ speed });
      const listener = await startOf(served, tokenIds);
      await pass(served, 0);
      const startMs = served.clock.monotonicMs();
      await runToEnd(served, 100);
      const { playback, startUs } = served.exchange.replay!;
      const us = playback.nowUs - startUs;
      expect((served.clock.monotonicMs() - startMs) * 1_000 * speed).toBeGreaterThanOrEqual(us);
      expect((served.clock.monotonicMs() - startMs - 200) * 1_000 * speed).toBeLessThan(us);
      expect(listener.texts.length).toBeGreaterThan(1_000);
    }
  });

  test("gives who comes later the books of now, with their recorded hashes", async () => {
    await using served = await replay({ speed: 1 });
    await startOf(served, tokenIds);
    for (let second = 1; second <= 20; second++) {
      await pass(served, 2_900);
      const late = await startOf(served, tokenIds);
      const books = late.elements as WireBook[];
      expect(late.texts[0]?.endsWith("]\n")).toBe(true);
      expect(books.map(({ asset_id }) => asset_id).toSorted()).toEqual(tokenIds.toSorted());
      const atUs = served.exchange.replay!.playback.nowUs;
      for (const book of books) {
        expect(Object.keys(book)).toEqual([
          "market",
          "asset_id",
          "timestamp",
          "hash",
          "bids",
          "asks",
          "tick_size",
          "event_type",
          "last_trade_price",
        ]);
        const expected = await bookAt(sessions, book.asset_id, atUs);
        const level = ([price, size]: readonly [string, string]) => ({ price, size });
        expect(book.bids).toEqual(expected!.keyframe.bids.map(level));
        expect(book.asks).toEqual(expected!.keyframe.asks.map(level));
        const answer = await httpTo(served.exchange)(`http://x/book?token_id=${book.asset_id}`);
        expect(JSON.parse(answer.text)).toMatchObject({
          hash: book.hash,
          timestamp: book.timestamp,
          bids: book.bids,
          asks: book.asks,
          tick_size: book.tick_size,
          last_trade_price: book.last_trade_price,
        });
        expect(hashOf(JSON.parse(answer.text))).toBe(book.hash);
      }
    }
  });

  test("gives each socket whole messages of what it subscribed, and nothing else", async () => {
    await using served = await replay({ speed: 1 });
    const [first = "", , third = ""] = tokenIds;
    const listener = await startOf(served, [first]);
    await pass(served, 20_000);
    listener.send("PING");
    listener.send({ operation: "subscribe", assets_ids: [third] });
    await pass(served, 20_000);
    listener.send({ operation: "unsubscribe", assets_ids: [third] });
    listener.send({ operation: "subscribe", assets_ids: [first] });
    await runToEnd(served, 1_000);
    expect(listener.texts.filter((text) => !/^[{[]/.test(text))).toEqual(["PONG", "NO NEW ASSETS"]);
    const changes = listener.elements.filter(
      (element): element is WirePriceChange => element.event_type === "price_change",
    );
    const named = changes.map(({ price_changes }) => price_changes.map(({ asset_id }) => asset_id));
    const market = new Set(tokenIds.slice(0, 2));
    const own = named.filter((ids) => ids.includes(first));
    expect(own.length).toBeGreaterThan(100);
    // Both tokens of a market come, whichever was subscribed.
    expect(own.every((ids) => ids.length % 2 === 0 && ids.every((id) => market.has(id)))).toBe(
      true,
    );
    const ofThird = named.map((ids) => ids.includes(third));
    expect(ofThird.indexOf(true)).toBeGreaterThan(100);
    expect(named.length - ofThird.lastIndexOf(true)).toBeGreaterThan(50);
    expect(named.every((ids) => ids.includes(first) || ids.includes(third))).toBe(true);
  });

  test("begins where it is told, with the books of then, and ends there", async () => {
    const startUs = (await sessions[0]!.describe()).start_timestamp * 1_000;
    const fromUs = startUs + 20 * US_PER_S;
    const toUs = startUs + 30 * US_PER_S;
    await using served = await replay({ fromUs, toUs });
    const listener = await startOf(served, tokenIds);
    await runToEnd(served);
    const messages: string[] = [];
    for await (const item of merge(sessions, { from: fromUs, to: toUs })) {
      if (item.kind === "message") messages.push(item.text);
    }
    expect(listener.texts.slice(1)).toEqual(messages);
    expect(JSON.parse(listener.texts[0]!).length).toBe(tokenIds.length);
    expect(served.exchange.replay!.playback.nowUs).toBe(toUs);
  });

  test("pauses, goes on, changes its speed and goes to another time", async () => {
    await using served = await replay({ speed: 1 });
    const { playback, startUs } = served.exchange.replay!;
    const listener = await startOf(served, tokenIds);
    await pass(served, 10_000);
    playback.isPaused = true;
    const heard = listener.texts.length;
    await pass(served, 10_000);
    expect([playback.state, listener.texts.length]).toEqual(["paused", heard]);
    expect(playback.nowUs - startUs).toBe(10 * US_PER_S);
    playback.isPaused = false;
    playback.speed = 10;
    await pass(served, 2_000);
    expect(listener.texts.length).toBeGreaterThan(heard);
    expect(playback.nowUs - startUs).toBe(30 * US_PER_S);
    served.exchange.replay!.seek(startUs + 5 * US_PER_S);
    while (listener.ends.length === 0) await pass(served, 0);
    expect(playback.nowUs - startUs).toBe(5 * US_PER_S);
    const again = await startOf(served, tokenIds);
    expect(JSON.parse(again.texts[0]!).length).toBe(tokenIds.length);
  });

  for (const speed of [50, MAX_SPEED]) {
    test(`at speed ${speed} a client that does not read costs the others nothing`, async () => {
      await using served = await replay({ speed });
      const stuck = new StuckTransport();
      const connection = served.exchange.connect(stuck);
      connection?.receive(JSON.stringify({ assets_ids: tokenIds, type: "market" }));
      const listener = await startOf(served, tokenIds);
      await runToEnd(served, 10);
      const messages: string[] = [];
      for await (const item of merge(sessions)) {
        if (item.kind === "message") messages.push(item.text);
      }
      // Time runs since the other one has subscribed.
      const heard = listener.texts.slice(1);
      expect(heard).toEqual(messages.slice(-heard.length));
      expect(heard.length).toBeGreaterThan(1_000);
      expect(stuck.closed).toEqual([1013]);
    });
  }
});

/** The session that has a token's book at a time. */
async function bookAt(sessions: readonly SessionReader[], tokenId: string, us: number) {
  for (const session of sessions.toReversed()) {
    const { token_id, start_timestamp } = await session.describe();
    if (token_id === tokenId && start_timestamp * 1_000 <= us) return session.bookAt(us);
  }
  return undefined;
}

/** Of REST's fields in their order: what the venue would have hashed. */
function hashOf(book: Record<string, unknown>): string {
  return Bun.SHA1.hash(JSON.stringify({ ...book, hash: "" }), "hex") as string;
}

describe("a gap", () => {
  const faults = parseFaults("drop,at=20s");

  interface Interrupted {
    readonly sessions: readonly SessionReader[];
    readonly tokenIds: readonly string[];
    /** Those of which something was missed. */
    readonly lost: ReadonlySet<string>;
  }

  async function withGap(run: (recorded: Interrupted) => Promise<void>) {
    const options = { markets: 3, rate: 30, seed: 8, oddities: 0, faults };
    await using recording = await VirtualRecording.start(options);
    await recording.run(40_000);
    const lost = new Set(recording.notesOf("gap").map(({ tokenId }) => tokenId));
    expect(lost.size).toBeGreaterThan(0);
    const { tokenIds } = recording.venue;
    await run({ sessions: await recorded(recording), tokenIds, lost });
  }

  test("cuts off who subscribed, and gives out no book before its end", async () => {
    await withGap(async ({ sessions, tokenIds, lost }) => {
      await using served = await replayOf(sessions, { speed: 1 });
      const listener = await startOf(served, tokenIds);
      while (listener.ends.length === 0) await pass(served, 1);
      const { playback, startUs } = served.exchange.replay!;
      expect((playback.nowUs - startUs) / US_PER_S).toBeCloseTo(20, 0);
      const again = await startOf(served, tokenIds);
      const known = again.elements.map((element) => (element as WireBook).asset_id);
      expect(known.toSorted()).toEqual(tokenIds.filter((id) => !lost.has(id)).toSorted());
      const opening = again.texts.length;
      await runToEnd(served, 10);
      // All that was recorded was heard.
      const messages: string[] = [];
      for await (const item of merge(sessions)) {
        if (item.kind === "message") messages.push(item.text);
      }
      expect([...listener.texts, ...again.texts.slice(opening)]).toEqual(messages);
    });
  });

  test("is silence if that is asked for", async () => {
    await withGap(async ({ sessions, tokenIds }) => {
      await using served = await replayOf(sessions, { gaps: "silence" });
      const listener = await startOf(served, tokenIds);
      await runToEnd(served);
      expect(listener.ends).toEqual([]);
    });
  });
});

describe("a recording", () => {
  const level = ([price, size]: readonly [string, string]) => ({ price, size });

  async function expectBooks(served: VirtualReplay, sessions: readonly SessionReader[]) {
    const { playback, venue } = served.exchange.replay!;
    const tokenIds = venue.markets.flatMap(({ identity }) => identity.tokens.map((t) => t.tokenId));
    const late = await startOf(served, tokenIds);
    const books = late.elements as WireBook[];
    expect(books.length).toBe(tokenIds.length);
    for (const { asset_id, bids, asks, hash } of books) {
      const expected = await bookAt(sessions, asset_id, playback.nowUs);
      expect({ bids, asks }).toEqual({
        bids: expected!.keyframe.bids.map(level),
        asks: expected!.keyframe.asks.map(level),
      });
      expect(hash).toMatch(/^[0-9a-f]{40}$/);
    }
  }

  test("of several sessions a token goes over their seams without a word", async () => {
    const options = { markets: 2, rate: 0.3, seed: 9, oddities: 0 };
    await using recording = await VirtualRecording.start(options, { roll: "hour" });
    await recording.run(60 * 60_000);
    const sessions = await recorded(recording);
    expect(sessions.length).toBeGreaterThan(recording.venue.tokenIds.length * 2);
    await using served = await replayOf(sessions, { speed: 1_000 });
    const listener = await startOf(served, recording.venue.tokenIds);
    for (const minute of [40, 58]) {
      const { playback, startUs } = served.exchange.replay!;
      while (playback.nowUs < startUs + minute * 60_000_000) await pass(served, 100);
      await expectBooks(served, sessions);
    }
    await runToEnd(served, 100);
    const items = await Array.fromAsync(merge(sessions));
    expect(items.filter(({ kind }) => kind === "gap")).toEqual([]);
    const messages = items.flatMap((item) => (item.kind === "message" ? [item.text] : []));
    expect(listener.texts).toEqual(messages);
    expect(listener.ends).toEqual([]);
  });

  test("that is still written is replayed as far as it is", async () => {
    const options = { markets: 2, rate: 20, seed: 10, oddities: 0 };
    await using recording = await VirtualRecording.start(options);
    await recording.run(30_000);
    for (let i = 0; i < 50; i++) await new Promise((resolve) => setImmediate(resolve));
    const sessions = (await recording.sessions()).map((folder) => new SessionReader(folder));
    await using served = await replayOf(sessions);
    const listener = await startOf(served, recording.venue.tokenIds);
    await runToEnd(served);
    expect(listener.texts.length).toBeGreaterThan(300);
    await expectBooks(served, sessions);
  });
});
