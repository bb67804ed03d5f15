import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { WSSubscriptionManager } from "@nevuamarkets/poly-websockets";
import { OrderSide, type PublicClient } from "@polymarket/client";
import { fetchTickSize } from "@polymarket/client/actions";
import { openRecording } from "../../src/exchange/replay/recording.ts";
import { type RunningExchange, startExchange } from "../../src/exchange/start-exchange.ts";
import { VirtualClock } from "../../src/ports/virtual-clock.ts";
import { merge } from "../../src/read/merge.ts";
import { SessionReader } from "../../src/read/session-reader.ts";
import { VirtualRecording } from "../recorder/virtual-recording.ts";
import { DeliveredEvents } from "./delivered-events.ts";
import { judged } from "./judged-element.ts";
import { bookCacheOf, polyWebsockets } from "./poly-websockets.ts";
import { sdkClient } from "./sdk-client.ts";
import { sentElements } from "./sent-elements.ts";

/**
 * Clients of the venue that others wrote, connected to a replay by nothing but its addresses: the
 * books that they have must be those of the recording at the replay's moment.
 */

const MOMENTS = 100;
const STEP_MS = 50;
const CATCH_UP_MS_MAX = 5_000;

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  const endMs = performance.now() + CATCH_UP_MS_MAX;
  while (!(await holds()) && performance.now() < endMs) await Bun.sleep(1);
}

describe("on a replay", () => {
  const clock = new VirtualClock();
  const sessions = new Map<string, SessionReader>();
  const delivered = new DeliveredEvents();
  let recording: VirtualRecording;
  let exchange: RunningExchange;
  let manager: WSSubscriptionManager;
  let client: PublicClient;
  let tokenIds: string[];
  let following: Promise<void>;

  beforeAll(async () => {
    // Without oddities: poly-websockets applies whatever comes, twice if it comes twice.
    const venue = { markets: 3, rate: 400, seed: 12, oddities: 0 };
    recording = await VirtualRecording.start(venue);
    await recording.run(MOMENTS * STEP_MS + 500);
    await recording.recorder.stop();
    for (const folder of await recording.sessions()) {
      const session = new SessionReader(folder);
      sessions.set((await session.describe()).token_id, session);
    }
    const all = await openRecording([...sessions.values()]);
    exchange = await startExchange({
      clock,
      replay: { recording: all, fromUs: all.startUs, speed: 1, gaps: "disconnect" },
    });
    tokenIds = exchange.markets.flatMap(({ tokens }) => tokens.map(({ token_id }) => token_id));
    client = sdkClient(exchange);
    const handle = await client.subscribe([
      { topic: "market", tokenIds, customFeatureEnabled: true },
    ]);
    following = delivered.follow(handle).catch(() => {});
    const Manager = await polyWebsockets(exchange.wsUrl);
    manager = new Manager({ onError: async (error) => void errors.push(error) }, PENDING);
    await manager.addSubscriptions(tokenIds);
    await until(() => exchange.exchange.clients.length === 2);
    await until(() => manager.getStatistics().pendingAssetIds === 0);
  });

  afterAll(async () => {
    await manager.clearState();
    await client.closeSubscriptions();
    await following;
    await exchange.exchange.replay!.playback.stop();
    exchange.exchange.stop();
    await recording[Symbol.asyncDispose]();
  });

  const PENDING = { pendingFlushIntervalMs: 5 };
  const errors: Error[] = [];

  /** The books of the recording at the replay's moment, made from its blocks alone. */
  async function ours(): Promise<Levels[]> {
    const { nowUs } = exchange.exchange.replay!.playback;
    return Promise.all(
      tokenIds.map(async (tokenId) => {
        const book = await sessions.get(tokenId)!.bookAt(nowUs);
        return { bids: levels(book?.keyframe.bids), asks: levels(book?.keyframe.asks) };
      }),
    );
  }

  function ofPolyWebsockets(): Levels[] {
    return tokenIds.map((tokenId) => {
      const { bids = [], asks = [] } = bookCacheOf(manager).getBookEntry(tokenId) ?? {};
      return { bids, asks };
    });
  }

  async function ofSdk(): Promise<Levels[]> {
    const books = await client.fetchOrderBooks(tokenIds.map((tokenId) => ({ tokenId })));
    return tokenIds.map((tokenId) => {
      const { bids = [], asks = [] } = books.find((book) => String(book.tokenId) === tokenId) ?? {};
      return { bids, asks } as unknown as Levels;
    });
  }

  test(`both have the recording's books at ${MOMENTS} moments`, async () => {
    const states = new Set<string>();
    for (let moment = 0; moment < MOMENTS; moment++) {
      clock.advance(STEP_MS);
      await until(() => !exchange.exchange.replay!.playback.isBehind);
      const expected = await ours();
      await until(() => Bun.deepEquals(ofPolyWebsockets(), expected));
      expect(ofPolyWebsockets()).toEqual(expected);
      expect(await ofSdk()).toEqual(expected);
      states.add(JSON.stringify(expected));
    }
    expect(states.size).toBeGreaterThan(MOMENTS / 2);
    expect(errors).toEqual([]);
  });

  test("the venue's own library delivers every element that was recorded", async () => {
    const { playback } = exchange.exchange.replay!;
    let accepted = 0;
    for await (const item of merge([...sessions.values()], { to: playback.nowUs })) {
      if (item.kind !== "message") continue;
      accepted += sentElements(item.text).filter((element) => "event" in judged(element)).length;
    }
    expect(accepted).toBeGreaterThan(1_000);
    await delivered.reach(accepted);
    expect(delivered.digests.length).toBe(accepted);
  });

  test("the venue's own library fetches the prices of the moment", async () => {
    const books = await ours();
    for (const [i, tokenId] of tokenIds.entries()) {
      const bid = Number(books[i]!.bids.at(-1)?.price);
      const ask = Number(books[i]!.asks.at(-1)?.price);
      expect(Number(await client.fetchMidpoint({ tokenId }))).toBeCloseTo((bid + ask) / 2, 6);
      expect(Number(await client.fetchSpread({ tokenId }))).toBeCloseTo(ask - bid, 6);
      expect(Number(await client.fetchPrice({ tokenId, side: OrderSide.BUY }))).toBe(bid);
      expect(Number(await client.fetchPrice({ tokenId, side: OrderSide.SELL }))).toBe(ask);
      const [book] = await client.fetchOrderBooks([{ tokenId }]);
      expect(await fetchTickSize(client, { tokenId })).toBe(Number(book!.tickSize) as 0.01);
      expect(Number((await client.fetchLastTradePrice({ tokenId })).price)).toBeGreaterThan(0);
    }
  });

  test("lists the markets that were recorded", async () => {
    const listed: string[] = [];
    for await (const { items } of client.listMarkets({ closed: false })) {
      listed.push(...items.map(({ slug }) => String(slug)));
    }
    expect(listed.toSorted()).toEqual(exchange.markets.map(({ slug }) => slug).toSorted());
    const [first] = exchange.markets;
    const market = await client.fetchMarket({ slug: first!.slug });
    expect([market.outcomes.yes.tokenId, market.outcomes.no.tokenId].map(String)).toEqual(
      first!.tokens.map(({ token_id }) => token_id),
    );
  });
});

interface Levels {
  readonly bids: readonly { readonly price: string; readonly size: string }[];
  readonly asks: readonly { readonly price: string; readonly size: string }[];
}

function levels(list: readonly (readonly [string, string])[] = []) {
  return list.map(([price, size]) => ({ price, size }));
}
