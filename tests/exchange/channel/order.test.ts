import { describe, expect, test } from "bun:test";
import type { WireBook } from "../../../src/polymarket/messages.ts";
import { VirtualExchange } from "../virtual-exchange.ts";
import { elementsOf } from "./elements.ts";

const SECOND = 1_000;

describe("the times of a token's books and changes", () => {
  test("never run back, but for a change right after an opening book", () => {
    const venue = new VirtualExchange({ markets: 4, rate: 100, seed: 3, oddities: 100 });
    const client = venue.subscribe();
    venue.run(120 * SECOND);
    const last = new Map<string, number>();
    const opened = new Set<string>();
    let doubles = 0;
    const regressions = client.texts.flatMap(elementsOf).filter((element) => {
      const isBook = element.event_type === "book";
      if (!isBook && element.event_type !== "price_change") return false;
      const { market, timestamp } = element;
      const ms = Number(timestamp);
      const before = last.get(market) ?? 0;
      const isFirst = opened.delete(market);
      if (isBook && (element as WireBook).tick_size !== undefined) opened.add(market);
      if (ms === before) doubles += 1;
      last.set(market, Math.max(before, ms));
      return ms < before && !isFirst;
    });
    expect(doubles).toBeGreaterThan(1_000);
    expect(regressions).toEqual([]);
  });
});

describe("a file of messages", () => {
  test("takes its way as fast as the client reads, whatever the delay", () => {
    const messages = Array.from({ length: 5_000 }, (_, index) => `${index}`.padEnd(1_000));
    const venue = new VirtualExchange({ messages, delayMs: 20 });
    const client = venue.subscribe([]);
    venue.run(600 * SECOND);
    expect(client.texts).toEqual(messages);
    expect(client.ends.filter(({ code }) => code === 1013)).toEqual([]);
  });
});
