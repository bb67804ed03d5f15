import { describe, expect, test } from "bun:test";
import {
  allMarkets,
  eventMarkets,
  namedMarkets,
  tagMarkets,
} from "../../src/recorder/market-source.ts";
import { seriesMarkets } from "../../src/recorder/series-source.ts";
import { SelectedMarkets } from "./selected-markets.ts";

const MINUTE = 60_000;
const SERIES = { markets: 0, series: 1, windowS: 60 };
const never = (): never => {
  throw new Error("nothing was found");
};
const DOWN = () => Promise.reject(new Error("connection refused"));

describe("the markets to begin with", () => {
  test("are found by slug and condition id", async () => {
    const any = new SelectedMarkets({ sources: [] });
    const { slugs } = any;
    const id = any.market(slugs[3]!).identity.market;
    const selected = new SelectedMarkets({
      sources: [namedMarkets([slugs[1]!, id.toUpperCase().replace("X", "x")])],
    });
    const markets = await selected.start();
    expect(selected.initial.toSorted()).toEqual([slugs[1]!, slugs[3]!].toSorted());
    const first = markets.find(({ slug }) => slug === slugs[3]);
    const { identity } = selected.market(slugs[3]!);
    expect(first).toMatchObject({
      conditionId: id,
      question: identity.question,
      outcomes: identity.tokens,
      endDate: "2030-12-31T00:00:00Z",
      hashed: { minOrderSize: identity.minOrderSize, negRisk: identity.event.negRisk },
    });
    const before = selected.asked.length;
    await selected.run(10 * MINUTE);
    // What was named does not change: only ends are asked for.
    expect(selected.asked.slice(before).filter((url) => url.includes("closed=false"))).toEqual([]);
  });

  test("of an event, a tag and all are each market once", async () => {
    const { events } = new SelectedMarkets({ sources: [] }).venue.exchange.simulation;
    const several = events.find(({ markets }) => markets.length > 1)!;
    const tag = several.identity.tags[0]!;
    const of = (names: typeof events) =>
      names.flatMap(({ markets }) => markets.map(({ identity }) => identity.slug)).toSorted();
    const cases = [
      [eventMarkets(several.identity.slug, MINUTE), of([several])],
      [
        tagMarkets(tag.slug, 100, MINUTE),
        of(events.filter(({ identity }) => identity.tags.some(({ id }) => id === tag.id))),
      ],
      [allMarkets(100, MINUTE), of(events)],
    ] as const;
    for (const [source, slugs] of cases) {
      const selected = new SelectedMarkets({ sources: [source] });
      await selected.start();
      expect(selected.initial.toSorted()).toEqual([...slugs]);
    }
    const together = new SelectedMarkets({ sources: cases.map(([source]) => source) });
    await together.start();
    expect(together.initial.toSorted()).toEqual(of(events));
  });

  test("are no more than the limit, which is told", async () => {
    const exchange = { markets: 250 };
    const sources = [allMarkets(120, MINUTE), tagMarkets("politics", 120, MINUTE)];
    const selected = new SelectedMarkets({ sources, exchange, maxMarkets: 120 });
    await selected.start();
    await selected.run(5 * MINUTE);
    expect(selected.initial).toHaveLength(120);
    expect(selected.added).toEqual([]);
    expect(
      selected.warnings.filter((text) => text.includes("--all has more than 120")),
    ).toHaveLength(1);
  });

  test.each([
    ["market", namedMarkets(["will-it"]), /no market will-it /],
    ["condition id", namedMarkets([`0x${"ab".repeat(32)}`]), /no market 0xabab/],
    ["event", eventMarkets("will-it", MINUTE), /no event will-it/],
    ["tag", tagMarkets("will-it", 10, MINUTE), /no tag will-it/],
    ["series", seriesMarkets("will-it", MINUTE), /no series will-it/],
    ["series of that length", seriesMarkets("btc-updown-7m", MINUTE), /no market of the series/],
  ])("an unknown %s is an error, also beside tokens", async (what, source, says) => {
    const error = { code: "NO_MARKET", message: expect.stringMatching(says) };
    await expect(new SelectedMarkets({ sources: [source] }).start()).rejects.toMatchObject(error);
    const beside = new SelectedMarkets({ sources: [source], isBeside: true });
    if (what === "series of that length") await beside.start();
    else await expect(beside.start()).rejects.toMatchObject(error);
  });

  test("that are more than Gamma answers at a time wait as long as it says", async () => {
    const tags = Array.from({ length: 230 }, () => tagMarkets("politics", 10, MINUTE));
    const selected = new SelectedMarkets({ sources: tags });
    await selected.start();
    expect(selected.initial.length).toBeGreaterThan(0);
    // Two hundred questions for tags in ten seconds: the next is refused once, and told when to come.
    expect(selected.asked.length).toBe(2 * 230 + 1);
    expect(selected.venue.clock.monotonicMs()).toBeGreaterThanOrEqual(10_000);
    expect(selected.warnings).toEqual([]);
  });

  test("of which all are closed are an error that says so", async () => {
    const first = new SelectedMarkets({ sources: [], exchange: SERIES });
    const [slug = ""] = first.slugs;
    const selected = new SelectedMarkets({ sources: [namedMarkets([slug])], exchange: SERIES });
    await selected.run(2 * MINUTE);
    await expect(selected.start()).rejects.toMatchObject({
      code: "NO_MARKET",
      message: `no open market to record: ${slug} is closed`,
    });
  });

  test("a Gamma that is down is an error that says what to do", async () => {
    const selected = new SelectedMarkets({ sources: [allMarkets(10, MINUTE)] });
    selected.http = DOWN;
    await expect(selected.start()).rejects.toMatchObject({
      code: "GAMMA_FAILED",
      message: expect.stringContaining("connection refused"),
      hint: expect.stringContaining("--assets"),
    });
    expect(selected.venue.clock.timers).toBe(
      new SelectedMarkets({ sources: [] }).venue.clock.timers,
    );
  });

  test("wait for no Gamma where there are tokens beside, and are added later", async () => {
    const { slugs } = new SelectedMarkets({ sources: [] });
    const sources = [namedMarkets([slugs[0]!]), allMarkets(3, MINUTE)];
    const selected = new SelectedMarkets({ sources, isBeside: true });
    selected.http = DOWN;
    await selected.start();
    // One thing was asked for, five times.
    expect(selected.asked).toHaveLength(5);
    expect(selected.initial).toEqual([]);
    expect(selected.warnings).toHaveLength(1);
    expect(selected.warnings[0]).toContain("connection refused");
    await selected.run(10 * MINUTE);
    expect(selected.warnings).toHaveLength(1);
    selected.http = undefined;
    await selected.run(2 * MINUTE);
    expect(selected.added.map(([, slug]) => slug)).toContain(slugs[0]!);
    expect(selected.added).toHaveLength(4);
    expect(selected.infos).toEqual(["markets are looked up again"]);
  });
});

describe("a rolling series", () => {
  const startOf = (slug: string) => Number(slug.split("-").at(-1)) * 1_000;

  test.each([30, 60, 300])(
    "of %i s has each window before it opens, and its outcome",
    async (windowS) => {
      const label = windowS % 60 === 0 ? `${windowS / 60}m` : `${windowS}s`;
      const selected = new SelectedMarkets({
        sources: [seriesMarkets(`btc-updown-${label}`, MINUTE)],
        exchange: { markets: 2, series: 2, windowS },
      });
      await selected.start();
      expect(selected.initial.map((slug) => slug.startsWith(`btc-updown-${label}-`))).toEqual([
        true,
        true,
        true,
      ]);
      const { clock } = selected.venue;
      const zeroMs = clock.nowUs() / 1_000 - clock.monotonicMs();
      await selected.run(10 * windowS * 1_000);
      expect(selected.added.length).toBeGreaterThanOrEqual(9);
      for (const [atMs, slug] of selected.added) {
        expect(startOf(slug) - (zeroMs + atMs)).toBeGreaterThanOrEqual(windowS * 1_000 - 1_000);
      }
      const all = [...selected.initial, ...selected.added.map(([, slug]) => slug)];
      expect(all).toEqual([...new Set(all)].toSorted((a, b) => startOf(a) - startOf(b)));
      expect(selected.ended.length).toBeGreaterThanOrEqual(6);
      for (const [atMs, slug, outcome] of selected.ended) {
        const market = selected.market(slug);
        expect(outcome).toBe(market.identity.tokens[market.winner!].outcome);
        const listedMs = market.settledMs! + 10_000;
        const lateMs = zeroMs + atMs - listedMs;
        expect(lateMs).toBeWithin(0, MINUTE + 1_000);
      }
      // Each ends once, and none comes back.
      expect(new Set(selected.ended.map(([, slug]) => slug)).size).toBe(selected.ended.length);
      expect(selected.warnings).toEqual([]);
    },
  );

  test("may begin its windows of hours at any hour", async () => {
    const asked: string[] = [];
    const source = seriesMarkets("btc-updown-4h", MINUTE);
    const selected = new SelectedMarkets({ sources: [source], isBeside: true });
    selected.http = async (url) => {
      asked.push(...new URL(url).searchParams.getAll("slug"));
      return { status: 200, text: '{"markets":[]}' };
    };
    await selected.start();
    const nowS = selected.venue.clock.nowUs() / 1e6;
    const starts = [...new Set(asked)].map((slug) => Number(slug.split("-").at(-1)));
    const hours = Math.floor(nowS / 3_600);
    // Those that are open may have begun up to four hours ago; two windows of four hours are next.
    expect(starts).toEqual(Array.from({ length: 12 }, (_, n) => (hours - 3 + n) * 3_600));
    expect(selected.warnings).toEqual([expect.stringContaining("btc-up-or-down-hourly")]);
  });

  test("goes by Gamma's name of it, too", async () => {
    const selected = new SelectedMarkets({
      sources: [seriesMarkets("eth-up-or-down-1m", 30_000)],
      exchange: { markets: 1, series: 2, windowS: 60 },
      rescanMs: 30_000,
    });
    await selected.start();
    expect(selected.initial).toEqual(selected.slugs.filter((slug) => slug.startsWith("eth-")));
    expect(selected.initial).toHaveLength(3);
    await selected.run(5 * MINUTE);
    expect(selected.added.length).toBeGreaterThanOrEqual(4);
    expect(selected.ended.length).toBeGreaterThanOrEqual(2);
  });
});

describe("an end", () => {
  test("that the socket says is asked for at once, and waits for Gamma", async () => {
    const selected = new SelectedMarkets({
      sources: [seriesMarkets("btc-updown-1m", 10 * MINUTE)],
      exchange: SERIES,
      rescanMs: 10 * MINUTE,
    });
    await selected.start();
    const market = selected.market(selected.initial[0]!);
    while (market.phase !== "settled") await selected.run(100, 100);
    selected.selection.heardResolved(market.identity.market);
    selected.selection.heardResolved(market.identity.market);
    selected.selection.heardResolved("0x0");
    const asked = () => selected.asked.filter((url) => url.includes("closed=true")).length;
    const before = asked();
    await selected.run(6_000);
    // Gamma does not know it yet.
    expect(asked() - before).toBe(1);
    expect(selected.ended).toEqual([]);
    await selected.run(10_000);
    expect(asked() - before).toBe(2);
    expect(selected.ended).toHaveLength(1);
    expect(selected.ended[0]?.[1]).toBe(selected.initial[0]!);
    await selected.run(30_000);
    expect(asked() - before).toBe(2);
  });

  test("is not told while Gamma fails, nor is anything dropped; then it is", async () => {
    const selected = new SelectedMarkets({
      sources: [seriesMarkets("btc-updown-1m", MINUTE)],
      exchange: SERIES,
    });
    await selected.start();
    selected.http = async () => ({ status: 503, text: "" });
    await selected.run(4 * MINUTE);
    expect(selected.ended).toEqual([]);
    expect(selected.added).toEqual([]);
    expect(selected.warnings).toHaveLength(1);
    expect(selected.warnings[0]).toMatch(/status 503.*recording goes on/);
    selected.http = undefined;
    await selected.run(2 * MINUTE);
    expect(selected.ended.length).toBeGreaterThanOrEqual(3);
    expect(selected.added.length).toBeGreaterThanOrEqual(3);
    expect(selected.infos).toEqual(["markets are looked up again"]);
  });

  test("a market that Gamma does not list any more is kept", async () => {
    const { slugs } = new SelectedMarkets({ sources: [] });
    const selected = new SelectedMarkets({ sources: [namedMarkets([slugs[0]!])] });
    await selected.start();
    selected.http = async () => ({ status: 200, text: '{"markets":[]}' });
    await selected.run(10 * MINUTE);
    expect(selected.ended).toEqual([]);
    expect(selected.warnings).toEqual([]);
  });

  test("is none without an outcome, though closed; Gamma is asked less and less often", async () => {
    const { slugs } = new SelectedMarkets({ sources: [] });
    const sources = [namedMarkets([slugs[0]!])];
    const selected = new SelectedMarkets({ sources, rescanMs: 10 * MINUTE });
    const [market = never()] = await selected.start();
    const { conditionId, outcomes } = market;
    const item = {
      conditionId,
      outcomes: outcomes.map(({ outcome }) => outcome),
      clobTokenIds: outcomes.map(({ tokenId }) => tokenId),
      outcomePrices: ["0.99", "0.01"],
      closed: true,
    };
    selected.http = async () => ({ status: 200, text: JSON.stringify({ markets: [item] }) });
    const before = selected.asked.length;
    selected.selection.heardResolved(conditionId);
    await selected.run(9 * MINUTE);
    // After 5, 15, 35, 75, 155 and 315 seconds.
    expect(selected.asked.length - before).toBe(6);
    await selected.run(11 * MINUTE);
    expect(selected.ended).toEqual([]);
    item.outcomePrices = ["0", "1"];
    await selected.run(10 * MINUTE);
    expect(selected.ended.map(([, , outcome]) => outcome)).toEqual([outcomes[1]!.outcome]);
  });

  test("is one, even where a copy of Gamma's lists lags", async () => {
    const sources = [allMarkets(10, MINUTE)];
    const selected = new SelectedMarkets({ sources, exchange: SERIES });
    const [{ conditionId, outcomes } = never()] = await selected.start();
    const item = {
      conditionId,
      outcomes: ["Up", "Down"],
      clobTokenIds: outcomes.map(({ tokenId }) => tokenId),
      outcomePrices: ["1", "0"],
    };
    selected.http = async (url) => {
      const closed = url.includes("closed=true");
      return { status: 200, text: JSON.stringify({ markets: [{ ...item, closed }] }) };
    };
    await selected.run(5 * MINUTE);
    expect(selected.ended.map(([, , outcome]) => outcome)).toEqual(["Up"]);
    expect(selected.added).toEqual([]);
  });

  test("makes room where there is a limit", async () => {
    const selected = new SelectedMarkets({
      sources: [allMarkets(3, MINUTE)],
      exchange: { ...SERIES, windowS: 300 },
      maxMarkets: 3,
    });
    await selected.start();
    expect(selected.initial).toHaveLength(3);
    await selected.run(20 * MINUTE);
    expect(selected.ended.length).toBeGreaterThan(1);
    expect(selected.added.length).toBe(selected.ended.length);
  });
});

test("a selection that is stopped says and asks nothing more", async () => {
  const selected = new SelectedMarkets({
    sources: [seriesMarkets("btc-updown-1m", MINUTE)],
    exchange: SERIES,
  });
  await selected.start();
  selected.selection.stop();
  const before = selected.asked.length;
  await selected.run(5 * MINUTE);
  expect(selected.asked).toHaveLength(before);
  expect([...selected.added, ...selected.ended]).toEqual([]);
});
