import { describe, expect, test } from "bun:test";
import type { WireBook } from "../../../src/polymarket/messages.ts";
import { elementsOf, elementsOfAll, isPriceChange } from "../channel/elements.ts";
import { ReplayClient } from "../replay-client.ts";
import type { VirtualExchange } from "../virtual-exchange.ts";
import { addFaults, START_MS, textsAfter, venueWith } from "./faulty-venue.ts";
import { faultLines } from "./truth-log.ts";

const SECOND = 1_000;
const DROPPED = { code: 1006, reason: "" };
const REFUSED = { code: 1006, reason: "the exchange is down" };

async function bookOf(venue: VirtualExchange, tokenId: string): Promise<Record<string, unknown>> {
  const { status, text } = await venue.rest(`/book?token_id=${tokenId}`);
  expect(status).toBe(200);
  return JSON.parse(text) as Record<string, unknown>;
}

async function statusOf(venue: VirtualExchange, path: string, body?: object): Promise<number> {
  return (await venue.rest(path, body)).status;
}

describe("rest-error", () => {
  test("answers with 500, or with the status that it is told, and tells the log", async () => {
    const venue = venueWith("rest-error,status=503");
    const answer = await venue.rest("/time");
    expect(answer.status).toBe(503);
    expect(JSON.parse(answer.text)).toEqual({ error: "a fault on purpose" });
    expect(await statusOf(venue, "/time")).toBe(200);
    addFaults(venue, "rest-error");
    expect(await statusOf(venue, "/gamma/markets?limit=1")).toBe(500);
    expect(await statusOf(venue, "/gamma/markets?limit=1")).toBe(200);
    expect(faultLines(venue.log)).toEqual([
      { t_us: START_MS * 1_000, socket: 0, fault: "rest-error", text: "/time" },
      { t_us: START_MS * 1_000, socket: 0, fault: "rest-error", text: "/gamma/markets" },
    ]);
  });

  test("strikes after its time, again and again but not saved up, or with a probability", async () => {
    const venue = venueWith("rest-error,at=5s");
    const statuses = async (count: number) => {
      const answers = Array.from({ length: count }, () => statusOf(venue, "/time"));
      return (await Promise.all(answers)).filter((status) => status === 500).length;
    };
    expect(await statuses(5)).toBe(0);
    venue.run(6 * SECOND);
    expect(await statuses(5)).toBe(1);
    venue.exchange.faults.removeAll();
    addFaults(venue, "rest-error,every=10s");
    expect(await statuses(5)).toBe(0);
    venue.run(35 * SECOND);
    expect(await statuses(5)).toBe(1);
    venue.run(10 * SECOND);
    expect(await statuses(5)).toBe(1);
    venue.exchange.faults.removeAll();
    addFaults(venue, "rest-error,p=0.3");
    const struck = await statuses(500);
    expect(struck).toBeGreaterThan(110);
    expect(struck).toBeLessThan(190);
  });

  test("strikes requests that name its token, in the path's query or in a body", async () => {
    const venue = venueWith("");
    const [yes = "", no = ""] = venue.tokenIds;
    addFaults(venue, `rest-error,p=1,token=${no}`);
    const items = (...tokens: string[]) => tokens.map((token_id) => ({ token_id }));
    expect(await statusOf(venue, `/book?token_id=${yes}`)).toBe(200);
    expect(await statusOf(venue, `/book?token_id=${no}`)).toBe(500);
    expect(await statusOf(venue, "/books", items(yes))).toBe(200);
    expect(await statusOf(venue, "/books", items(yes, no))).toBe(500);
    expect(await statusOf(venue, "/time")).toBe(200);
  });
});

describe("stale-book", () => {
  test("answers with the book of two seconds ago, or as long ago as it is told", async () => {
    for (const [fault, ms] of [
      ["stale-book,p=1", 2 * SECOND],
      ["stale-book,p=1,ms=10s", 10 * SECOND],
    ] as const) {
      const venue = venueWith("", { rate: 60, markets: 1, oddities: 0 });
      const [yes = ""] = venue.tokenIds;
      venue.run(20 * SECOND);
      const past = await bookOf(venue, yes);
      venue.run(ms);
      const present = await bookOf(venue, yes);
      addFaults(venue, fault);
      const [first] = JSON.parse(
        (await venue.rest("/books", [{ token_id: yes }])).text,
      ) as unknown[];
      expect(present.hash).not.toBe(past.hash);
      expect(first).toEqual(past);
      expect(await bookOf(venue, yes)).toEqual(past);
      expect(faultLines(venue.log).map(({ fault, text }) => [fault, text])).toEqual([
        ["stale-book", "/books"],
        ["stale-book", "/book"],
      ]);
      venue.exchange.faults.removeAll();
      expect(await bookOf(venue, yes)).toEqual(present);
    }
  });

  test("is a book that the stream had, by its hash", async () => {
    const venue = venueWith("stale-book,p=1", { rate: 60, oddities: 0 });
    const client = venue.subscribe();
    venue.run(20 * SECOND);
    const hashes = new Set(
      elementsOfAll(client.texts).flatMap((element) =>
        isPriceChange(element)
          ? element.price_changes.map(({ hash }) => hash)
          : "hash" in element
            ? [element.hash]
            : [],
      ),
    );
    for (const tokenId of venue.tokenIds) {
      expect(hashes).toContain((await bookOf(venue, tokenId)).hash as string);
    }
  });

  test("strikes books only, and those of the token that it names", async () => {
    const venue = venueWith("", { rate: 60, markets: 1, oddities: 0 });
    const [yes = "", no = ""] = venue.tokenIds;
    venue.run(20 * SECOND);
    addFaults(venue, `stale-book,token=${no}`);
    for (const path of ["/time", `/midpoint?token_id=${no}`, `/book?token_id=${yes}`]) {
      expect(await statusOf(venue, path)).toBe(200);
    }
    expect(faultLines(venue.log)).toEqual([]);
    await bookOf(venue, no);
    expect(faultLines(venue.log)).toHaveLength(1);
  });
});

describe("restart", () => {
  test("drops all sockets, refuses service, and comes back with books that moved on", async () => {
    const venue = venueWith("restart,at=10s", { rate: 30, oddities: 0 });
    const [yes = ""] = venue.tokenIds;
    const clients = [venue.subscribe(), venue.connect()];
    venue.run(10 * SECOND - 1);
    const before = await bookOf(venue, yes);
    expect(clients.flatMap(({ ends }) => ends)).toEqual([]);
    venue.run(1);
    expect(clients.map(({ ends }) => ends)).toEqual([[DROPPED], [DROPPED]]);
    expect(venue.exchange.isDown).toBe(true);
    const refused = venue.connect();
    expect(refused.ends).toEqual([REFUSED]);
    refused.send("PING");
    for (const path of ["/time", `/book?token_id=${yes}`, "/gamma/markets"]) {
      const { status, text } = await venue.rest(path);
      expect([status, JSON.parse(text)]).toEqual([502, { error: "bad gateway" }]);
    }
    venue.run(5 * SECOND - 1);
    expect(venue.connect().ends).toEqual([REFUSED]);
    expect(await statusOf(venue, "/time")).toBe(502);
    venue.run(1);
    const back = venue.subscribe();
    expect(back.ends).toEqual([]);
    const after = await bookOf(venue, yes);
    expect(after.hash).not.toBe(before.hash);
    expect(Number(after.timestamp)).toBeGreaterThan(START_MS + 10 * SECOND);
    venue.run(20 * SECOND);
    const replay = new ReplayClient(venue.staticValues);
    for (const text of back.texts) replay.receive(text);
    replay.finish();
    expect(replay.problems).toEqual([]);
    expect(replay.outcomes.atOnce).toBeGreaterThan(50);
    expect(refused.texts).toEqual([]);
    expect(faultLines(venue.log, "restart")).toEqual([
      { t_us: (START_MS + 10 * SECOND) * 1_000, socket: 0, fault: "restart" },
    ]);
  });

  test("lasts as long as it is told, may come again, and a shorter one does not end it", () => {
    const venue = venueWith("restart,at=1s,for=10s,restart,at=2s,for=1s", { rate: 0 });
    const downAt = (ms: number) => {
      venue.run(ms - venue.clock.monotonicMs());
      return venue.exchange.isDown;
    };
    const looks = [500, 1_000, 3_500, 10_999, 11_000].map(downAt);
    expect(looks).toEqual([false, true, true, true, false]);
    addFaults(venue, "restart,every=20s,for=1s");
    const client = venue.subscribe();
    venue.run(20 * SECOND);
    expect(client.ends).toEqual([DROPPED]);
    const again = [32_000, 51_000, 52_000].map(downAt);
    expect(again).toEqual([false, true, false]);
  });

  test("may be how an exchange begins", () => {
    const venue = venueWith("restart", { rate: 0 });
    expect(venue.connect().ends).toEqual([REFUSED]);
    venue.run(5 * SECOND);
    expect(venue.connect().ends).toEqual([]);
  });
});

describe("clock-step", () => {
  test.each([
    ["forward", 60 * SECOND],
    ["back", -60 * SECOND],
  ])("steps all timestamps %s, and the hashes with them", async (_, stepMs) => {
    const venue = venueWith(`clock-step,at=10s,ms=${stepMs}`, { rate: 30, delayMs: 0 });
    const steady = venue.subscribe();
    venue.run(20 * SECOND);
    // By now every book has changed since the step.
    const late = venue.subscribe();
    venue.run(10 * SECOND);
    const ages = steady.texts.flatMap((text, index) =>
      elementsOf(text)
        .filter(isPriceChange)
        .map(({ timestamp }) => {
          const ms = steady.times[index] ?? 0;
          return { ms, ageMs: START_MS + ms - Number(timestamp) };
        }),
    );
    const early = ages.filter(({ ms }) => ms < 10 * SECOND - 100).map(({ ageMs }) => ageMs);
    const stepped = ages.filter(({ ms }) => ms > 10 * SECOND + 100).map(({ ageMs }) => ageMs);
    for (const [list, shift] of [
      [early, 0],
      [stepped, -stepMs],
    ] as const) {
      expect(list.length).toBeGreaterThan(100);
      expect(Math.min(...list)).toBeGreaterThanOrEqual(shift);
      expect(Math.max(...list)).toBeLessThan(shift + 100);
    }
    const clients = stepMs > 0 ? [steady, late] : [late];
    for (const { texts } of clients) {
      const replay = new ReplayClient(venue.staticValues);
      for (const text of texts) replay.receive(text);
      replay.finish();
      expect(replay.problems).toEqual([]);
      expect(replay.outcomes.atOnce).toBeGreaterThan(50);
      expect(replay.ignored.stale).toBeLessThan(10);
    }
    const nowMs = START_MS + venue.clock.monotonicMs() + stepMs;
    expect(Number((await venue.rest("/time")).text)).toBe(Math.floor(nowMs / SECOND));
    for (const tokenId of venue.tokenIds) {
      const book = await bookOf(venue, tokenId);
      expect(Number(book.timestamp)).toBeLessThanOrEqual(nowMs);
      expect(Number(book.timestamp)).toBeGreaterThan(nowMs - 20 * SECOND);
    }
    expect(faultLines(venue.log).map(({ socket, fault }) => [socket, fault])).toEqual([
      [0, "clock-step"],
    ]);
    expect([steady.ends, late.ends]).toEqual([[], []]);
  });

  test("adds up, and makes an old book younger than its next change", () => {
    const venue = venueWith("clock-step,every=10s,ms=-5s", { rate: 60, delayMs: 0, oddities: 0 });
    const client = venue.subscribe();
    venue.run(32 * SECOND);
    const stampsAfter = (ms: number) =>
      textsAfter(client, ms)
        .flatMap(elementsOf)
        .filter(isPriceChange)
        .map(({ timestamp }) => +timestamp);
    expect(Math.abs((stampsAfter(31 * SECOND)[0] ?? 0) - (START_MS + 16 * SECOND))).toBeLessThan(
      500,
    );
    const all = stampsAfter(0);
    expect(all).not.toEqual(all.toSorted((a, b) => a - b));
    const [opening] = elementsOf(client.texts[0] ?? "") as [WireBook];
    expect(Number(opening.timestamp)).toBeLessThanOrEqual(START_MS);
  });
});
