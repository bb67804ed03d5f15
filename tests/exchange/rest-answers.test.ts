import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { type Exchange, startExchange } from "../../src/exchange/start-exchange.ts";
import { systemClock } from "../../src/ports/clock.ts";

type Fields = Record<string, unknown>;

const NOW_US = 1_790_000_000_123_456;
let exchange: Exchange;

beforeAll(async () => {
  const clock = { ...systemClock, nowUs: () => NOW_US };
  exchange = await startExchange({ markets: 7, rate: 0, seed: 1, clock });
});

afterAll(() => exchange.stop());

async function get(url: string): Promise<{ status: number; body: unknown }> {
  const response = await fetch(url);
  return { status: response.status, body: await response.json() };
}

function tokenId(market: number, token: number): string {
  return exchange.markets[market]?.tokens[token]?.token_id ?? "";
}

async function gammaSlugs(query: string): Promise<unknown[]> {
  const { body } = await get(`${exchange.gammaUrl}/markets?${query}`);
  return (body as Fields[]).map((market) => market.slug);
}

describe("the CLOB service", () => {
  test("gives a book in the hashed form", async () => {
    const { body } = await get(`${exchange.clobUrl}/book?token_id=${tokenId(2, 1)}`);
    const book = body as Fields;
    expect(Object.keys(book).join()).toBe(
      "market,asset_id,timestamp,hash,bids,asks,min_order_size,tick_size,neg_risk,last_trade_price",
    );
    expect(book.asset_id).toBe(tokenId(2, 1));
    expect(book.neg_risk).toBe(true);
    const text = JSON.stringify({ ...book, hash: "" });
    expect(book.hash).toBe(createHash("sha1").update(text).digest("hex"));
  });

  test("has no book for an unknown token", async () => {
    expect(await get(`${exchange.clobUrl}/book?token_id=77`)).toEqual({
      status: 404,
      body: { error: "No orderbook exists for the requested token id" },
    });
  });

  test("tells the time in whole seconds", async () => {
    expect((await get(`${exchange.clobUrl}/time`)).body).toBe(1_790_000_000);
  });

  test("describes a market by its condition id", async () => {
    const market = exchange.markets[4];
    const { body } = await get(`${exchange.clobUrl}/markets/${market?.market}`);
    const fields = body as Fields & { tokens: Fields[] };
    expect(fields).toMatchObject({
      condition_id: market?.market ?? "",
      market_slug: market?.slug ?? "",
      minimum_order_size: 5,
      minimum_tick_size: 0.001,
      neg_risk: false,
      active: true,
      closed: false,
      accepting_orders: true,
      enable_order_book: true,
    });
    expect(fields.tokens.map((token) => token.token_id)).toEqual([tokenId(4, 0), tokenId(4, 1)]);
    expect(fields.tokens.map((token) => token.outcome)).toEqual(["Yes", "No"]);
    expect((await get(`${exchange.clobUrl}/markets/0x0`)).status).toBe(404);
  });

  test("answers unknown paths with 404 in JSON", async () => {
    for (const path of ["/", "/ws/", "/ws/market", "/gamma", "/gamma/tags", "/markets"]) {
      expect(await get(exchange.clobUrl + path)).toEqual({
        status: 404,
        body: { error: "not found" },
      });
    }
  });
});

describe("the Gamma service", () => {
  test("finds markets by either token, by condition id and by slug", async () => {
    const slugs = exchange.markets.map(({ slug }) => slug);
    expect(
      await gammaSlugs(`clob_token_ids=${tokenId(1, 1)}&clob_token_ids=${tokenId(3, 0)}`),
    ).toEqual([slugs[1], slugs[3]]);
    expect(await gammaSlugs(`condition_ids=${exchange.markets[5]?.market}`)).toEqual([slugs[5]]);
    expect(await gammaSlugs(`slug=${slugs[6]}`)).toEqual([slugs[6]]);
    expect(await gammaSlugs("slug=unknown")).toEqual([]);
    expect(await gammaSlugs(`slug=${slugs[6]}&clob_token_ids=${tokenId(1, 1)}`)).toEqual([]);
  });

  test("respects limit and offset", async () => {
    const slugs = exchange.markets.map(({ slug }) => slug);
    expect(await gammaSlugs("")).toEqual(slugs);
    expect(await gammaSlugs("limit=2")).toEqual(slugs.slice(0, 2));
    expect(await gammaSlugs("limit=3&offset=5")).toEqual(slugs.slice(5));
  });

  test("writes lists as strings of JSON", async () => {
    const { body } = await get(`${exchange.gammaUrl}/markets?limit=1`);
    const market = (body as Fields[])[0] ?? {};
    expect(market.outcomes).toBe('["Yes", "No"]');
    expect(JSON.parse(String(market.clobTokenIds))).toEqual([tokenId(0, 0), tokenId(0, 1)]);
    expect(market).toMatchObject({
      conditionId: exchange.markets[0]?.market ?? "",
      active: true,
      closed: false,
      orderPriceMinTickSize: 0.01,
      orderMinSize: 5,
      negRisk: false,
    });
  });
});
