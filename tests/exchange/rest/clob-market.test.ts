import { describe, expect, test } from "bun:test";
import { AskedVenue, type Fields, START_MS } from "./asked-venue.ts";

const NOT_FOUND = { status: 404, value: { error: "market not found" } };
const UNKNOWN_ID = `0x${"ab".repeat(32)}`;

describe("GET /markets/{condition id}", () => {
  test("describes a market", () => {
    const venue = new AskedVenue();
    const { identity, tickSize } = venue.market(2);
    const value = venue.read<Fields & { tokens: Fields[] }>(`/markets/${identity.market}`);
    expect(value).toMatchObject({
      condition_id: identity.market,
      question_id: identity.questionId,
      market_slug: identity.slug,
      question: identity.question,
      minimum_order_size: Number(identity.minOrderSize),
      minimum_tick_size: tickSize / 10_000,
      neg_risk: true,
      neg_risk_market_id: identity.event.negRiskMarketId,
      active: true,
      closed: false,
      accepting_orders: true,
      enable_order_book: true,
      game_start_time: null,
      tags: identity.event.tags.map(({ label }) => label),
    });
    expect(value.tokens.map(({ token_id }) => token_id)).toEqual([
      venue.tokenId(2, 0),
      venue.tokenId(2, 1),
    ]);
    expect(value.tokens.map(({ outcome }) => outcome)).toEqual(["Yes", "No"]);
    expect(value.tokens.map(({ winner }) => winner)).toEqual([false, false]);
    expect(Number(value.tokens[0]?.price) + Number(value.tokens[1]?.price)).toBeCloseTo(1, 9);
  });

  test("follows a market to its end", () => {
    const venue = new AskedVenue({ markets: 0, series: 1 });
    const url = `/markets/${venue.market(0).identity.market}`;
    venue.clock.advance(65_000);
    const ended = venue.read<Fields & { tokens: Fields[] }>(url);
    expect(ended).toMatchObject({
      accepting_orders: false,
      closed: false,
      enable_order_book: true,
    });
    // The outcome is not told before it is settled.
    expect(ended.tokens.map((token) => token.winner)).toEqual([false, false]);
    venue.clock.advance(30_000);
    const settled = venue.read<Fields & { tokens: Fields[] }>(url);
    expect(settled).toMatchObject({
      accepting_orders: false,
      closed: true,
      enable_order_book: false,
    });
    const { winner } = venue.market(0);
    expect(settled.tokens.map((token) => [token.winner, token.price])).toEqual(
      winner === 0
        ? [
            [true, 1],
            [false, 0],
          ]
        : [
            [false, 0],
            [true, 1],
          ],
    );
  });

  test("tells an unknown id from what is none", () => {
    const venue = new AskedVenue();
    for (const path of ["/markets", "/clob-markets"]) {
      expect(venue.get(`${path}/${UNKNOWN_ID}`)).toEqual(NOT_FOUND);
      expect(venue.get(`${path}/0x0`)).toEqual({ status: 400, value: { error: "Invalid market" } });
    }
  });
});

test("GET /clob-markets/{condition id} says it in short, with numbers", () => {
  const venue = new AskedVenue();
  const { identity, tickSize } = venue.market(2);
  expect(venue.read(`/clob-markets/${identity.market}`)).toMatchObject({
    t: [
      { t: venue.tokenId(2, 0), o: "Yes" },
      { t: venue.tokenId(2, 1), o: "No" },
    ],
    c: identity.market,
    mos: Number(identity.minOrderSize),
    mts: tickSize / 10_000,
    ao: true,
    nr: true,
    fd: { r: 0.07, e: 1, to: true },
  });
});

describe("what is asked of a market by its token", () => {
  test("its ids, its tick and whether it shares its risk", () => {
    const venue = new AskedVenue();
    const [yes, no] = [venue.tokenId(2, 0), venue.tokenId(2, 1)];
    expect(venue.read(`/markets-by-token/${no}`)).toEqual({
      condition_id: venue.market(2).identity.market,
      primary_token_id: yes,
      secondary_token_id: no,
    });
    expect(venue.read(`/tick-size?token_id=${no}`)).toEqual({
      minimum_tick_size: venue.market(2).tickSize / 10_000,
    });
    expect(venue.read(`/neg-risk?token_id=${no}`)).toEqual({ neg_risk: true });
    expect(venue.read(`/neg-risk?token_id=${venue.tokenId(0, 0)}`)).toEqual({ neg_risk: false });
  });

  test("is known of settled markets, not of strangers", () => {
    const venue = new AskedVenue({ markets: 0, series: 1 });
    const token = venue.tokenId(0, 0);
    venue.clock.advance(95_000);
    for (const url of ["/markets-by-token/", "/tick-size?token_id=", "/neg-risk?token_id="]) {
      expect(venue.get(url + token).status, url).toBe(200);
      expect(venue.get(`${url}77`), url).toEqual(NOT_FOUND);
      expect(venue.get(`${url}abc`), url).toEqual({
        status: 400,
        value: { error: "Invalid token id" },
      });
    }
  });
});

describe("the rest of the CLOB", () => {
  test("tells whole seconds of the venue's clock", () => {
    const venue = new AskedVenue();
    venue.clock.advance(1_999);
    expect(venue.read<number>("/time")).toBe(START_MS / 1_000 + 1);
    venue.simulation.conditions.clockStepMs = -10_000;
    expect(venue.read<number>("/time")).toBe(START_MS / 1_000 - 9);
  });

  test("keeps no history", () => {
    const venue = new AskedVenue();
    expect(venue.read(`/prices-history?market=${venue.tokenId(0, 0)}`)).toEqual({ history: [] });
  });

  test("answers unknown paths and methods in JSON", () => {
    const venue = new AskedVenue();
    const notFound = { status: 404, body: '{"error":"not found"}' };
    for (const path of ["/", "/ws/", "/markets", "/markets/", "/gamma", "/gamma/", "/gamma/x"]) {
      expect(venue.answer("GET", path), path).toMatchObject(notFound);
    }
    const wrongMethod = { status: 405, body: '{"error":"method not allowed"}' };
    expect(venue.answer("POST", "/book")).toMatchObject(wrongMethod);
    expect(venue.answer("GET", "/books")).toMatchObject(wrongMethod);
    expect(venue.answer("GET", "/time").headers).toEqual({ "content-type": "application/json" });
    expect(venue.answer("GET", "/x").headers).toEqual({ "content-type": "application/json" });
  });
});
