import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import type {
  PolymarketPriceUpdateEvent,
  WSSubscriptionManager,
} from "@nevuamarkets/poly-websockets";
import {
  type RunningExchange,
  type ServerOptions,
  startExchange,
} from "../../src/exchange/start-exchange.ts";
import type { WireBook, WireElement, WireLevel } from "../../src/polymarket/messages.ts";
import { VirtualClock } from "../../src/ports/virtual-clock.ts";
import { temporaryFolder } from "../polybot-process.ts";
import { bookCacheOf, polyWebsockets } from "./poly-websockets.ts";
import { sentTexts } from "./sent-texts.ts";

/**
 * A client of the venue that somebody else wrote, as a judge of what our exchange says: the books
 * that it keeps from the exchange's messages must be the exchange's.
 *
 * What version 1.0.2 does not claim, and is not asked for here:
 * - It applies whatever comes, whatever its time or hash: a duplicate that comes late leaves a
 *   wrong level until the next change of it.
 * - A change for two tokens of which the first has no book yet is not applied to the second.
 * - Custom events are not asked for; one without `asset_id` is dropped, another is an error.
 * - Its midpoint has three decimals, and a new book does not renew its midpoint and spread.
 */

/**
 * Of a venue that sends nothing twice and nothing late, since the library applies it all. Nor may
 * REST refuse to be asked for books all the time.
 */
const EXCHANGE: ServerOptions = {
  markets: 5,
  rate: 600,
  seed: 12,
  oddities: 0,
  delayMs: 0,
  rateLimits: false,
};

const MOMENTS = 100;
/** Virtual time from moment to moment; the exchange is still between them. */
const STEP_MS = 50;
/** Halfway through, when half of the tokens are added, and later one leaves and comes back. */
const ADD_AT = 30;
const REMOVE_AT = 50;
const READD_AT = 70;

/** How long the library may take for what was sent before a moment. */
const CATCH_UP_MS_MAX = 5_000;
const FLUSH_MS = 5;

const KINDS = ["book", "price_change", "last_trade_price", "tick_size_change"] as const;

interface Levels {
  readonly bids: readonly WireLevel[];
  readonly asks: readonly WireLevel[];
}

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  const endMs = performance.now() + CATCH_UP_MS_MAX;
  while (!(await holds()) && performance.now() < endMs) await Bun.sleep(1);
}

describe("a third party's client", () => {
  const folder = temporaryFolder();
  const logFile = join(folder.path, "log");
  const clock = new VirtualClock();
  const handedOut: Record<string, number> = Object.fromEntries(KINDS.map((kind) => [kind, 0]));
  const errors: Error[] = [];
  const priceUpdates: string[] = [];
  let exchange: RunningExchange;
  let manager: WSSubscriptionManager;
  let tokenIds: string[];

  /** Library and exchange, one beside the other, for every token that is subscribed. */
  async function books(): Promise<{ readonly theirs: Levels[]; readonly ours: Levels[] }> {
    const subscribed = manager.getAssetIds().toSorted();
    const theirs = subscribed.map((tokenId) => {
      const { bids = [], asks = [] } = bookCacheOf(manager).getBookEntry(tokenId) ?? {};
      return { bids, asks };
    });
    const ours = subscribed.map(async (tokenId) => {
      const answer = await fetch(`${exchange.clobUrl}/book?token_id=${tokenId}`);
      const { bids = [], asks = [] } = (await answer.json()) as Partial<WireBook>;
      return { bids, asks };
    });
    return { theirs, ours: await Promise.all(ours) };
  }

  async function areEqual(): Promise<boolean> {
    const { theirs, ours } = await books();
    return Bun.deepEquals(theirs, ours);
  }

  function count(events: readonly { readonly event_type: string }[]): void {
    for (const { event_type } of events) handedOut[event_type] = (handedOut[event_type] ?? 0) + 1;
  }

  /** The best levels beside those that the exchange named with the change. */
  function noteBest({ asset_id, book, triggeringEvent }: PolymarketPriceUpdateEvent): void {
    if (triggeringEvent.event_type !== "price_change") return;
    const entry = triggeringEvent.price_changes.findLast((change) => change.asset_id === asset_id);
    const theirs = `${book.bids.at(-1)?.price} ${book.asks.at(-1)?.price}`;
    const ours = `${entry?.best_bid} ${entry?.best_ask}`;
    priceUpdates.push(theirs === ours ? "as named" : `${theirs} is not ${ours}`);
  }

  beforeAll(async () => {
    exchange = await startExchange({ ...EXCHANGE, clock, logFile });
    tokenIds = exchange.markets.flatMap(({ tokens }) => tokens.map((token) => token.token_id));
    const Manager = await polyWebsockets(exchange.wsUrl);
    manager = new Manager(
      {
        onBook: async (events) => count(events),
        onPriceChange: async (events) => count(events),
        onLastTradePrice: async (events) => count(events),
        onTickSizeChange: async (events) => count(events),
        onPolymarketPriceUpdate: async (events) => events.forEach(noteBest),
        onError: async (error) => {
          errors.push(error);
        },
      },
      { pendingFlushIntervalMs: FLUSH_MS },
    );
  });

  afterAll(async () => {
    await manager.clearState();
    folder[Symbol.dispose]();
  });

  test(`has the exchange's books at ${MOMENTS} moments`, async () => {
    const half = tokenIds.length / 2;
    const [leaving = ""] = tokenIds;
    await manager.addSubscriptions(tokenIds.slice(0, half));
    await until(areEqual);
    const states = new Set<string>();
    for (let moment = 0; moment < MOMENTS; moment++) {
      if (moment === ADD_AT) await manager.addSubscriptions(tokenIds.slice(half));
      if (moment === REMOVE_AT) await manager.removeSubscriptions([leaving]);
      if (moment === READD_AT) await manager.addSubscriptions([leaving]);
      await until(() => manager.getStatistics().pendingAssetIds === 0);
      // An answer to what is asked after the library's request: the exchange has read that, too.
      await books();
      clock.advance(STEP_MS);
      await until(areEqual);
      const { theirs, ours } = await books();
      expect(theirs).toEqual(ours);
      states.add(JSON.stringify(ours));
    }
    expect(manager.getAssetIds().toSorted()).toEqual(tokenIds.toSorted());
    expect(states.size).toBeGreaterThan(MOMENTS / 2);
    expect(errors).toEqual([]);
  });

  test("has the best prices that the exchange names with each change", () => {
    expect(priceUpdates.filter((update) => update !== "as named")).toEqual([]);
    expect(priceUpdates.length).toBeGreaterThan(MOMENTS / 5);
  });

  test("hands out every event that the exchange sent", async () => {
    await stopped();
    const sent: Record<string, number> = Object.fromEntries(KINDS.map((kind) => [kind, 0]));
    for await (const { text } of sentTexts(logFile)) {
      for (const { event_type } of [JSON.parse(text)].flat() as WireElement[]) {
        sent[event_type] = (sent[event_type] ?? 0) + 1;
      }
    }
    await until(() => Bun.deepEquals(handedOut, sent));
    expect(handedOut).toEqual(sent);
    expect(sent.last_trade_price).toBeGreaterThan(0);
  });

  /** Stopping may wait on the clock. */
  async function stopped(): Promise<void> {
    let isStopped = false;
    const stopping = exchange.stop().then(() => {
      isStopped = true;
    });
    await until(() => {
      clock.advance(1);
      return isStopped;
    });
    await stopping;
  }
});
