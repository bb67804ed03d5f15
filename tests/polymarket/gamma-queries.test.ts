import { describe, expect, test } from "bun:test";
import { findTagId, listOpenMarkets } from "../../src/polymarket/gamma-listing.ts";
import { findEventMarkets, findMarkets } from "../../src/polymarket/gamma-lookup.ts";
import { parseGammaMarket } from "../../src/polymarket/gamma-market.ts";
import { searchMarkets } from "../../src/polymarket/gamma-search.ts";
import { findSeriesId, findSeriesMarkets } from "../../src/polymarket/gamma-series.ts";
import { AnsweringGamma, conditionId, gammaMarket } from "./answering-gamma.ts";

const slugs = (markets: readonly { slug: string }[] = []) => markets.map(({ slug }) => slug);
const count = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => from + n);

describe("how a market stands", () => {
  const closed = { closed: true, umaResolutionStatus: "resolved" };
  test.each([
    ["a dollar and nothing", { ...closed, outcomePrices: '["0", "1"]' }, "No"],
    ["real lists", { ...closed, outcomePrices: ["1", "0"] }, "Yes"],
    ["a status is not needed", { closed: true, outcomePrices: '["1", "0"]' }, "Yes"],
    ["open", { outcomePrices: '["1", "0"]' }, undefined],
    ["nearly", { ...closed, outcomePrices: '["0.9995", "0.0005"]' }, undefined],
    ["two winners", { ...closed, outcomePrices: '["1", "1"]' }, undefined],
    ["no winner", { ...closed, outcomePrices: '["0", "0"]' }, undefined],
    ["half each", { ...closed, outcomePrices: '["0.5", "0.5"]' }, ""],
    ["half each, not yet resolved", { closed: true, outcomePrices: '["0.5", "0.5"]' }, undefined],
    ["one price too few", { ...closed, outcomePrices: '["1"]' }, undefined],
    ["no prices", { ...closed, outcomePrices: undefined }, undefined],
  ])("%s", (_what, fields, winner) => {
    expect(parseGammaMarket(gammaMarket(1, fields))?.winner).toBe(winner as string);
  });

  test.each([
    ["no book", { enableOrderBook: false }],
    ["no tokens", { clobTokenIds: "[]", outcomes: "[]" }],
    ["tokens that are no ids", { clobTokenIds: '["../../x", "12"]' }],
    ["tokens that were never listed", { clobTokenIds: undefined }],
  ])("a market with %s cannot be recorded", (_what, fields) => {
    expect(parseGammaMarket(gammaMarket(1, fields))).toBeUndefined();
  });
});

describe("markets by name", () => {
  test("are asked for by fifties, open or closed as asked", async () => {
    const gamma = new AnsweringGamma((url) => ({
      markets: url.searchParams
        .getAll("condition_ids")
        .map((id) =>
          gammaMarket(Number(id), { closed: url.searchParams.get("closed") === "true" }),
        ),
      next_cursor: "full pages have one",
    }));
    const ids = count(0, 120).map(conditionId);
    const found = await findMarkets(gamma.client, "condition_ids", ids, { closed: true });
    expect(found.map((market) => market.conditionId)).toEqual(ids);
    expect(
      gamma.urls.map(({ searchParams }) => searchParams.getAll("condition_ids").length),
    ).toEqual([50, 50, 20]);
    for (const { href } of gamma.urls) expect(href.length).toBeLessThan(8_192);
    expect(await findMarkets(gamma.client, "slug", [], { closed: false })).toEqual([]);
    expect(gamma.urls).toHaveLength(3);
  });

  test("that Gamma lists on the wrong side are left out", async () => {
    const gamma = new AnsweringGamma(() => ({
      markets: [gammaMarket(1, { closed: true }), gammaMarket(2)],
    }));
    const found = await findMarkets(gamma.client, "slug", ["a", "b"], { closed: false });
    expect(slugs(found)).toEqual(["will-thing-2"]);
  });

  test("of an event are all of its own, and none without an event", async () => {
    const gamma = new AnsweringGamma(({ pathname }) =>
      pathname === "/events/slug/known"
        ? { markets: [gammaMarket(1), gammaMarket(2, { closed: true })] }
        : { status: 404, text: "{}" },
    );
    expect(slugs(await findEventMarkets(gamma.client, "known"))).toHaveLength(2);
    expect(await findEventMarkets(gamma.client, "un/known")).toBeUndefined();
    expect(gamma.paths[1]).toBe("/events/slug/un%2Fknown");
  });

  test.each([[[]], [{}], [{ markets: {} }], ["x"]])("an answer %j is an error", async (answer) => {
    const gamma = new AnsweringGamma(() => ({ status: 200, text: JSON.stringify(answer) }));
    const failed = { code: "GAMMA_FAILED" };
    await expect(findEventMarkets(gamma.client, "x")).rejects.toMatchObject(failed);
    await expect(listOpenMarkets(gamma.client, 10)).rejects.toMatchObject(failed);
    await expect(findMarkets(gamma.client, "slug", ["x"], { closed: false })).rejects.toMatchObject(
      failed,
    );
  });
});

describe("a listing of open markets", () => {
  /** Pages of at most `clamp`, whatever limit is asked for. */
  const paged = (total: number, clamp: number) =>
    new AnsweringGamma(({ searchParams }) => {
      const from = Number(searchParams.get("after_cursor") ?? 0);
      const to = Math.min(total, from + clamp);
      return {
        markets: count(from, to).map((n) => gammaMarket(n)),
        ...(to < total && { next_cursor: String(to) }),
      };
    });

  test("goes on behind short pages until there is no cursor", async () => {
    const gamma = paged(95, 20);
    const { markets, hasMore } = await listOpenMarkets(gamma.client, 1_000);
    expect(slugs(markets)).toEqual(count(0, 95).map((n) => `will-thing-${n}`));
    expect(hasMore).toBe(false);
    expect(gamma.urls).toHaveLength(5);
    expect(gamma.urls[1]?.searchParams.get("after_cursor")).toBe("20");
    expect(gamma.urls[1]?.searchParams.has("offset")).toBe(false);
  });

  test("ends when it has enough, and knows whether there are more", async () => {
    const gamma = paged(95, 20);
    const { markets, hasMore } = await listOpenMarkets(gamma.client, 25);
    expect(markets).toHaveLength(25);
    expect(hasMore).toBe(true);
    expect(gamma.urls).toHaveLength(2);
    expect((await listOpenMarkets(gamma.client, 95)).hasMore).toBe(false);
    expect((await listOpenMarkets(gamma.client, 20)).hasMore).toBe(true);
  });

  test("has a market once, and no closed one", async () => {
    const gamma = new AnsweringGamma(({ searchParams }) =>
      searchParams.has("after_cursor")
        ? { markets: [gammaMarket(2), gammaMarket(3)] }
        : { markets: [gammaMarket(1, { closed: true }), gammaMarket(2)], next_cursor: "x" },
    );
    const { markets } = await listOpenMarkets(gamma.client, 10);
    expect(slugs(markets)).toEqual(["will-thing-2", "will-thing-3"]);
  });

  test("can be of a tag, by the number that Gamma gives it", async () => {
    const gamma = new AnsweringGamma(({ pathname }) => {
      if (pathname === "/tags/slug/crypto") return { id: "21", slug: "crypto" };
      return pathname.startsWith("/tags") ? { status: 404, text: "" } : { markets: [] };
    });
    expect(await findTagId(gamma.client, "crypto")).toBe("21");
    expect(await findTagId(gamma.client, "cripto")).toBeUndefined();
    await listOpenMarkets(gamma.client, 10, "21");
    expect(gamma.urls.at(-1)?.searchParams.get("tag_id")).toBe("21");
    expect(gamma.urls.at(-1)?.searchParams.get("closed")).toBe("false");
  });
});

test("a series is found by its slug, and its next markets by its number", async () => {
  const gamma = new AnsweringGamma(({ pathname }) =>
    pathname === "/series"
      ? [
          { id: "1", slug: "other" },
          { id: "10114", slug: "btc-up-or-down-hourly" },
        ]
      : {
          events: [{ markets: [gammaMarket(1)] }, { markets: [gammaMarket(2, { closed: true })] }],
        },
  );
  expect(await findSeriesId(gamma.client, "btc-up-or-down-hourly")).toBe("10114");
  expect(await findSeriesId(gamma.client, "hourly")).toBeUndefined();
  const nowMs = Date.parse("2026-11-23T10:20:00Z");
  expect(slugs(await findSeriesMarkets(gamma.client, "10114", nowMs, 3))).toEqual(["will-thing-1"]);
  const { searchParams } = gamma.urls.at(-1)!;
  expect(Object.fromEntries(searchParams)).toEqual({
    series_id: "10114",
    closed: "false",
    end_date_min: "2026-11-23T10:20:00.000Z",
    order: "endDate",
    ascending: "true",
    limit: "3",
  });
});

describe("a search", () => {
  test("keeps Gamma's order, looks up tokens that it leaves out, and drops closed markets", async () => {
    const bare = ({ clobTokenIds: _left, ...market }: ReturnType<typeof gammaMarket>) => market;
    const gamma = new AnsweringGamma(({ pathname }) =>
      pathname === "/public-search"
        ? {
            events: [
              { markets: [bare(gammaMarket(1)), gammaMarket(2, { closed: true })] },
              { markets: [gammaMarket(3)] },
            ],
            pagination: { hasMore: true },
          }
        : { markets: [gammaMarket(1)] },
    );
    const { markets, hasMore } = await searchMarkets(gamma.client, "two words");
    expect(slugs(markets)).toEqual(["will-thing-1", "will-thing-3"]);
    expect(markets[0]?.outcomes[0]?.tokenId).toBe("11");
    expect(hasMore).toBe(true);
    expect(gamma.urls[0]?.searchParams.get("q")).toBe("two words");
    expect(gamma.urls[1]?.searchParams.getAll("condition_ids")).toEqual([conditionId(1)]);
  });

  test("that finds nothing has no key for it", async () => {
    const gamma = new AnsweringGamma(() => ({ pagination: { hasMore: false, totalResults: 0 } }));
    expect(await searchMarkets(gamma.client, "x")).toEqual({ markets: [], hasMore: false });
    expect(gamma.urls).toHaveLength(1);
  });
});
