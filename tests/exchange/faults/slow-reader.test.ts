import { describe, expect, test } from "bun:test";
import { elementsOf, isPriceChange } from "../channel/elements.ts";
import type { VirtualClient } from "../virtual-exchange.ts";
import { addFaults, START_MS, textsAfter, venueWith } from "./faulty-venue.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const SLOW_CONSUMER = { code: 1013, reason: "slow consumer: send buffer full" };

describe("slow-reader", () => {
  function lagsOf({ texts, times }: VirtualClient): { ms: number; lagMs: number }[] {
    return texts.slice(1).flatMap((text, index) => {
      const ms = times[index + 1] ?? 0;
      const changes = elementsOf(text).filter(isPriceChange);
      return changes.map(({ timestamp }) => ({ ms, lagMs: ms - (+timestamp - START_MS) }));
    });
  }

  test("lets the lag of a busy socket grow until it is closed with 1013", () => {
    const venue = venueWith("slow-reader,at=2s,socket=1", { rate: 150, oddities: 0 });
    const [client, other] = [venue.subscribe(), venue.subscribe()];
    venue.run(20 * SECOND);
    const lags = lagsOf(client);
    const lagAt = (ms: number) => lags.findLast((lag) => lag.ms <= ms)?.lagMs ?? 0;
    expect(lagAt(2 * SECOND)).toBeLessThan(200);
    expect(lagAt(4 * SECOND)).toBeGreaterThan(600);
    expect(lagAt(8 * SECOND)).toBeGreaterThan(2 * lagAt(4 * SECOND));
    expect([client.ends, other.ends]).toEqual([[SLOW_CONSUMER], []]);
    expect(Math.max(...lagsOf(other).map(({ lagMs }) => lagMs))).toBeLessThan(500);
    const bytes = textsAfter(client, 2 * SECOND).reduce((sum, text) => sum + text.length, 0);
    const readMs = Math.max(...client.times) - 2 * SECOND;
    expect(bytes / readMs).toBeGreaterThan(18);
    expect(bytes / readMs).toBeLessThan(21);
  });

  test("is not ended by a shorter one", () => {
    const venue = venueWith("", { rate: 0, delayMs: 0 });
    const client = venue.subscribe([]);
    addFaults(venue, "slow-reader,slow-reader,for=1s");
    venue.run(2 * SECOND);
    client.send({ operation: "subscribe", assets_ids: venue.tokenIds });
    expect(client.texts).toEqual([]);
    venue.run(10 * SECOND);
    expect(client.times[0]).toBeCloseTo(2 * SECOND + (client.texts[0]?.length ?? 0) / 20, 1);
  });

  test("reads 20 bytes a millisecond, one text after the other, PONG in its turn", () => {
    const messages = Array.from({ length: 50 }, (_, index) => `${index}`.padEnd(1_000, "x"));
    const venue = venueWith("slow-reader", { messages });
    const client = venue.subscribe([]);
    client.send("PING");
    venue.run(MINUTE);
    expect(client.texts).toEqual([...messages, "PONG"]);
    const times = [...messages.map((_, index) => 50 * (index + 1)), 2_500.2];
    for (const [index, ms] of client.times.entries()) expect(ms).toBeCloseTo(times[index] ?? 0, 1);
  });

  test("lets a file wait for who reads slowly", () => {
    const messages = Array.from({ length: 2_000 }, (_, index) => `${index}`.padEnd(1_024));
    const venue = venueWith("slow-reader", { messages });
    const client = venue.subscribe([]);
    venue.run(3 * MINUTE);
    expect(client.texts).toEqual(messages);
    expect(client.ends).toEqual([]);
  });

  test("forgets what it has read: in the long run a mebibyte does not matter", () => {
    const venue = venueWith("slow-reader", { rate: 0 });
    const client = venue.subscribe();
    for (let round = 0; round < 150; round += 1) {
      for (const operation of ["unsubscribe", "subscribe"]) {
        client.send({ operation, assets_ids: venue.tokenIds });
      }
      venue.run(2 * SECOND);
    }
    const bytes = client.texts.reduce((sum, text) => sum + text.length, 0);
    expect(bytes).toBeGreaterThan(1.1 * 1_024 * 1_024);
    expect(client.ends).toEqual([]);
  });

  test("is kept waiting by nothing that is withheld, and nobody else by a mebibyte", () => {
    const messages = Array.from({ length: 3 }, () => "y".repeat(1_000_000));
    const stalled = venueWith("stall-socket,slow-reader", { messages });
    const client = stalled.subscribe([]);
    client.send("PING");
    stalled.run(SECOND);
    expect(client.texts).toEqual(["PONG"]);
    const healthy = venueWith("", { messages, delayMs: 500 });
    const other = healthy.subscribe([]);
    healthy.run(MINUTE);
    expect([other.texts.length, other.ends]).toEqual([3, []]);
  });

  test("catches up after its time", () => {
    const venue = venueWith("slow-reader,at=2s,for=3s", { rate: 100, oddities: 0 });
    const client = venue.subscribe();
    venue.run(30 * SECOND);
    const lags = lagsOf(client);
    expect(Math.max(...lags.map(({ lagMs }) => lagMs))).toBeGreaterThan(2 * SECOND);
    const late = lags.filter(({ ms }) => ms > 25 * SECOND).map(({ lagMs }) => lagMs);
    expect(Math.max(...late)).toBeLessThan(500);
    expect(client.ends).toEqual([]);
  });
});
