import { describe, expect, test } from "bun:test";
import { said } from "../../../src/exchange/channel/said.ts";
import type { SpokenElement } from "../../../src/exchange/market/announcement.ts";
import type { RecipeName } from "../../../src/exchange/market/book-summary.ts";
import { type Oddities, odditiesTimes } from "../../../src/exchange/market/oddities.ts";
import type {
  WireBook,
  WireElement,
  WireLastTradePrice,
  WirePriceChange,
} from "../../../src/polymarket/messages.ts";
import { VirtualExchange } from "../virtual-exchange.ts";
import { elementsOf, elementsOfAll, isPriceChange } from "./elements.ts";

const SECOND = 1_000;
const START_MS = 1_795_000_000_000;

/** One client of a quiet venue, that hears what the test says. */
class HearingClient {
  readonly #venue = new VirtualExchange({ markets: 1, rate: 0, delayMs: 0, oddities: 0 });
  readonly #client = this.#venue.subscribe([]);

  constructor(oddities: Partial<Oddities>, recipe: RecipeName = "10") {
    const { conditions } = this.#venue.exchange;
    conditions.oddities = { ...odditiesTimes(0), ...oddities };
    conditions.recipe = recipe;
  }

  /** Elements of one announcement. */
  hear(...elements: SpokenElement[]): void {
    this.hearOf(["1001", "1002"], ...elements);
  }

  /** The same, about these tokens. */
  hearOf(tokenIds: readonly string[], ...elements: SpokenElement[]): void {
    const [client] = this.#venue.exchange.clients;
    client?.voice.hear(elements.map((element) => said(element, tokenIds)));
  }

  run(ms: number): void {
    this.#venue.run(ms);
  }

  get nowMs(): number {
    return this.#venue.clock.monotonicMs();
  }

  get texts(): readonly string[] {
    return this.#client.texts;
  }

  get times(): readonly number[] {
    return this.#client.times;
  }
}

function change(number: number): WirePriceChange {
  const entry = { price: "0.5", size: "1", side: "BUY", best_bid: "0.5", best_ask: "0.6" } as const;
  return {
    market: "0xm",
    price_changes: [
      { ...entry, asset_id: "1001", hash: `yes ${number}` },
      { ...entry, asset_id: "1002", hash: `no ${number}` },
    ],
    timestamp: String(START_MS + number),
    event_type: "price_change",
  };
}

function swapped(element: WirePriceChange): WirePriceChange {
  return { ...element, price_changes: element.price_changes.toReversed() };
}

function trade(number: number): WireLastTradePrice {
  return {
    market: "0xm",
    asset_id: "1001",
    price: "0.5",
    size: "1",
    fee_rate_bps: "0",
    side: "BUY",
    timestamp: String(START_MS + number),
    event_type: "last_trade_price",
    transaction_hash: `0x${number}`,
  };
}

function textOf(element: SpokenElement): string {
  return JSON.stringify(element);
}

function isTrade(element: WireElement): element is WireLastTradePrice {
  return element.event_type === "last_trade_price";
}

describe("a double", () => {
  const ROUNDS = 2_000;

  test("follows within 6 ms, half of the changes with their entries swapped", () => {
    const client = new HearingClient({ duplicate: 0.5 });
    const counts = { same: 0, swapped: 0, none: 0 };
    const gaps: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const before = client.texts.length;
      client.hear(change(round));
      client.run(6);
      const [first, second, ...more] = client.texts.slice(before);
      expect([first, more]).toEqual([textOf(change(round)), []]);
      if (second === undefined) counts.none += 1;
      else {
        counts[second === first ? "same" : "swapped"] += 1;
        expect([first, textOf(swapped(change(round)))]).toContain(second);
        gaps.push((client.times[before + 1] ?? 0) - (client.times[before] ?? 0));
      }
    }
    expect(Math.abs(counts.none - ROUNDS / 2)).toBeLessThan(100);
    expect(Math.abs(counts.same - ROUNDS / 4)).toBeLessThan(100);
    const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
    expect(mean).toBeGreaterThan(2.8);
    expect(mean).toBeLessThan(3.2);
  });

  test("is of a change, a tick or best prices, and of nothing else", () => {
    const base = { market: "0xm", asset_id: "1001", timestamp: "1" };
    const both = { assets_ids: [], tags: [], id: "1", event_message: null };
    const elements = {
      tick_size_change: {
        ...base,
        old_tick_size: "0.01",
        new_tick_size: "0.001",
        event_type: "tick_size_change",
      },
      best_bid_ask: {
        ...base,
        best_bid: "0.4",
        best_ask: "0.5",
        spread: "0.1",
        event_type: "best_bid_ask",
      },
      price_change: change(1),
      last_trade_price: trade(1),
      book: { ...base, hash: "", bids: [], asks: [], event_type: "book" },
      market_resolved: {
        ...base,
        ...both,
        winning_asset_id: "1001",
        winning_outcome: "Yes",
        event_type: "market_resolved",
      },
    } satisfies Record<string, SpokenElement>;
    const repeated = Object.entries(elements).filter(([, element]) => {
      const client = new HearingClient({ duplicate: 1 });
      client.hear(element);
      client.run(SECOND);
      expect(client.texts[0]).toBe(textOf(element));
      return client.texts.length === 2;
    });
    expect(repeated.map(([type]) => type)).toEqual([
      "tick_size_change",
      "best_bid_ask",
      "price_change",
    ]);
  });

  test("comes before anything that is said of its market later, and of no other", () => {
    const client = new HearingClient({ duplicate: 1 });
    for (let round = 0; round < 50; round += 1) {
      const before = client.texts.length;
      const [first, second, other] = [change(3 * round), change(3 * round + 1), trade(3 * round)];
      client.hear(first);
      client.hearOf(["2001", "2002"], other);
      client.hearOf(["2001", "2002"], second);
      expect(client.texts.slice(before)).toEqual([first, second].map(textOf));
      client.hearOf(["1002"], { ...second, market: "0xn" });
      client.run(SECOND);
      const texts = client.texts.slice(before);
      expect(texts).toHaveLength(7);
      expect([textOf(first), textOf(swapped(first))]).toContain(texts[2] ?? "");
      expect(texts[3]).toBe(textOf({ ...second, market: "0xn" }));
    }
  });

  test("never comes before what it doubles, even where that waits for a neighbour", () => {
    const client = new HearingClient({ duplicate: 0.5, mixedArray: 0.5 });
    for (let round = 0; round < ROUNDS; round += 1) {
      client.hear(change(round));
      client.run(20);
    }
    const seen = new Map<string, number>();
    const stamped = client.texts.flatMap((text, index) =>
      elementsOf(text).map(({ timestamp }) => ({ timestamp, ms: client.times[index] ?? 0 })),
    );
    let newest = 0;
    for (const { timestamp, ms } of stamped) {
      const firstMs = seen.get(timestamp);
      if (firstMs === undefined) {
        seen.set(timestamp, ms);
        expect(Number(timestamp)).toBeGreaterThan(newest);
        newest = Number(timestamp);
      } else expect(ms - firstMs).toBeLessThan(6);
    }
    expect(seen.size).toBeGreaterThan(ROUNDS - 5);
    expect(stamped.length).toBeGreaterThan(ROUNDS * 1.2);
  });
});

describe("an array of neighbours", () => {
  test("has two elements, the first of which waited", () => {
    const client = new HearingClient({ mixedArray: 1 });
    client.hear(change(1));
    client.run(49);
    expect(client.texts).toEqual([]);
    client.hear(change(2));
    expect(client.texts).toEqual([`[${textOf(change(1))},${textOf(change(2))}]`]);
    client.hear(change(3));
    client.run(SECOND);
    expect(client.texts.slice(1)).toEqual([textOf(change(3))]);
  });

  test("is not waited for longer than 50 ms", () => {
    const client = new HearingClient({ mixedArray: 1 });
    client.hear(change(1));
    client.run(SECOND);
    client.hear(trade(2));
    client.run(SECOND);
    expect(client.texts).toEqual([textOf(change(1)), textOf(trade(2))]);
    expect(client.times[0]).toBe(50);
    expect(client.times[1]).toBeGreaterThan(SECOND + 50);
    expect(client.times[1]).toBeLessThan(SECOND + 75);
  });

  test("may be of any types, and keeps the order", () => {
    const client = new HearingClient({ mixedArray: 0.5 });
    const heard: string[] = [];
    for (let round = 0; round < 300; round += 1) {
      const elements = [change(3 * round), change(3 * round + 1)];
      client.hear(...elements);
      heard.push(...elements.map(textOf));
      client.run(30);
    }
    client.run(SECOND);
    expect(elementsOfAll(client.texts).map(textOf)).toEqual(heard);
    const sizes = client.texts.map((text) => (text.startsWith("[") ? elementsOf(text).length : 1));
    expect(new Set(sizes)).toEqual(new Set([1, 2]));
    expect(client.texts.filter((text) => text.startsWith("[")).length).toBeGreaterThan(100);
  });
});

describe("a text of 2024", () => {
  test.each<[RecipeName, boolean]>([
    ["5", true],
    ["6", true],
    ["9", false],
    ["10", false],
    ["next", false],
  ])("is an array: under recipe %s %p", (recipe, isArray) => {
    const client = new HearingClient({ mixedArray: 0.5, duplicate: 0.5 }, recipe);
    for (let round = 0; round < 50; round += 1) client.hear(change(round));
    client.run(SECOND);
    const lengths = new Set(
      client.texts.map((text) => {
        const value: unknown = JSON.parse(text);
        return Array.isArray(value) ? value.length : 0;
      }),
    );
    expect(lengths).toEqual(new Set([isArray ? 1 : 0, 2]));
    expect(client.texts.some((text) => text.startsWith("[["))).toBe(false);
  });
});

describe("the changes of a group", () => {
  const group = [1, 2, 3, 4].map(change);

  test("come in one message with all entries, in order", () => {
    const client = new HearingClient({ joinedChanges: 1 });
    const [first = change(1)] = group;
    client.hear(...group);
    const price_changes = group.flatMap((element) => element.price_changes);
    expect(client.texts).toEqual([textOf({ ...first, price_changes })]);
  });

  test("are cut anywhere, and never joined with another announcement's", () => {
    const client = new HearingClient({ joinedChanges: 0.5 });
    const cuts = new Set<string>();
    for (let round = 0; round < 200; round += 1) {
      const before = client.texts.length;
      client.hear(...group);
      const entries = elementsOfAll(client.texts.slice(before)).map((element) =>
        isPriceChange(element) ? element.price_changes.length : 0,
      );
      cuts.add(entries.join("+"));
      expect(entries.reduce((sum, count) => sum + count, 0)).toBe(8);
    }
    expect(cuts).toEqual(new Set(["8", "6+2", "4+4", "2+6", "4+2+2", "2+4+2", "2+2+4", "2+2+2+2"]));
  });

  test("are joined with nothing but changes", () => {
    const client = new HearingClient({ joinedChanges: 1 });
    const book: WireBook = {
      market: "0xm",
      asset_id: "1001",
      timestamp: "1",
      hash: "",
      bids: [],
      asks: [],
      event_type: "book",
    };
    client.hear(change(1), book, change(2));
    expect(client.texts).toEqual([change(1), book, change(2)].map(textOf));
  });
});

describe("trades", () => {
  test("lie up to 25 ms later among the changes, in their own order", () => {
    const client = new HearingClient({});
    const sent = new Map<string, number>();
    for (let round = 0; round < 500; round += 1) {
      client.hear(round % 2 === 0 ? trade(round) : change(round));
      sent.set(String(START_MS + round), client.nowMs);
      client.run(3);
    }
    client.run(SECOND);
    const elements = elementsOfAll(client.texts);
    const delays = elements.map(
      ({ timestamp }, index) => (client.times[index] ?? 0) - (sent.get(timestamp) ?? 0),
    );
    const [trades, changes] = [true, false].map((wanted) =>
      elements.flatMap((element, index) =>
        isTrade(element) === wanted
          ? [{ stamp: Number(element.timestamp), delayMs: delays[index] ?? 0 }]
          : [],
      ),
    );
    expect(trades).toHaveLength(250);
    for (const list of [trades, changes]) {
      const stamps = list?.map(({ stamp }) => stamp);
      expect(stamps).toEqual(stamps?.toSorted((a, b) => a - b));
    }
    const tradeDelays = trades?.map(({ delayMs }) => delayMs) ?? [];
    expect(Math.max(...tradeDelays)).toBeLessThan(25);
    expect(Math.max(...tradeDelays)).toBeGreaterThan(20);
    expect(Math.min(...tradeDelays)).toBeLessThan(3);
    expect(new Set(changes?.map(({ delayMs }) => delayMs))).toEqual(new Set([0]));
  });
});
