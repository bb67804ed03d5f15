import { describe, expect, test } from "bun:test";
import { Simulation } from "../../src/exchange/simulation.ts";
import type { WireBook, WireElement, WirePriceChange } from "../../src/polymarket/messages.ts";
import { ReplayClient } from "./replay-client.ts";

const START_MS = 1_790_000_000_000;

function tokenIdsOf(simulation: Simulation): string[] {
  return simulation.markets.flatMap(({ identity }) => identity.tokens.map((t) => t.tokenId));
}

function clientOf(simulation: Simulation): ReplayClient {
  return new ReplayClient((id) => {
    const market = simulation.markets.find(({ identity }) => identity.market === id);
    return market?.identity ?? { minOrderSize: "", negRisk: false };
  });
}

function textsOf(simulation: Simulation, steps: number, stepMs = 7): string[] {
  return Array.from({ length: steps }, (_, step) =>
    simulation.step(START_MS + step * stepMs).map(({ text }) => text),
  ).flat();
}

function mirror(price: string): string {
  return String((10_000 - Math.round(Number(price) * 10_000)) / 10_000);
}

describe("a simulation", () => {
  test("says only hashes, best prices and times that a client arrives at itself", () => {
    const simulation = new Simulation({ markets: 6, seed: 11, startMs: START_MS });
    const client = clientOf(simulation);
    client.receive(simulation.openingBooks(tokenIdsOf(simulation)));
    for (const text of textsOf(simulation, 4_000)) {
      client.receive(text);
    }
    expect(client.problems.slice(0, 3)).toEqual([]);
    expect(client.counts.price_change).toBe(4_000);
    expect(client.counts.last_trade_price).toBeGreaterThan(100);
    expect(client.counts.book).toBeGreaterThan(tokenIdsOf(simulation).length + 30);
    expect(client.counts.tick_size_change).toBeGreaterThanOrEqual(2);
    client.receive(simulation.openingBooks(tokenIdsOf(simulation)));
    expect(client.problems).toEqual([]);
  });

  test("keeps the books of a market exact mirrors", () => {
    const simulation = new Simulation({ markets: 3, seed: 5, startMs: START_MS });
    textsOf(simulation, 2_000);
    for (const { identity } of simulation.markets) {
      const [yes, no] = JSON.parse(
        simulation.openingBooks(identity.tokens.map((token) => token.tokenId)),
      ) as [WireBook, WireBook];
      const mirrored = (levels: WireBook["bids"]) =>
        levels.map(({ price, size }) => ({ price: mirror(price), size }));
      expect(no.asks).toEqual(mirrored(yes.bids));
      expect(no.bids).toEqual(mirrored(yes.asks));
      expect(no.last_trade_price).toBe(yes.last_trade_price ?? "");
    }
  });

  test("starts with books of thirty to a hundred levels and three-decimal trade prices", () => {
    const simulation = new Simulation({ markets: 100, seed: 2, startMs: START_MS });
    const books = JSON.parse(simulation.openingBooks(tokenIdsOf(simulation))) as WireBook[];
    const levels = books.map(({ bids, asks }) => bids.length + asks.length);
    expect(books).toHaveLength(200);
    expect(Math.min(...levels)).toBeGreaterThan(15);
    expect(Math.max(...levels)).toBeLessThanOrEqual(100);
    expect(levels.reduce((sum, count) => sum + count) / levels.length).toBeGreaterThan(40);
    expect(books.every((book) => /^0\.\d{3}$/.test(book.last_trade_price ?? ""))).toBe(true);
    expect(new Set(books.map((book) => book.tick_size))).toEqual(new Set(["0.01", "0.001"]));
  });

  test("names markets and tokens in the venue's forms", () => {
    const { markets } = new Simulation({ markets: 6, seed: 9, startMs: START_MS });
    for (const { identity } of markets) {
      expect(identity.market).toMatch(/^0x[0-9a-f]{64}$/);
      expect(identity.tokens.map((token) => token.outcome)).toEqual(["Yes", "No"]);
      for (const { tokenId } of identity.tokens) {
        expect(tokenId).toMatch(/^[1-9]\d{76}$/);
      }
    }
    expect(new Set(markets.map(({ identity }) => identity.negRisk)).size).toBe(2);
  });

  test("writes keys in the venue's order and decimals without trailing zeros", () => {
    const simulation = new Simulation({ markets: 6, seed: 11, startMs: START_MS });
    const orders = new Map<string, Set<string>>();
    const decimals = new Set<string>();
    const opening = simulation.openingBooks(tokenIdsOf(simulation).slice(0, 1));
    const later = textsOf(simulation, 3_000).map((text) => JSON.parse(text) as WireElement);
    const keysOf = (kind: string, value: object) => {
      orders.set(kind, (orders.get(kind) ?? new Set()).add(Object.keys(value).join()));
    };
    for (const element of later) {
      keysOf(element.event_type, element);
      if (element.event_type === "price_change") {
        for (const entry of element.price_changes) {
          keysOf("entry", entry);
          decimals.add(entry.price).add(entry.size).add(entry.best_bid).add(entry.best_ask);
        }
      }
    }
    expect(opening).toEndWith("]\n");
    expect(Object.keys((JSON.parse(opening) as WireBook[])[0] ?? {}).join()).toBe(
      "market,asset_id,timestamp,hash,bids,asks,tick_size,event_type,last_trade_price",
    );
    expect(Object.fromEntries([...orders].map(([kind, set]) => [kind, [...set]]))).toEqual({
      price_change: ["market,price_changes,timestamp,event_type"],
      entry: ["asset_id,price,size,side,hash,best_bid,best_ask"],
      last_trade_price: [
        "market,asset_id,price,size,fee_rate_bps,side,timestamp,event_type,transaction_hash",
      ],
      book: ["market,asset_id,bids,asks,hash,timestamp,event_type"],
      tick_size_change: ["market,asset_id,old_tick_size,new_tick_size,timestamp,event_type"],
    });
    for (const decimal of decimals) {
      expect(decimal).toMatch(/^(0|[1-9]\d*)(\.\d*[1-9])?$/);
    }
  });

  test("announces a trade after the change that it caused, on the same level", () => {
    const simulation = new Simulation({ markets: 2, seed: 4, startMs: START_MS });
    let trades = 0;
    for (let step = 0; step < 1_500; step += 1) {
      const elements = simulation
        .step(START_MS + step)
        .map(({ text }) => JSON.parse(text) as WireElement);
      expect(elements[0]?.event_type).toBe("price_change");
      const change = elements[0] as WirePriceChange;
      const trade = elements[1];
      if (trade?.event_type === "last_trade_price") {
        const entry = change.price_changes.find((e) => e.asset_id === trade.asset_id);
        expect(trade.price).toBe(entry?.price ?? "");
        expect(trade.side).toBe(entry?.side === "BUY" ? "SELL" : "BUY");
        trades += 1;
      }
    }
    expect(trades).toBeGreaterThan(50);
  });
});

describe("a seed", () => {
  test("gives the same messages again, and another seed gives others", () => {
    const run = (seed: number) => {
      const simulation = new Simulation({ markets: 5, seed, startMs: START_MS });
      return [simulation.openingBooks(tokenIdsOf(simulation)), ...textsOf(simulation, 500)];
    };
    expect(run(42)).toEqual(run(42));
    expect(run(42)).not.toEqual(run(43));
  });

  test("gives the same messages to a listener whatever the others listen to", () => {
    const all = new Simulation({ markets: 4, seed: 8, startMs: START_MS });
    const some = new Simulation({ markets: 4, seed: 8, startMs: START_MS });
    const wanted = new Set(tokenIdsOf(all).slice(2, 3));
    for (let step = 0; step < 500; step += 1) {
      const expected = all
        .step(START_MS + step)
        .filter(({ tokenIds }) => tokenIds.some((id) => wanted.has(id)));
      expect(some.step(START_MS + step, (id) => wanted.has(id))).toEqual(expected);
    }
  });
});

describe("time", () => {
  test("never goes back in messages when the clock does", () => {
    const simulation = new Simulation({ markets: 1, seed: 3, startMs: START_MS });
    simulation.step(START_MS + 900.75);
    const [message] = simulation.step(START_MS);
    expect(JSON.parse(message?.text ?? "").timestamp).toBe(String(START_MS + 900));
  });
});

test("only unknown tokens are answered with an empty array and a newline", () => {
  const simulation = new Simulation({ markets: 1, seed: 3, startMs: START_MS });
  expect(simulation.openingBooks(["123"])).toBe("[]\n");
});
