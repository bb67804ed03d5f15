import { describe, expect, test } from "bun:test";
import { odditiesTimes } from "../../../src/exchange/market/oddities.ts";
import type { WireBook } from "../../../src/polymarket/messages.ts";
import { VirtualExchange } from "../virtual-exchange.ts";
import { elementsOf, elementsOfAll, isPriceChange } from "./elements.ts";

const SECOND = 1_000;

describe("a stale change", () => {
  /** A client that comes and goes, beside one that hears everything. */
  function comeAndGo(staleChange: number, rate = 20) {
    const venue = new VirtualExchange({ markets: 1, rate, seed: 3, oddities: 0, delayMs: 0 });
    venue.exchange.conditions.oddities = { ...odditiesTimes(0), staleChange };
    const steady = venue.subscribe();
    venue.run(10 * SECOND);
    const openings = Array.from({ length: 80 }, () => {
      const client = venue.subscribe(venue.tokenIds.slice(0, 1));
      const [first = "[]", ...more] = client.texts;
      const [book] = elementsOf(first) as [WireBook];
      client.terminate();
      venue.run(rate < 20 ? 1_970 : 97);
      return { book, stale: elementsOfAll(more).filter(isPriceChange) };
    });
    return { heard: elementsOfAll(steady.texts).filter(isPriceChange), openings };
  }

  test("follows an opening book at once, stamped before it and known to it", () => {
    const { heard, openings } = comeAndGo(1);
    const stale = openings.flatMap(({ book, stale }) => stale.map((change) => ({ book, change })));
    // All but those whose last changes have the book's own stamp.
    expect(stale.length).toBeGreaterThan(50);
    expect(stale.length).toBeLessThanOrEqual(80);
    for (const { book, change } of stale) {
      expect(Number(change.timestamp)).toBeLessThan(Number(book.timestamp));
      expect(heard).toContainEqual(change);
      const entry = change.price_changes.find(({ asset_id }) => asset_id === book.asset_id);
      const levels = entry?.side === "BUY" ? book.bids : book.asks;
      const size = levels.find(({ price }) => price === entry?.price)?.size ?? "0";
      // The level has its size, or that of a change in between.
      const sizes = heard
        .filter(({ timestamp }) => +timestamp >= +change.timestamp && +timestamp <= +book.timestamp)
        .flatMap(({ price_changes }) => price_changes)
        .filter(({ asset_id }) => asset_id === book.asset_id)
        .filter(({ price, side }) => price === entry?.price && side === entry?.side)
        .map((other) => other.size);
      expect(sizes).toContain(size);
    }
  });

  test("is up to five seconds older than its book, and then none at all", () => {
    const ages = comeAndGo(1, 0.2).openings.flatMap(({ book, stale }) =>
      stale.map(({ timestamp }) => Number(book.timestamp) - Number(timestamp)),
    );
    expect(ages.length).toBeGreaterThan(3);
    expect(Math.max(...ages)).toBeLessThanOrEqual(5 * SECOND);
    expect(Math.max(...ages)).toBeGreaterThan(SECOND);
  });

  test("is as frequent as it is asked for", () => {
    expect(comeAndGo(0).openings.filter(({ stale }) => stale.length > 0)).toEqual([]);
    const half = comeAndGo(0.5).openings.filter(({ stale }) => stale.length > 0).length;
    expect(half).toBeGreaterThan(20);
    expect(half).toBeLessThan(55);
  });

  test("comes to a client that is alone, too", () => {
    const venue = new VirtualExchange({
      markets: 4,
      rate: 100,
      seed: 3,
      oddities: 100,
      delayMs: 0,
    });
    let stale = 0;
    for (let visit = 0; visit < 40; visit += 1) {
      venue.run(3 * SECOND);
      const client = venue.subscribe();
      venue.run(1);
      const [books, ...later] = client.texts.map(elementsOf);
      const stamps = new Map(books?.map(({ market, timestamp }) => [market, Number(timestamp)]));
      stale += later
        .flat()
        .filter(
          ({ event_type, market, timestamp }) =>
            event_type === "price_change" && Number(timestamp) < (stamps.get(market) ?? 0),
        ).length;
      client.terminate();
      venue.run(0);
    }
    expect(stale).toBeGreaterThan(30);
  });
});
