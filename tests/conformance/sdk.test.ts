import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import {
  type Market,
  type OrderBook,
  OrderSide,
  type Page,
  type Paginated,
  type PublicClient,
  RequestRejectedError,
} from "@polymarket/client";
import {
  fetchMarketInfo,
  fetchNegRisk,
  fetchTickSize,
  resolveConditionByToken,
} from "@polymarket/client/actions";
import { type RunningExchange, startExchange } from "../../src/exchange/start-exchange.ts";
import { temporaryFolder } from "../polybot-process.ts";
import { judged } from "./judged-element.ts";
import { sdkClient } from "./sdk-client.ts";
import { type SdkRun, sdkRun } from "./sdk-run.ts";

/**
 * The venue's own SDK as a judge of what our exchange says. Its schemas fail a test by throwing;
 * what they let pass without looking is compared here.
 */

const MARKETS = 10;
const UNKNOWN_TOKEN = "12345";
const NEW_MARKET = { event_type: "new_market", id: "1", market: "0x1" };

async function pagesOf<Items>(paginated: Paginated<Items[]>): Promise<Page<Items[]>[]> {
  const pages: Page<Items[]>[] = [];
  for await (const page of paginated) pages.push(page);
  return pages;
}

async function allOf<Items>(paginated: Paginated<Items[]>): Promise<Items[]> {
  return (await pagesOf(paginated)).flatMap(({ items }) => items);
}

/** A market of the SDK as the exchange introduces its own. */
function introduced({ conditionId, slug, outcomes }: Market) {
  const tokens = [outcomes.yes, outcomes.no].map(({ tokenId, label }) => ({
    token_id: tokenId,
    outcome: label,
  }));
  return { market: conditionId, slug, tokens };
}

interface Slugged {
  readonly slug?: string | null | undefined;
}

function bySlug<Item extends Slugged>(items: readonly Item[]): Item[] {
  return items.toSorted((a, b) => String(a.slug).localeCompare(String(b.slug)));
}

function bestOf(book: OrderBook): { readonly bid: number; readonly ask: number } {
  return { bid: Number(book.bids.at(-1)?.price), ask: Number(book.asks.at(-1)?.price) };
}

async function statusOf(request: Promise<unknown>): Promise<unknown> {
  const error = await request.then(
    () => undefined,
    (cause: unknown) => cause,
  );
  return error instanceof RequestRejectedError ? error.status : error;
}

describe("on a still exchange the SDK", () => {
  let exchange: RunningExchange;
  let client: PublicClient;
  let tokenIds: string[];

  beforeAll(async () => {
    exchange = await startExchange({ markets: MARKETS, rate: 0, seed: 4 });
    client = sdkClient(exchange);
    tokenIds = exchange.markets.flatMap(({ tokens }) => tokens.map((token) => token.token_id));
  });

  afterAll(async () => {
    await client.closeSubscriptions();
    await exchange.stop();
  });

  const books = () => Promise.all(tokenIds.map((tokenId) => client.fetchOrderBook({ tokenId })));

  test("lists every market once, page by page", async () => {
    const pages = await pagesOf(client.listMarkets({ pageSize: 4, closed: false }));
    expect(pages.map(({ items }) => items.length)).toEqual([4, 4, 2]);
    const listed = pages.flatMap(({ items }) => items.map(introduced));
    expect(bySlug(listed)).toEqual(bySlug(exchange.markets) as typeof listed);
  });

  test("finds markets by several slugs, conditions or tokens", async () => {
    const wanted = exchange.markets.slice(2, 4);
    const tokens = wanted.flatMap((market) => market.tokens.map(({ token_id }) => token_id));
    for (const filter of [
      { slug: wanted.map(({ slug }) => slug) },
      { conditionIds: wanted.map(({ market }) => market) },
      { clobTokenIds: tokens },
    ]) {
      const found = await allOf(client.listMarkets(filter));
      expect(bySlug(found).map(({ slug }) => slug)).toEqual(bySlug(wanted).map(({ slug }) => slug));
    }
  });

  test("fetches a market by its slug and by its id", async () => {
    for (const { slug } of exchange.markets) {
      const market = await client.fetchMarket({ slug });
      expect(market.slug).toBe(slug);
      expect(await client.fetchMarket({ id: market.id })).toEqual(market);
    }
    expect(await statusOf(client.fetchMarket({ slug: "no-such-market" }))).toBe(404);
  });

  test("lists events, page by page, with every market in one of them", async () => {
    const pages = await pagesOf(client.listEvents({ pageSize: 2 }));
    const events = pages.flatMap(({ items }) => items);
    expect(pages.slice(0, -1).every(({ items }) => items.length === 2)).toBe(true);
    const listed = events.flatMap(({ markets }) => markets.map(introduced));
    expect(bySlug(listed)).toEqual(bySlug(exchange.markets) as typeof listed);
    for (const event of events) {
      expect(await client.fetchEvent({ slug: String(event.slug) })).toEqual(event);
      expect(await client.fetchEvent({ id: event.id })).toEqual(event);
      for (const { slug } of event.markets) {
        const market = await client.fetchMarket({ slug: String(slug) });
        expect(market.events.map(({ id }) => id)).toEqual([event.id]);
      }
    }
    expect(await statusOf(client.fetchEvent({ slug: "no-such-event" }))).toBe(404);
  });

  test("lists the tags that events have", async () => {
    const tags = new Set((await allOf(client.listTags({ pageSize: 2 }))).map(({ id }) => id));
    const used = (await allOf(client.listEvents())).flatMap((event) => event.tags);
    expect(used.filter(({ id }) => !tags.has(id))).toEqual([]);
  });

  test("fetches the same books one by one and all at once", async () => {
    const single = await books();
    expect(single.map(({ tokenId }) => String(tokenId))).toEqual(tokenIds);
    const many = await client.fetchOrderBooks(tokenIds.map((tokenId) => ({ tokenId })));
    const byToken = new Map(many.map((book) => [book.tokenId, book]));
    expect(single.map(({ tokenId }) => byToken.get(tokenId)!)).toEqual(single);
    expect(many.length).toBe(single.length);
  });

  test("is told of a token without a book, and gets the others without it", async () => {
    expect(await statusOf(client.fetchOrderBook({ tokenId: UNKNOWN_TOKEN }))).toBe(404);
    const [tokenId = ""] = tokenIds;
    const many = await client.fetchOrderBooks([{ tokenId: UNKNOWN_TOKEN }, { tokenId }]);
    expect(many.map((book) => String(book.tokenId))).toEqual([tokenId]);
  });

  test("fetches the book that the stream opens with", async () => {
    const handle = await client.subscribe([{ topic: "market", tokenIds }]);
    const opened = new Map<string, unknown>();
    for await (const { type, payload } of handle) {
      if (type === "book") opened.set(payload.tokenId, payload);
      if (opened.size === tokenIds.length) break;
    }
    for (const { tokenId, bids, asks, hash, timestamp, tickSize } of await books()) {
      expect(opened.get(tokenId)).toMatchObject({ bids, asks, hash, timestamp, tickSize });
    }
  });

  test("fetches prices that are those of the book", async () => {
    for (const book of await books()) {
      const { tokenId } = book;
      const { bid, ask } = bestOf(book);
      expect(Number(await client.fetchMidpoint({ tokenId }))).toBeCloseTo((bid + ask) / 2, 6);
      expect(Number(await client.fetchSpread({ tokenId }))).toBeCloseTo(ask - bid, 6);
      // The side is that of the orders that rest, not of the one that would take them.
      expect(Number(await client.fetchPrice({ tokenId, side: OrderSide.BUY }))).toBe(bid);
      expect(Number(await client.fetchPrice({ tokenId, side: OrderSide.SELL }))).toBe(ask);
      const last = await client.fetchLastTradePrice({ tokenId });
      expect(Number(last.price)).toBeGreaterThan(0);
    }
  });

  test("fetches the same prices for many tokens at once", async () => {
    const requests = tokenIds.map((tokenId) => ({ tokenId }));
    const sides = [OrderSide.BUY, OrderSide.SELL];
    const [midpoints, spreads, lasts, prices] = await Promise.all([
      client.fetchMidpoints(requests),
      client.fetchSpreads(requests),
      client.fetchLastTradePrices(requests),
      client.fetchPrices(tokenIds.flatMap((tokenId) => sides.map((side) => ({ tokenId, side })))),
    ]);
    for (const { tokenId } of await books()) {
      expect(midpoints[tokenId]!).toBe(await client.fetchMidpoint({ tokenId }));
      expect(spreads[tokenId]!).toBe(await client.fetchSpread({ tokenId }));
      const { price, side } = await client.fetchLastTradePrice({ tokenId });
      expect(lasts.find((last) => last.tokenId === tokenId)).toEqual({ tokenId, price, side });
      for (const each of sides) {
        expect(prices[tokenId]?.[each]).toBe(await client.fetchPrice({ tokenId, side: each }));
      }
    }
  });

  test("fetches tick size, negative risk and condition of a token as its book has them", async () => {
    for (const { tokenId, tickSize, negRisk, conditionId } of await books()) {
      expect(await fetchTickSize(client, { tokenId })).toBe(Number(tickSize) as 0.01);
      expect(await fetchNegRisk(client, { tokenId })).toBe(negRisk);
      expect(await resolveConditionByToken(client, { tokenId })).toBe(conditionId);
    }
  });

  test("fetches a market's tokens by its condition", async () => {
    for (const { market, tokens } of exchange.markets) {
      const info = await fetchMarketInfo(client, { conditionId: market });
      const found = info.tokens.map(({ tokenId, outcome }) => ({ token_id: tokenId, outcome }));
      expect(found).toEqual(tokens as typeof found);
    }
  });
});

describe("from a busy exchange the SDK", () => {
  let run: SdkRun;

  beforeAll(async () => {
    const series = { series: 4, windowS: 30 };
    run = await sdkRun({ seconds: 60, pace: 6, markets: 10, rate: 150, seed: 5, ...series });
  });

  test("delivers every element that was sent, in order", () => {
    expect(run.problems).toEqual([]);
    expect(run.delivered).toEqual(run.sent);
    expect(run.delivered.book).toBeGreaterThanOrEqual(20);
    expect(run.delivered.price_change).toBeGreaterThan(2_000);
    expect(run.delivered.last_trade_price).toBeGreaterThan(0);
    expect(run.delivered.tick_size_change).toBeGreaterThan(0);
  });

  test("gets the events of the custom features that it asks for", () => {
    expect(run.delivered.best_bid_ask).toBeGreaterThan(0);
    expect(run.delivered.new_market).toBeGreaterThan(0);
    expect(run.delivered.market_resolved).toBeGreaterThan(0);
  });
});

describe("an element that the SDK drops", () => {
  test("is missed and named", async () => {
    using folder = temporaryFolder();
    const messagesFile = join(folder.path, "messages");
    const elements = [{ line: "1.5" }, { line: 1.5 }, { line: "2.5" }].map((fields) =>
      JSON.stringify({ ...NEW_MARKET, ...fields }),
    );
    await Bun.write(messagesFile, elements.join("\n"));
    const { sent, delivered, problems } = await sdkRun({ seconds: 0.5, messagesFile });
    expect(sent).toEqual({ new_market: 3 });
    expect(delivered).toEqual({ new_market: 2 });
    expect(problems).toEqual([
      `new_market refused: line: Invalid input: expected string, received number: ${elements[1]}`,
    ]);
  });
});

describe("the SDK's schema", () => {
  test("takes a game's start as the venue writes it", () => {
    const judgement = judged({ ...NEW_MARKET, game_start_time: "2026-08-23 19:00:00+00" });
    expect("event" in judgement && judgement.event.payload).toMatchObject({
      gameStartTime: "2026-08-23 19:00:00+00",
    });
  });

  test("names what it refuses, also where it throws", () => {
    expect(judged({ ...NEW_MARKET, line: 1.5 })).toEqual({
      refusal: "line: Invalid input: expected string, received number",
    });
    expect(judged({ ...NEW_MARKET, condition_id: "" })).toEqual({
      refusal: expect.stringContaining("throws TypeError") as string,
    });
  });
});
