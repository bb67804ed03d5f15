import { describe, expect, test } from "bun:test";
import { odditiesTimes } from "../../../src/exchange/market/oddities.ts";
import type { WireElement, WireLastTradePrice } from "../../../src/polymarket/messages.ts";
import { ReplayClient } from "../replay-client.ts";
import { VirtualExchange } from "../virtual-exchange.ts";
import { contentOf, elementsOf, elementsOfAll, isPriceChange } from "./elements.ts";

const SECOND = 1_000;

function isTrade(element: WireElement): element is WireLastTradePrice {
  return element.event_type === "last_trade_price";
}

describe("two sockets with the same tokens", () => {
  function pair(oddities: number) {
    const venue = new VirtualExchange({ markets: 4, rate: 60, seed: 8, oddities });
    const clients = [venue.subscribe(), venue.subscribe()] as const;
    venue.run(30 * SECOND);
    // What was said last may have reached one of them only.
    const lastMs = venue.clock.nowUs() / 1_000 - SECOND;
    const early = clients.map(({ texts }) =>
      texts.filter((text) => elementsOf(text).every(({ timestamp }) => +timestamp < lastMs)),
    );
    return { venue, clients, early };
  }

  const plain = pair(0);
  const wild = pair(50);

  test.each([
    ["without oddities", plain],
    ["with many", wild],
  ])("hear the same, %s", (_, { early }) => {
    const [one = new Set(), two = new Set()] = early.map(contentOf);
    expect(one.size).toBeGreaterThan(1_000);
    expect(one.symmetricDifference(two)).toEqual(new Set());
    const trades = early.map((texts) => elementsOfAll(texts).filter(isTrade));
    const length = Math.min(...trades.map((list) => list.length));
    expect(length).toBeGreaterThan(3);
    expect(trades[0]?.slice(0, length)).toEqual(trades[1]?.slice(0, length) ?? []);
  });

  test("hear it in other cuts and at other times", () => {
    const [one, two] = wild.clients;
    const [ours, theirs] = [new Set(one.texts), new Set(two.texts)];
    expect(ours.difference(theirs).size).toBeGreaterThan(50);
    expect(theirs.difference(ours).size).toBeGreaterThan(50);
    const shared = plain.clients[0].times.filter((ms) => plain.clients[1].times.includes(ms));
    expect(shared.length).toBeLessThan(20);
  });

  test("hear it in one order without oddities, but for the trades", () => {
    const orders = plain.early;
    expect(orders[0]).not.toEqual(orders[1] ?? []);
    const withoutTrades = orders.map((texts) =>
      texts.filter((text) => !elementsOf(text).some(isTrade)),
    );
    expect(withoutTrades[0]).toEqual(withoutTrades[1] ?? []);
  });

  test("arrive at books whose hashes are right", () => {
    const venue = new VirtualExchange({ markets: 2, rate: 30, seed: 8, oddities: 0 });
    const voices = { duplicate: 0.3, mixedArray: 0.3, joinedChanges: 0.5, sharedHash: 0.85 };
    venue.exchange.conditions.oddities = { ...odditiesTimes(0), ...voices };
    const clients = [venue.subscribe(), venue.subscribe()];
    venue.run(20 * SECOND);
    for (const { texts } of clients) {
      const replay = new ReplayClient(venue.staticValues);
      for (const text of texts) replay.receive(text);
      replay.finish();
      expect(replay.problems).toEqual([]);
      expect(replay.outcomes).toMatchObject({ late: 0 });
      expect(replay.outcomes.atOnce).toBeGreaterThan(100);
      const changes = elementsOfAll(texts)
        .filter(isPriceChange)
        .map((change) => JSON.stringify(change));
      expect(changes.length - new Set(changes).size).toBeGreaterThan(20);
    }
  });
});
