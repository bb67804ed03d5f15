import { describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { Control } from "../../../src/exchange/control.ts";
import type { ExchangeOptions } from "../../../src/exchange/start-exchange.ts";
import type { WireBook } from "../../../src/polymarket/messages.ts";
import { ReplayClient } from "../replay-client.ts";
import { ReplayedBook } from "../replayed-book.ts";
import { type VirtualClient, VirtualExchange } from "../virtual-exchange.ts";
import { elementsOf, isPriceChange } from "./elements.ts";

const SECOND = 1_000;
const START_MS = 1_795_000_000_000;
const TICKS = ["0.1", "0.01", "0.005", "0.0025", "0.001", "0.0001"];

/** Three decimals, as a hash has a trade's price. */
function padded(price: string): string {
  const [whole = "0", fraction = ""] = price.split(".");
  return `${whole}.${fraction.padEnd(3, "0")}`;
}

function sha1(text: string): string {
  return createHash("sha1").update(text).digest("hex");
}

interface Hashed {
  readonly ms: number;
  readonly recipe: string;
}

/**
 * What recipe each update of one token was hashed with, found by trying: nine fields with every
 * tick, and ten with the price before the first trade and all that were announced.
 */
function recipesOf({
  venue,
  client,
  tokenId,
  firstPrice,
}: {
  readonly venue: VirtualExchange;
  readonly client: VirtualClient;
  readonly tokenId: string;
  readonly firstPrice: string;
}): Hashed[] {
  const book = new ReplayedBook();
  const prices = new Set([firstPrice]);
  return client.texts.flatMap((text) =>
    elementsOf(text).flatMap((element): Hashed[] => {
      const { market, timestamp } = element;
      let hash: string | undefined;
      if (element.event_type === "last_trade_price") prices.add(padded(element.price));
      if (element.event_type === "book" && element.asset_id === tokenId) {
        book.load(element);
        hash = element.hash;
      }
      for (const entry of isPriceChange(element) ? element.price_changes : []) {
        if (entry.asset_id !== tokenId) continue;
        book.apply(entry);
        hash = entry.hash;
      }
      if (hash === undefined) return [];
      const { minOrderSize, negRisk } = venue.staticValues(market);
      const levels = JSON.stringify({ bids: book.bidLevels, asks: book.askLevels }).slice(1, -1);
      const recipe = TICKS.flatMap((tick) => {
        const nine =
          `{"market":"${market}","asset_id":"${tokenId}","timestamp":"${timestamp}","hash":"",` +
          `${levels},"min_order_size":"${minOrderSize}","tick_size":"${tick}","neg_risk":${negRisk}`;
        if (sha1(`${nine}}`) === hash) return ["9"];
        const price = [...prices].find(
          (each) => sha1(`${nine},"last_trade_price":"${each}"}`) === hash,
        );
        return price === undefined ? [] : ["10"];
      });
      return [{ ms: Number(timestamp) - START_MS, recipe: recipe.join() }];
    }),
  );
}

function lastPriceOf({ exchange }: VirtualExchange): string {
  const [market] = exchange.simulation.markets;
  return padded(String((market?.lastTradePrice ?? 0) / 10_000));
}

describe("a change of recipe", () => {
  const QUIET: ExchangeOptions = { markets: 1, rate: 2, oddities: 0, delayMs: 0, seed: 4 };

  test("in a plan comes at its time, in the middle of the stream", () => {
    const recipeSwitches = [
      { recipe: "10", atMs: 20 * SECOND },
      { recipe: "9", atMs: 40 * SECOND },
    ] as const;
    const venue = new VirtualExchange({ ...QUIET, recipe: "9", recipeSwitches });
    const [tokenId = ""] = venue.tokenIds;
    const firstPrice = lastPriceOf(venue);
    const client = venue.subscribe();
    venue.run(60 * SECOND);
    const hashed = recipesOf({ venue, client, tokenId, firstPrice });
    const between = (fromMs: number, toMs: number) => {
      const recipes = hashed
        .filter(({ ms }) => ms >= fromMs && ms < toMs)
        .map((each) => each.recipe);
      expect(recipes.length).toBeGreaterThan(5);
      return [...new Set(recipes)];
    };
    expect(hashed[0]?.recipe).toBe("9");
    expect(between(0, 20 * SECOND)).toEqual(["9"]);
    expect(between(20 * SECOND, 40 * SECOND)).toEqual(["10"]);
    expect(between(40 * SECOND, 60 * SECOND)).toEqual(["9"]);
  });

  test("shows in opening books and in REST, and hashes match after it", async () => {
    const recipeSwitches = [{ recipe: "10", atMs: 60_000 }] as const;
    const venue = new VirtualExchange({ markets: 2, rate: 20, recipe: "9", recipeSwitches });
    const [tokenId = ""] = venue.tokenIds;
    const fieldsOf = async () => {
      const client = venue.subscribe([tokenId]);
      venue.run(SECOND / 2);
      const [book] = elementsOf(client.texts[0] ?? "") as [WireBook];
      const rest = JSON.parse((await venue.rest(`/book?token_id=${tokenId}`)).text) as object;
      return { stream: Object.keys(book), rest: Object.keys(rest), hash: book.hash };
    };
    venue.run(59 * SECOND);
    const before = await fieldsOf();
    expect(before.stream).not.toContain("last_trade_price");
    expect(before.rest).toHaveLength(9);
    venue.run(SECOND);
    const after = await fieldsOf();
    expect(after.stream).toContain("last_trade_price");
    expect(after.rest).toHaveLength(10);
    const client = venue.subscribe();
    venue.run(20 * SECOND);
    const replay = new ReplayClient(venue.staticValues);
    for (const text of client.texts) replay.receive(text);
    replay.finish();
    expect(replay.problems).toEqual([]);
    expect(replay.outcomes.atOnce).toBeGreaterThan(100);
  });

  test("changes hashes and forms, but not what happens in the books", () => {
    const levelsWith = (options: ExchangeOptions) => {
      const venue = new VirtualExchange({ markets: 2, rate: 20, seed: 3, ...options });
      venue.subscribe();
      venue.run(30 * SECOND);
      return venue.exchange.simulation.markets.map(({ book }) => [book.bids.own, book.asks.own]);
    };
    const plain = levelsWith({});
    expect(levelsWith({ recipe: "next" })).toEqual(plain);
    expect(levelsWith({ recipe: "5" })).toEqual(plain);
    expect(levelsWith({ recipeSwitches: [{ recipe: "6", atMs: 10 * SECOND }] })).toEqual(plain);
  });

  test("may be asked for while it runs", () => {
    const venue = new VirtualExchange({ ...QUIET, rate: 4 });
    const [tokenId = ""] = venue.tokenIds;
    const control = new Control(venue.exchange);
    const firstPrice = lastPriceOf(venue);
    const client = venue.subscribe();
    venue.run(10 * SECOND);
    const body = JSON.stringify({ recipe: "9" });
    const query = new URLSearchParams();
    const answer = control.answer({ method: "POST", path: "/control/recipe", query, body });
    expect(answer).toMatchObject({ status: 200, body: '{"recipe":"9"}' });
    venue.run(10 * SECOND);
    const hashed = recipesOf({ venue, client, tokenId, firstPrice });
    for (const { ms, recipe } of hashed) expect(recipe).toBe(ms < 10 * SECOND ? "10" : "9");
    expect(new Set(hashed.map(({ recipe }) => recipe))).toEqual(new Set(["10", "9"]));
  });
});
