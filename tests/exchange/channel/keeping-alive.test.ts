import { describe, expect, test } from "bun:test";
import { parseFaults } from "../../../src/exchange/faults/fault-spec.ts";
import { VirtualExchange } from "../virtual-exchange.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const IDLE_MS = 125 * SECOND;
const DROPPED = [{ code: 1006, reason: "" }];

function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.floor(sorted.length * share)] ?? Number.NaN;
}

describe("a socket without traffic", () => {
  test("is cut after 125 s without a close frame, subscribed or not", () => {
    const venue = new VirtualExchange({ markets: 1, rate: 0, delayMs: 0 });
    const [silent, subscribed] = [venue.connect(), venue.connect()];
    venue.run(20 * SECOND);
    subscribed.send({ assets_ids: venue.tokenIds, type: "market" });
    venue.run(IDLE_MS - 20 * SECOND - 1);
    expect(silent.ends).toEqual([]);
    venue.run(1);
    expect(silent.ends).toEqual(DROPPED);
    venue.run(20 * SECOND - 1);
    expect(subscribed.ends).toEqual([]);
    venue.run(1);
    expect(subscribed.ends).toEqual(DROPPED);
    expect(subscribed.texts).toHaveLength(1);
  });

  test("lives as long as either side says anything", () => {
    const venue = new VirtualExchange({ markets: 1, rate: 0, delayMs: 0 });
    const pinging = venue.subscribe();
    const mute = venue.subscribe([]);
    for (let minute = 0; minute < 10; minute += 1) {
      venue.run(2 * MINUTE);
      pinging.send("PING");
      // An empty list has no answer: the client alone keeps this one alive.
      mute.send({ operation: "subscribe", assets_ids: [] });
    }
    expect(mute.texts).toEqual([]);
    expect(pinging.texts.filter((text) => text === "PONG")).toHaveLength(10);
    venue.run(IDLE_MS - 1);
    expect([...pinging.ends, ...mute.ends]).toEqual([]);
    venue.run(1);
    expect([pinging.ends, mute.ends]).toEqual([DROPPED, DROPPED]);
  });

  test("is none while data flows, though the client never pings", () => {
    const venue = new VirtualExchange({ markets: 2, rate: 2 });
    const client = venue.subscribe();
    venue.run(20 * MINUTE);
    expect(client.ends).toEqual([]);
    expect(client.texts.length).toBeGreaterThan(500);
  });
});

describe("the way to a client", () => {
  test("takes a log-normal time around 20 ms, of sigma 0.5", () => {
    const venue = new VirtualExchange({ markets: 1, rate: 0 });
    const client = venue.subscribe();
    venue.run(SECOND);
    const before = client.times.length;
    const sentMs: number[] = [];
    for (let round = 0; round < 20_000; round += 1) {
      sentMs.push(venue.clock.monotonicMs());
      client.send("PING");
      venue.run(400);
    }
    const delays = client.times
      .slice(before)
      .map((ms, index) => ms - (sentMs[index] ?? 0))
      .toSorted((a, b) => a - b);
    expect(delays).toHaveLength(20_000);
    const around = (value: number, wanted: number) => {
      expect(value).toBeGreaterThan(wanted * 0.95);
      expect(value).toBeLessThan(wanted * 1.05);
    };
    around(quantile(delays, 0.5), 20);
    // The normal distribution's quantiles of 10 % and 97.5 % lie at -1.2816 and 1.96 sigma.
    around(quantile(delays, 0.1), 20 * Math.exp(0.5 * -1.2816));
    around(quantile(delays, 0.975), 20 * Math.exp(0.5 * 1.96));
  });

  test("is of no time at all without a delay", () => {
    const venue = new VirtualExchange({ markets: 1, rate: 0, delayMs: 0 });
    const client = venue.subscribe();
    client.send("PING");
    expect(client.texts.slice(1)).toEqual(["PONG"]);
    expect(client.times).toEqual([0, 0]);
  });

  test("keeps the order, replies among data, and changes nothing but times", () => {
    const [direct, slow] = [0, 400].map((delayMs) => {
      const venue = new VirtualExchange({ markets: 3, rate: 40, delayMs, seed: 5 });
      const client = venue.subscribe();
      for (let round = 0; round < 200; round += 1) {
        venue.run(100);
        client.send("PING");
      }
      return client;
    });
    expect(slow?.texts.length).toBeGreaterThan(500);
    expect(slow?.texts).toEqual(direct?.texts.slice(0, slow?.texts.length));
    expect(slow?.times).toEqual(slow?.times.toSorted((a, b) => a - b));
  });

  test("makes a PONG wait behind data that was said before it", () => {
    const faults = parseFaults("delay,ms=9500");
    const venue = new VirtualExchange({ markets: 1, rate: 0, delayMs: 0, faults });
    const client = venue.subscribe();
    venue.run(SECOND);
    client.send("PING");
    client.send("nonsense");
    venue.run(8_499);
    expect(client.texts).toEqual([]);
    venue.run(1);
    expect(client.texts.slice(1)).toEqual(["PONG", "INVALID OPERATION"]);
    client.send("PING");
    expect(client.texts).toHaveLength(4);
  });

  test("differs from socket to socket", () => {
    const venue = new VirtualExchange({ markets: 1, rate: 0 });
    const clients = [venue.subscribe(), venue.subscribe(), venue.subscribe()];
    venue.run(SECOND);
    expect(new Set(clients.flatMap(({ times }) => times)).size).toBe(3);
  });
});
