import { describe, expect, test } from "bun:test";
import type {
  WireBook,
  WireElement,
  WireLastTradePrice,
  WirePriceChange,
} from "../../../src/polymarket/messages.ts";
import { ReplayClient } from "../replay-client.ts";
import { VirtualExchange } from "../virtual-exchange.ts";
import { contentOf, elementsOf, elementsOfAll, entryName, isPriceChange } from "./elements.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

function isTrade(element: WireElement): element is WireLastTradePrice {
  return element.event_type === "last_trade_price";
}

/** Entries in an order of their own: swapped ones are the same. */
function changeName(change: WirePriceChange): string {
  return change.price_changes
    .map((entry) => entryName(change, entry))
    .toSorted()
    .join();
}

/** Each element that came a second time, with how much later it came. */
function repeatsOf(venueOf: { texts: string[]; times: number[] }) {
  const first = new Map<string, { ms: number; text: string }>();
  const repeats: { element: WireElement; gapMs: number; isSwapped: boolean }[] = [];
  let total = 0;
  for (const [index, text] of venueOf.texts.entries()) {
    const ms = venueOf.times[index] ?? 0;
    for (const element of elementsOf(text)) {
      const written = JSON.stringify(element);
      const name = isPriceChange(element) ? changeName(element) : written;
      const known = first.get(name);
      if (known === undefined) first.set(name, { ms, text: written });
      else repeats.push({ element, gapMs: ms - known.ms, isSwapped: known.text !== written });
      if (isPriceChange(element)) total += 1;
    }
  }
  return { repeats, total };
}

describe("what comes twice", () => {
  test("comes again within 6 ms, half of the changes with their entries swapped", () => {
    const venue = new VirtualExchange({ markets: 3, rate: 40, seed: 4, oddities: 25, delayMs: 0 });
    const client = venue.subscribe();
    venue.run(MINUTE);
    const { repeats, total } = repeatsOf(client);
    const changes = repeats.filter(({ element }) => isPriceChange(element));
    // Ten per cent, less those that wait for a neighbour.
    expect(changes.length / total).toBeGreaterThan(0.06);
    expect(changes.length / total).toBeLessThan(0.13);
    for (const { gapMs } of repeats) {
      expect(gapMs).toBeGreaterThanOrEqual(0);
      expect(gapMs).toBeLessThan(6);
    }
    expect(changes.some(({ gapMs }) => gapMs > 4)).toBe(true);
    const swapped = changes.filter(({ isSwapped }) => isSwapped).length / changes.length;
    expect(swapped).toBeGreaterThan(0.35);
    expect(swapped).toBeLessThan(0.65);
    const others = repeats.filter(({ element }) => !isPriceChange(element));
    expect(new Set(others.map(({ element }) => element.event_type))).toEqual(
      new Set(["best_bid_ask"]),
    );
  });

  test("may be a tick, but never a trade or a book", () => {
    const venue = new VirtualExchange({ markets: 12, rate: 60, seed: 2, oddities: 100, delayMs: 0 });
    const client = venue.subscribe();
    venue.run(MINUTE);
    const types = new Set(repeatsOf(client).repeats.map(({ element }) => element.event_type));
    expect([...types].toSorted()).toEqual(["best_bid_ask", "price_change", "tick_size_change"]);
    expect(elementsOfAll(client.texts).filter(isTrade).length).toBeGreaterThan(20);
  });
});

describe("what comes together", () => {
  test("is two neighbours in one array, which wait no longer than 50 ms for each other", () => {
    const venue = new VirtualExchange({ markets: 2, rate: 10, seed: 6, oddities: 50, delayMs: 0 });
    const client = venue.subscribe();
    const startMs = Number(venue.clock.nowUs()) / 1_000;
    venue.run(2 * MINUTE);
    const [, ...texts] = client.texts;
    const arrays = texts.filter((text) => text.startsWith("["));
    expect(arrays.length).toBeGreaterThan(texts.length * 0.05);
    for (const text of arrays) expect(elementsOf(text)).toHaveLength(2);
    const mixed = arrays.filter(
      (text) => new Set(elementsOf(text).map(({ event_type }) => event_type)).size === 2,
    );
    expect(mixed.length).toBeGreaterThan(5);
    const ages = client.texts.flatMap((text, index) =>
      index === 0
        ? []
        : elementsOf(text)
            .filter(isPriceChange)
            .map(({ timestamp }) => startMs + (client.times[index] ?? 0) - Number(timestamp)),
    );
    // A late hash adds five, a repetition six, and stamps are cut to the millisecond.
    expect(Math.max(...ages)).toBeLessThan(50 + 5 + 6 + 1);
    expect(Math.max(...ages)).toBeGreaterThan(40);
  });

  test("is several changes of one group in one message, under one hash a token", () => {
    const venue = new VirtualExchange({ markets: 3, rate: 30, seed: 7, oddities: 5 });
    const client = venue.subscribe();
    venue.run(MINUTE);
    const changes = elementsOfAll(client.texts).filter(isPriceChange);
    const joined = changes.filter(({ price_changes }) => price_changes.length > 2);
    expect(joined.length).toBeGreaterThan(20);
    for (const { price_changes } of joined) {
      expect(price_changes.length % 2).toBe(0);
      const hashes = new Set(price_changes.map(({ asset_id, hash }) => `${asset_id} ${hash}`));
      expect(hashes.size).toBe(2);
    }
  });

  test("is never anything on a venue without oddities", () => {
    const venue = new VirtualExchange({ markets: 3, rate: 30, seed: 7, oddities: 0, delayMs: 0 });
    const client = venue.subscribe();
    venue.run(MINUTE);
    const [, ...texts] = client.texts;
    expect(texts.filter((text) => !text.startsWith("{"))).toEqual([]);
    expect(new Set(texts).size).toBe(texts.length);
    const changes = elementsOfAll(texts).filter(isPriceChange);
    expect(new Set(changes.map(({ price_changes }) => price_changes.length))).toEqual(new Set([2]));
  });
});

describe("two sockets with the same tokens", () => {
  function pair(oddities: number) {
    const venue = new VirtualExchange({ markets: 4, rate: 60, seed: 8, oddities });
    const clients = [venue.subscribe(), venue.subscribe()] as const;
    venue.run(MINUTE);
    // What was said last may have reached one of them only.
    const lastMs = Number(venue.clock.nowUs()) / 1_000 - SECOND;
    const contents = clients.map(({ texts }) =>
      contentOf(
        texts.filter((text) => elementsOf(text).every(({ timestamp }) => +timestamp < lastMs)),
      ),
    );
    return { clients, contents };
  }

  test.each([[0], [1], [100]])("hear the same, at oddities %p", (oddities) => {
    const { clients, contents } = pair(oddities);
    const [one, two] = contents;
    expect(one?.size).toBeGreaterThan(1_000);
    expect(one?.symmetricDifference(two ?? new Set())).toEqual(new Set());
    const trades = clients.map(({ texts }) => elementsOfAll(texts).filter(isTrade));
    const counts = trades.map(({ length }) => length);
    expect(Math.min(...counts)).toBeGreaterThan(20);
    const common = trades.map((list) => list.slice(0, Math.min(...counts)));
    expect(common[0]).toEqual(common[1] ?? []);
  });

  test("hear it in other cuts, at other times, and with trades between other changes", () => {
    const { clients } = pair(1);
    const [one, two] = clients.map(({ texts }) => new Set(texts));
    expect(one?.difference(two ?? new Set()).size).toBeGreaterThan(10);
    expect(two?.difference(one ?? new Set()).size).toBeGreaterThan(10);
    expect(clients[0].times).not.toEqual(clients[1].times);
    const plain = pair(0).clients.map(({ texts }) => texts);
    const length = Math.min(...plain.map((texts) => texts.length));
    const orders = plain.map((texts) => texts.slice(0, length));
    expect(orders[0]).not.toEqual(orders[1] ?? []);
    // Without oddities it is the trades alone that lie elsewhere.
    const withoutTrades = orders.map((texts) =>
      texts.filter((text) => !text.includes('"last_trade_price"')).slice(0, -20),
    );
    const shorter = Math.min(...withoutTrades.map((texts) => texts.length));
    expect(withoutTrades[0]?.slice(0, shorter)).toEqual(withoutTrades[1]?.slice(0, shorter) ?? []);
  });

  test("arrive at the same books, whatever the oddities", () => {
    const venue = new VirtualExchange({ markets: 3, rate: 40, seed: 9, oddities: 30 });
    const clients = [venue.subscribe(), venue.subscribe()];
    venue.run(MINUTE);
    const replays = clients.map(({ texts }) => {
      const replay = new ReplayClient(venue.staticValues);
      for (const text of texts) replay.receive(text);
      replay.finish();
      expect(replay.problems).toEqual([]);
      expect(replay.ignored.duplicates).toBeGreaterThan(50);
      return replay;
    });
    expect(replays[0]?.counts).not.toEqual(replays[1]?.counts);
  });
});

describe("a stale change", () => {
  /** A client that comes and goes, beside one that hears everything. */
  function comeAndGo(oddities: number, markets: number) {
    const options = { markets, rate: 20 * markets, seed: 3, oddities, delayMs: 0 };
    const venue = new VirtualExchange(options);
    const steady = venue.subscribe();
    venue.run(20 * SECOND);
    const openings = Array.from({ length: 150 }, () => {
      const client = venue.subscribe(venue.tokenIds.slice(0, 1));
      const [first = "[]", second] = client.texts;
      const [book] = elementsOf(first) as [WireBook];
      const stale = second === undefined ? undefined : elementsOf(second).find(isPriceChange);
      client.terminate();
      venue.run(97);
      return { book, stale };
    });
    return { steady, openings };
  }

  test("follows an opening book at once, stamped before it and known to it", () => {
    const { steady, openings } = comeAndGo(10, 2);
    const heard = elementsOfAll(steady.texts).filter(isPriceChange);
    const stale = openings.flatMap(({ book, stale }) => (stale ? [{ book, change: stale }] : []));
    // Half of the books at this factor.
    expect(stale.length).toBeGreaterThan(40);
    expect(stale.length).toBeLessThan(110);
    for (const { book, change } of stale) {
      expect(Number(change.timestamp)).toBeLessThan(Number(book.timestamp));
      const entry = change.price_changes.find(({ asset_id }) => asset_id === book.asset_id);
      const name = entry && entryName(change, entry);
      const same = heard.flatMap((known) =>
        known.price_changes.flatMap((other) => (entryName(known, other) === name ? [known] : [])),
      );
      expect(same.length).toBeGreaterThan(0);
      // The book has its size, or that of a change in between.
      const levels = entry?.side === "BUY" ? book.bids : book.asks;
      const size = levels.find(({ price }) => price === entry?.price)?.size ?? "0";
      const sizes = heard
        .filter(({ timestamp }) => +timestamp >= +change.timestamp && +timestamp <= +book.timestamp)
        .flatMap(({ price_changes }) => price_changes)
        .filter((other) => other.asset_id === book.asset_id)
        .filter(({ price, side }) => price === entry?.price && side === entry?.side)
        .map((other) => other.size);
      expect(sizes).toContain(size);
      expect(sizes).toContain(entry?.size ?? "");
    }
  });

  test("does not come on a venue without oddities", () => {
    expect(comeAndGo(0, 1).openings.filter(({ stale }) => stale)).toEqual([]);
  });
});
