import { describe, expect, test } from "bun:test";
import type {
  WireBestBidAsk,
  WireLastTradePrice,
  WireLevel,
  WirePriceChange,
} from "../../../src/polymarket/messages.ts";
import { HeardSimulation } from "../heard-simulation.ts";
import { ReplayClient } from "../replay-client.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

function clientOf({ simulation }: HeardSimulation): ReplayClient {
  return new ReplayClient((id) => {
    const identity = simulation.findMarket(id)?.identity;
    return {
      minOrderSize: identity?.minOrderSize ?? "",
      negRisk: identity?.event.negRisk ?? false,
    };
  });
}

function mirror(price: string): string {
  return String((10_000 - Math.round(Number(price) * 10_000)) / 10_000);
}

function median(values: readonly number[], quantile = 0.5): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length * quantile)] ?? 0;
}

describe("what a simulation says", () => {
  test.each([
    ["none", 0],
    ["the usual", 1],
    ["wild", 30],
  ])("has hashes and best prices that a client arrives at, oddities: %s", (_, oddities) => {
    const heard = new HeardSimulation({ markets: 8, rate: 16, seed: 11, oddities });
    const client = clientOf(heard);
    for (const text of heard.openingTexts()) client.receive(text);
    heard.run(5 * MINUTE);
    for (const element of heard.elements) client.receive(JSON.stringify(element));
    client.finish();
    expect(client.problems.slice(0, 3)).toEqual([]);
    expect(client.counts.price_change).toBeGreaterThan(3_000);
    expect(client.counts.last_trade_price).toBeGreaterThan(20);
    expect(client.unexplained).toBeLessThanOrEqual(4);
    if (oddities === 0) expect(client.outcomes.late).toBe(0);
    else expect(Math.min(...Object.values(client.outcomes))).toBeGreaterThan(5);
  });

  test("keeps the books of a market exact mirrors, uncrossed", () => {
    const heard = new HeardSimulation({ markets: 12, rate: 30, seed: 5 });
    for (let round = 0; round < 60; round += 1) {
      heard.run(5 * SECOND);
      for (const { identity, book } of heard.simulation.markets) {
        const [yes, no] = identity.tokens.map(({ tokenId }) =>
          heard.simulation.openingBook(tokenId),
        );
        const mirrored = (levels: readonly WireLevel[]) =>
          levels.map(({ price, size }) => ({ price: mirror(price), size }));
        expect(no?.asks).toEqual(mirrored(yes?.bids ?? []));
        expect(no?.bids).toEqual(mirrored(yes?.asks ?? []));
        expect(no?.last_trade_price).toBe(yes?.last_trade_price ?? "");
        expect(book.bestBid).toBeLessThan(book.bestAsk);
      }
    }
  });

  test("announces trades 10 to 500 ms after the change that they caused", () => {
    const heard = new HeardSimulation({ markets: 4, rate: 20, seed: 4 });
    heard.run(5 * MINUTE);
    const delays = heard.said.flatMap(({ announcement, nowMs }, index) => {
      const [element] = announcement.elements;
      if (element?.event_type !== "last_trade_price") return [];
      const trade = element as WireLastTradePrice;
      const causes = heard.said
        .slice(0, index)
        .filter(({ announcement: { elements } }) =>
          elements.some((change) => isOf(change as WirePriceChange, trade)),
        );
      const stampMs = Number(trade.timestamp);
      expect(stampMs).toBeLessThanOrEqual(nowMs);
      if (causes.length > 0) {
        expect(causes.some((change) => Math.floor(change.nowMs) <= stampMs)).toBe(true);
      }
      const cause = causes.at(-1);
      return cause === undefined ? [] : [nowMs - cause.nowMs];
    });
    expect(delays.length).toBeGreaterThan(30);
    // One that waited for another trade's announcement may be later.
    expect(median(delays)).toBeGreaterThan(10);
    expect(median(delays)).toBeLessThan(200);
    expect(delays.filter((delay) => delay > 500).length).toBeLessThan(delays.length / 10);
  });

  test.each([
    [0, 0],
    [30, 5],
  ])(
    "has best prices that are wrong when oddities are %d times as frequent: over %d",
    (oddities, wrong) => {
      const heard = new HeardSimulation({ markets: 4, rate: 20, seed: 4, oddities });
      heard.run(2 * MINUTE);
      // Two changes of one millisecond each have their own.
      const named = new Map<string, Set<string>>();
      for (const element of heard.elements) {
        if (!("price_changes" in element)) continue;
        for (const { asset_id, best_bid, best_ask } of element.price_changes) {
          const key = `${asset_id} ${Number(element.timestamp) + 1}`;
          named.set(key, (named.get(key) ?? new Set()).add(`${best_bid} ${best_ask}`));
        }
      }
      const best = heard.elements.filter((element) => element.event_type === "best_bid_ask");
      const off = best.filter((element) => {
        const { asset_id, timestamp, best_bid, best_ask } = element as WireBestBidAsk;
        const expected = named.get(`${asset_id} ${timestamp}`);
        return expected?.has(`${best_bid} ${best_ask}`) === false;
      });
      expect(best.length).toBeGreaterThan(20);
      if (wrong === 0) expect(off).toEqual([]);
      else expect(off.length).toBeGreaterThan(wrong);
    },
  );

  test("may be left unsaid without changing what happens", () => {
    const options = { markets: 6, rate: 20, seed: 8 };
    const [heard, unheard] = [
      new HeardSimulation(options),
      new HeardSimulation({ ...options, isHeard: false }),
    ];
    heard.run(MINUTE);
    unheard.run(MINUTE);
    expect(unheard.openingTexts()).toEqual(heard.openingTexts());
  });
});

function isOf({ event_type, price_changes }: WirePriceChange, trade: WireLastTradePrice): boolean {
  if (event_type !== "price_change") return false;
  return price_changes.some(
    ({ asset_id, price, side }) =>
      asset_id === trade.asset_id && price === trade.price && side !== trade.side,
  );
}

describe("the markets of a simulation", () => {
  test("have a hundred levels in the median, and a tenth of them over three hundred", () => {
    const { simulation } = new HeardSimulation({ markets: 600, seed: 2 });
    const levels = simulation.markets.map(({ book }) => book.levels);
    expect(median(levels)).toBeGreaterThan(85);
    expect(median(levels)).toBeLessThan(120);
    const deep = levels.filter((count) => count > 300).length / levels.length;
    expect(deep).toBeGreaterThan(0.07);
    expect(deep).toBeLessThan(0.16);
    expect(new Set(simulation.markets.map(({ profile }) => profile.tickSize))).toEqual(
      new Set([1_000, 100, 50, 25, 10, 1]),
    );
  });

  test("have the venue's forms of ids, and events of one or several markets", () => {
    const { simulation } = new HeardSimulation({ markets: 40, seed: 9 });
    expect(simulation.markets).toHaveLength(40);
    for (const { identity } of simulation.markets) {
      expect(identity.market).toMatch(/^0x[0-9a-f]{64}$/);
      for (const { tokenId } of identity.tokens) expect(tokenId).toMatch(/^[1-9]\d{72,77}$/);
    }
    const sizes = new Set(simulation.events.map(({ markets }) => markets.length));
    expect(sizes.has(1) && sizes.size > 2).toBe(true);
    for (const { identity, markets } of simulation.events) {
      expect(identity.negRisk).toBe(markets.length > 1);
      const sum = markets.reduce((total, { fair }) => total + fair.price, 0);
      if (identity.negRisk) expect(Math.abs(sum - 10_000)).toBeLessThan(200);
    }
  });

  test("have the rate that was asked for, however few they are", () => {
    for (let seed = 0; seed < 60; seed++) {
      const heard = new HeardSimulation({ markets: 1, rate: 50, seed, oddities: 0 });
      const before = heard.elements.length;
      heard.run(5 * SECOND);
      expect(heard.elements.length - before).toBeGreaterThan(20);
    }
  });

  test("are busy or quiet, and together have the rate that was asked for", () => {
    const heard = new HeardSimulation({ markets: 60, rate: 30, seed: 3, oddities: 0 });
    heard.run(20 * MINUTE);
    const counts = new Map(heard.simulation.markets.map(({ identity }) => [identity.market, 0]));
    const changes = heard.elements.filter(
      (element): element is WirePriceChange => "price_changes" in element,
    );
    for (const { market } of changes) counts.set(market, (counts.get(market) ?? 0) + 1);
    expect(changes.length / 1_200).toBeGreaterThan(20);
    expect(changes.length / 1_200).toBeLessThan(45);
    const quiet = heard.simulation.markets.filter(({ profile }) => profile.weight === 0);
    expect(quiet.length).toBeGreaterThan(1);
    for (const { identity } of quiet) expect(counts.get(identity.market)).toBeLessThan(12);
    const perSecond = Map.groupBy(changes, ({ market, timestamp }) =>
      [market, Math.floor(Number(timestamp) / SECOND)].join(),
    );
    const busiest = Math.max(...perSecond.values().map(({ length }) => length));
    expect(busiest).toBeGreaterThan(100);
  });

  test("change their tick near certainty and back, which leaves levels off the grid", () => {
    const heard = new HeardSimulation({ markets: 80, rate: 200, seed: 12, isHeard: false });
    const markets = heard.simulation.markets.filter(({ profile }) => profile.tickSize === 100);
    const isFine = () => markets.filter(({ tickSize }) => tickSize === 10);
    for (const market of markets) market.fair.price = 9_750;
    heard.run(10 * MINUTE);
    const fine = isFine();
    expect(fine.length).toBeGreaterThan(2);
    for (const market of fine) market.fair.price = 6_000;
    heard.run(10 * MINUTE);
    const coarse = fine.filter(({ tickSize }) => tickSize === 100);
    expect(coarse.length).toBeGreaterThan(1);
    const offGrid = coarse.filter(({ book }) =>
      [...book.of(0).bids, ...book.of(0).asks].some(({ price }) => price.length > "0.12".length),
    );
    expect(offGrid.length).toBeGreaterThan(0);
  });

  test("announce a new tick for both tokens, a little after the hashes know it", () => {
    const startMs = 1_790_000_100_000;
    const heard = new HeardSimulation({ series: 1, windowS: 300, rate: 20, seed: 2, startMs });
    const client = clientOf(heard);
    for (const text of heard.openingTexts()) client.receive(text);
    heard.run(290 * SECOND);
    for (const element of heard.elements) client.receive(JSON.stringify(element));
    const ticks = heard.elements.filter(({ event_type }) => event_type === "tick_size_change");
    expect(ticks.length).toBeGreaterThan(0);
    expect(ticks.length % 2).toBe(0);
    expect(client.problems).toEqual([]);
  });
});

describe("a rolling series", () => {
  test("opens windows ahead, empties and settles them, and goes on", () => {
    const startMs = 1_790_000_100_000 + 30 * SECOND;
    const heard = new HeardSimulation({ series: 1, windowS: 300, rate: 5, seed: 7, startMs });
    const slugs = () => heard.simulation.markets.map(({ identity }) => identity.slug);
    const windowStart = Math.floor(startMs / 300_000) * 300;
    expect(slugs()).toEqual([0, 300, 600].map((ahead) => `btc-updown-5m-${windowStart + ahead}`));
    const [first] = heard.simulation.markets;
    const tokenId = first?.identity.tokens[0].tokenId ?? "";
    expect(heard.simulation.openingBook(tokenId)?.last_trade_price).toBe("");
    heard.run(windowStart * SECOND + 300_000 - startMs + 5 * SECOND);
    expect(first?.phase).toBe("ended");
    expect(first?.book.levels).toBe(0);
    expect(heard.simulation.openingBook(tokenId)).toMatchObject({ bids: [], asks: [] });
    expect(slugs()).toContain(`btc-updown-5m-${windowStart + 900}`);
    heard.run(150 * SECOND);
    expect(first?.phase).toBe("settled");
    expect(heard.simulation.openingBook(tokenId)).toBeUndefined();
    expect(heard.settled).toEqual(first?.identity.tokens.map((token) => token.tokenId) ?? []);
    const news = heard.elements.filter(({ event_type }) => event_type === "new_market");
    expect(news.length).toBeGreaterThan(1);
  });

  test("resolves either way, mostly says so, and forgets what has been long settled", () => {
    const heard = new HeardSimulation({ series: 1, windowS: 60, rate: 1, seed: 7 });
    heard.run(200 * MINUTE);
    const resolved = heard.elements.filter(({ event_type }) => event_type === "market_resolved");
    expect(heard.settled.length).toBe(400);
    expect(resolved.length).toBeGreaterThan(140);
    expect(resolved.length).toBeLessThan(180);
    expect(heard.simulation.events.length).toBeLessThan(60);
    expect(new Set(heard.simulation.markets.map(({ winner }) => winner)).size).toBe(3);
  });

  test("has the same tokens for the same window, whenever the exchange started", () => {
    const startMs = 1_790_000_100_000;
    const tokens = (options: { startMs: number; rate: number }) =>
      new HeardSimulation({ series: 2, seed: 7, ...options }).simulation.markets.map(
        ({ identity }) => [identity.slug, identity.tokens[0].tokenId],
      );
    const early = new Map(tokens({ startMs, rate: 5 }) as [string, string][]);
    const late = tokens({ startMs: startMs + 310 * SECOND, rate: 0 }) as [string, string][];
    const common = late.filter(([slug]) => early.has(slug));
    expect(common).toHaveLength(4);
    for (const [slug, tokenId] of common) expect(early.get(slug)).toBe(tokenId);
  });
});

describe("a seed", () => {
  test("tells the same story again, and another seed another one", () => {
    const story = (seed: number) => {
      const heard = new HeardSimulation({ markets: 5, series: 1, rate: 20, seed });
      const opening = heard.openingTexts();
      heard.run(MINUTE);
      return [...opening, ...heard.said.map((said) => JSON.stringify(said))];
    };
    expect(story(42)).toEqual(story(42));
    expect(story(42)).not.toEqual(story(43));
  });

  test("tells it relative to its start, whenever that is", () => {
    const story = (startMs: number) => {
      const heard = new HeardSimulation({ markets: 12, rate: 20, seed: 5, startMs });
      heard.run(MINUTE);
      return heard.said.map(({ announcement, nowMs }) => [
        Math.round((nowMs - startMs) * 1_000),
        announcement.elements.map((element) =>
          "price_changes" in element
            ? element.price_changes.map(({ price, size, side }) => [price, size, side])
            : element.event_type,
        ),
      ]);
    };
    const early = story(1_790_000_000_000);
    expect(early.length).toBeGreaterThan(500);
    expect(story(1_790_000_012_345)).toEqual(early);
  });
});
