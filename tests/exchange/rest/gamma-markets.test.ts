import { describe, expect, test } from "bun:test";
import { fetchMarketNames } from "../../../src/polymarket/gamma.ts";
import { AskedVenue, emptySide, type Fields } from "./asked-venue.ts";

function slugOf(venue: AskedVenue, index: number): string {
  return venue.market(index).identity.slug;
}

/** A venue after a minute and a half: of three windows one is settled, and two follow. */
function afterOneWindow(): AskedVenue {
  const venue = new AskedVenue({ markets: 2, series: 1 });
  venue.clock.advance(105_000);
  return venue;
}

function settledIndex(venue: AskedVenue): number {
  return venue.simulation.markets.findIndex(({ phase }) => phase === "settled");
}

describe("GET /gamma/markets", () => {
  test("finds markets by any of their names, several at once", () => {
    const venue = new AskedVenue();
    const { identity } = venue.market(5);
    const both = `clob_token_ids=${venue.tokenId(1, 1)}&clob_token_ids=${venue.tokenId(3, 0)}`;
    expect(venue.slugs(`/gamma/markets?${both}`)).toEqual([slugOf(venue, 1), slugOf(venue, 3)]);
    for (const query of [
      `id=${identity.id}`,
      `slug=${identity.slug}`,
      `condition_ids=${identity.market}`,
      `question_ids=${identity.questionId}`,
      `clob_token_ids=${identity.tokens[0].tokenId}`,
    ]) {
      expect(venue.slugs(`/gamma/markets?${query}`), query).toEqual([identity.slug]);
    }
    expect(
      venue.slugs(`/gamma/markets?slug=${identity.slug}&id=${venue.market(0).identity.id}`),
    ).toBeEmpty();
    expect(venue.slugs("/gamma/markets?slug=unknown")).toBeEmpty();
  });

  test("finds nothing by a list with commas", () => {
    const venue = new AskedVenue();
    const list = `${venue.tokenId(0, 0)},${venue.tokenId(1, 0)}`;
    expect(venue.slugs(`/gamma/markets?clob_token_ids=${list}`)).toBeEmpty();
  });

  test("takes 100 values of a parameter", () => {
    const venue = new AskedVenue();
    const values = (count: number) => Array(count).fill(`condition_ids=${"0"}`).join("&");
    expect(venue.get(`/gamma/markets?${values(100)}`).status).toBe(200);
    expect(venue.get(`/gamma/markets?${values(101)}`)).toMatchObject({
      status: 422,
      value: { type: "validation error" },
    });
  });

  test("hides closed markets unless asked for them", () => {
    const venue = afterOneWindow();
    const closed = settledIndex(venue);
    const token = `clob_token_ids=${venue.tokenId(closed, 0)}`;
    const slug = slugOf(venue, closed);
    expect(venue.slugs("/gamma/markets")).not.toContain(slug);
    expect(venue.slugs(`/gamma/markets?${token}`)).toBeEmpty();
    expect(venue.slugs(`/gamma/markets?${token}&closed=true`)).toEqual([slug]);
    expect(venue.slugs("/gamma/markets?closed=true")).toEqual([slug]);
    expect(venue.get(`/gamma/markets/slug/${slug}`).status).toBe(200);
  });

  test("names every token to a recorder, the settled ones in its second pass", async () => {
    const venue = afterOneWindow();
    const tokens = venue.simulation.markets.flatMap(({ identity }) => identity.tokens);
    const asked = [...tokens.map(({ tokenId }) => tokenId), "77"];
    const urls: string[] = [];
    const http = async (url: string) => {
      urls.push(url);
      const { status, body } = venue.answer("GET", url);
      return { status, text: body };
    };
    const names = await fetchMarketNames(http, "http://venue/gamma", asked);
    expect([...names.keys()].toSorted()).toEqual(asked.slice(0, -1).toSorted());
    expect(tokens.map(({ tokenId }) => names.get(tokenId)?.outcome ?? "")).toEqual(
      tokens.map(({ outcome }) => outcome),
    );
    expect(urls.length).toBe(2);
  });

  test("filters by state, tag, date and number", () => {
    const venue = afterOneWindow();
    const regular = [slugOf(venue, 0), slugOf(venue, 1)];
    const open = venue.slugs("/gamma/markets");
    expect(open.length).toBe(5);
    expect(venue.slugs("/gamma/markets?active=true&archived=false")).toEqual(open);
    expect(venue.slugs("/gamma/markets?active=false")).toBeEmpty();
    expect(venue.slugs("/gamma/markets?archived=true")).toBeEmpty();
    expect(venue.slugs("/gamma/markets?tag_id=21").length).toBe(3);
    expect(venue.slugs("/gamma/markets?tag_id=21&tag_id=2").length).toBe(4);
    expect(venue.slugs("/gamma/markets?end_date_min=2027-01-01T00:00:00Z")).toEqual(regular);
    expect(venue.slugs("/gamma/markets?end_date_max=2027-01-01T00:00:00Z").length).toBe(3);
    expect(venue.slugs("/gamma/markets?liquidity_num_min=1")).toEqual(open);
    expect(venue.slugs("/gamma/markets?liquidity_num_max=1")).toBeEmpty();
    expect(venue.slugs("/gamma/markets?volume_num_min=1")).toBeEmpty();
    expect(venue.slugs("/gamma/markets?unheard_of=1")).toEqual(open);
  });

  test("pages by limit and offset, and cuts the limit without a word", () => {
    const venue = new AskedVenue({ markets: 130 });
    const all = venue.simulation.markets.map(({ identity }) => identity.slug);
    expect(venue.slugs("/gamma/markets")).toEqual(all.slice(0, 20));
    expect(venue.slugs("/gamma/markets?limit=3&offset=5")).toEqual(all.slice(5, 8));
    expect(venue.slugs("/gamma/markets?limit=1000")).toEqual(all.slice(0, 100));
    expect(venue.slugs("/gamma/markets?limit=1000&offset=100")).toEqual(all.slice(100));
    expect(venue.slugs("/gamma/markets?offset=2000")).toBeEmpty();
    expect(venue.get("/gamma/markets?offset=2001")).toEqual({
      status: 422,
      value: {
        type: "validation error",
        error: "offset too large, use /markets/keyset for deeper pagination",
      },
    });
  });

  test("orders by values of the listing, in either spelling", () => {
    const venue = new AskedVenue();
    const by = (query: string) =>
      venue.read<Fields[]>(`/gamma/markets?${query}`).map((market) => Number(market.liquidityNum));
    const ascending = by("").sort((a, b) => a - b);
    expect(by("order=liquidityNum")).toEqual(ascending);
    expect(by("order=liquidity")).toEqual(ascending);
    expect(by("order=volume_num,liquidity_num&ascending=false")).toEqual(ascending.toReversed());
    const ids = venue.read<Fields[]>("/gamma/markets").map(({ id }) => id);
    const turned = venue.read<Fields[]>("/gamma/markets?order=id&ascending=false");
    expect(turned.map(({ id }) => id)).toEqual(ids.toReversed());
    expect(venue.get("/gamma/markets?order=mood")).toEqual({
      status: 422,
      value: { type: "validation error", error: "order fields are not valid" },
    });
  });

  test("refuses values that cannot be any", () => {
    const venue = new AskedVenue();
    for (const query of ["limit=x", "offset=-1", "closed=maybe", "end_date_min=soon", "id=x"]) {
      expect(venue.get(`/gamma/markets?${query}`), query).toMatchObject({
        status: 422,
        value: { type: "validation error" },
      });
    }
  });
});

describe("a market of Gamma", () => {
  test("has lists as JSON texts and numbers as numbers", () => {
    const venue = new AskedVenue();
    const { identity, tickSize, book } = venue.market(2);
    const market = venue.read(`/gamma/markets/${identity.id}`);
    expect(market).toMatchObject({
      id: identity.id,
      conditionId: identity.market,
      questionID: identity.questionId,
      outcomes: '["Yes", "No"]',
      clobTokenIds: `["${venue.tokenId(2, 0)}", "${venue.tokenId(2, 1)}"]`,
      umaResolutionStatuses: "[]",
      orderPriceMinTickSize: tickSize / 10_000,
      orderMinSize: Number(identity.minOrderSize),
      bestBid: book.bestBid / 10_000,
      bestAsk: book.bestAsk / 10_000,
      endDate: "2030-12-31T00:00:00Z",
      endDateIso: "2030-12-31",
      marketMakerAddress: "",
      groupItemTitle: "Option A",
      negRisk: true,
      negRiskMarketID: identity.event.negRiskMarketId,
      active: true,
      closed: false,
      acceptingOrders: true,
    });
    const prices: string[] = JSON.parse(String(market.outcomePrices));
    expect(prices.map((price) => typeof price)).toEqual(["string", "string"]);
    expect(Number(prices[0])).toBe((book.bestBid + book.bestAsk) / 20_000);
    expect(Number(prices[0]) + Number(prices[1])).toBeCloseTo(1, 9);
    expect(String(market.liquidityNum)).toBe(String(market.liquidity));
  });

  test("names its event without markets, and its tags when asked to", () => {
    const venue = new AskedVenue();
    const { identity } = venue.market(2);
    const url = `/gamma/markets/slug/${identity.slug}`;
    const plain = venue.read<Fields & { events: Fields[] }>(url);
    expect(plain.events).toMatchObject([{ id: identity.event.id, slug: identity.event.slug }]);
    expect(plain.events[0]).not.toContainKeys(["markets", "tags"]);
    expect(plain).not.toContainKey("tags");
    expect(venue.read(`${url}?include_tag=true`)).toMatchObject({
      tags: identity.event.tags.map(({ id, slug }) => ({ id, slug })),
    });
  });

  test("has a price where its book has none", () => {
    const venue = new AskedVenue();
    emptySide(venue.market(0), "asks");
    venue.market(0).lastTrade = undefined;
    const market = venue.read(`/gamma/markets/${venue.market(0).identity.id}`);
    const [yes = ""] = JSON.parse(String(market.outcomePrices)) as string[];
    expect(Number(yes)).toBe(venue.market(0).fair.price / 10_000);
    expect(market).toMatchObject({ bestAsk: 1, lastTradePrice: 0 });
  });

  test("of a series ends and is resolved", () => {
    const venue = new AskedVenue({ markets: 0, series: 1 });
    const url = `/gamma/markets/${venue.market(0).identity.id}`;
    expect(venue.read(url)).toMatchObject({
      outcomes: '["Up", "Down"]',
      startDate: "2026-10-04T12:00:00Z",
      eventStartTime: "2026-10-05T12:00:00Z",
      endDate: "2026-10-05T12:01:00Z",
    });
    venue.clock.advance(65_000);
    const ended = venue.read(url);
    expect(ended).toMatchObject({ acceptingOrders: false, closed: false });
    expect(ended).not.toContainKeys(["closedTime", "umaResolutionStatus"]);
    venue.clock.advance(30_000);
    expect(venue.market(0).phase).toBe("settled");
    expect(venue.read(url)).toMatchObject({ closed: false });
    venue.clock.advance(10_000);
    expect(venue.read(url)).toMatchObject({
      acceptingOrders: false,
      closed: true,
      closedTime: "2026-10-05 12:01:30+00",
      umaResolutionStatus: "resolved",
      outcomePrices: venue.market(0).winner === 0 ? '["1", "0"]' : '["0", "1"]',
    });
  });

  test("is not found in the venue's words", () => {
    const venue = new AskedVenue();
    const answers = [
      ["/gamma/markets/1", 404, "not found error", "id not found"],
      ["/gamma/markets/1/tags", 404, "not found error", "id not found"],
      ["/gamma/markets/will-it", 422, "validation error", "id is invalid"],
      ["/gamma/markets/slug/will-it", 404, "not found error", "slug not found"],
      ["/gamma/markets/slug/will%20it", 422, "validation error", "slug is invalid"],
    ] as const;
    for (const [url, status, type, error] of answers) {
      expect(venue.get(url), url).toEqual({ status, value: { type, error } });
    }
  });
});
