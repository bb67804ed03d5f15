import { describe, expect, test } from "bun:test";
import type { ExchangeOptions } from "../../../src/exchange/start-exchange.ts";
import type { VirtualClient, VirtualExchange } from "../virtual-exchange.ts";
import { venueWith } from "./faulty-venue.ts";
import { faultLines, intendedTexts, sentTexts } from "./truth-log.ts";

const SECOND = 1_000;
const ODD: ExchangeOptions = { markets: 3, rate: 30, oddities: 20, series: 1, windowS: 20 };

/** What two clients do in half a minute, with faults or without. */
function story(faults: string, options: ExchangeOptions = {}) {
  const venue = venueWith(faults, { ...ODD, ...options });
  const { tokenIds } = venue;
  const clients = [venue.subscribe(tokenIds.slice(0, 6)), venue.subscribe(tokenIds)] as const;
  for (let round = 0; round < 15; round += 1) {
    venue.run(2 * SECOND);
    for (const client of clients) client.send("PING");
  }
  return { venue, clients, log: venue.log };
}

const clean = story("");

describe("the log", () => {
  test("has what each client got, in order and with its time", () => {
    const { venue, clients, log } = clean;
    for (const [index, { texts, times }] of clients.entries()) {
      expect(texts.length).toBeGreaterThan(200);
      expect(sentTexts(log, index + 1)).toEqual(texts);
      const us = log.filter(({ socket }) => socket === index + 1).map(({ t_us }) => t_us);
      const startUs = venue.clock.nowUs() - 1_000 * venue.clock.monotonicMs();
      for (const [place, ms] of times.entries()) {
        expect(Math.abs((us[place] ?? 0) - startUs - 1_000 * ms)).toBeLessThan(2);
      }
    }
    expect(faultLines(log)).toEqual([]);
  });

  test.each([
    "stall-socket,at=5s,for=8s,socket=2",
    "stall-socket,every=7s,for=2s",
    "stall-socket,p=0.005,for=1s",
    "stall-token,at=5s,for=8s",
    "stall-token,every=3s,for=5s",
    "stall-token,p=0.01,for=2s",
    "lost-entry,p=0.2",
    "lost-entry,every=1s,socket=1",
    "malformed,p=0.2",
    "malformed,every=500ms",
    "lost-entry,p=0.3,malformed,p=0.3,stall-socket,every=10s,for=3s,stall-token,p=0.01,for=1s",
  ])("tells what a client should have had: %s", (faults) => {
    const { clients, log } = story(faults);
    expect(faultLines(log).filter(({ text }) => text !== undefined).length).toBeGreaterThan(10);
    for (const [index, client] of clients.entries()) {
      expect(sentTexts(log, index + 1)).toEqual(client.texts);
      expect(intendedTexts(log, index + 1)).toEqual(clean.clients[index]?.texts ?? []);
    }
    // What came unspoilt came at its own time.
    const known = new Set(clean.clients[1].texts);
    const unspoilt = arrivalsOf(clients[1]).filter(([text]) => known.has(text));
    const expected = new Set(arrivalsOf(clean.clients[1]).map(String));
    expect(unspoilt.map(String).filter((arrival) => !expected.has(arrival))).toEqual([]);
  });

  test("tells it when the connection was lost, up to what was under way", () => {
    for (const faults of [
      "half-open,at=15s",
      "drop,at=15s",
      "close-1013,p=0.01",
      "restart,at=15s,malformed,p=0.1",
    ]) {
      const { log } = story(faults, { delayMs: 400 });
      const { clients } = story("", { delayMs: 400 });
      for (const [index, client] of clients.entries()) {
        // A half-open client's own PINGs are not heard.
        const isData = (text: string) => text !== "PONG";
        const intended = intendedTexts(log, index + 1).filter(isData);
        const texts = client.texts.filter(isData);
        // At the very end the one or the other has heard more: PONGs take their time, too.
        const length = Math.min(intended.length, texts.length);
        expect(length).toBeGreaterThan(5);
        expect(intended.slice(0, length)).toEqual(texts.slice(0, length));
      }
    }
  });

  test("says what came late right before it came", () => {
    const { log } = story("delay,p=0.02,ms=300,reorder,p=0.1");
    const lines = log.filter(({ socket }) => socket === 1);
    const late = lines.flatMap((line, index) => ("fault" in line ? [index] : []));
    expect(late.length).toBeGreaterThan(20);
    for (const index of late) {
      const sent = lines.slice(index).find((line) => !("fault" in line));
      if (sent !== undefined) expect(sent.text).toBe(lines[index]?.text ?? "");
    }
    const kinds = new Set(faultLines(log).map(({ fault }) => fault));
    expect(kinds).toEqual(new Set(["delay", "reorder"]));
  });
});

/** What came, and when. */
function arrivalsOf({ texts, times }: VirtualClient): [text: string, ms: number][] {
  return texts.map((text, index) => [text, times[index] ?? 0]);
}

const WILD = [
  "drop,p=0.001,close-1013,every=20s,half-open,at=9s,for=2s,stall-socket,at=12s,for=1s",
  "stall-token,p=0.001,for=2s,slow-reader,at=15s,for=1s,lost-entry,p=0.02,malformed,p=0.02",
  "reorder,p=0.02,delay,p=0.01,missing-book,p=0.3,rest-error,p=0.3,stale-book,p=0.3",
  "restart,at=21s,for=1s,clock-step,every=7s,ms=-300",
].join();

/** Clients that do all a client can, always the same. */
async function wildStory(seed: number): Promise<string> {
  const venue = venueWith(WILD, { ...ODD, seed, oddities: 100 });
  const { tokenIds } = venue;
  let clients = [venue.subscribe(), venue.subscribe(tokenIds.slice(0, 3)), venue.connect()];
  const answers: string[] = [];
  for (let round = 0; round < 50; round += 1) {
    venue.run(500);
    clients = clients.map((client) =>
      client.ends.length > 0 ? venue.subscribe(tokenIds.slice(round % 4)) : client,
    );
    for (const client of clients) client.send("PING");
    const operation = round % 2 === 0 ? "unsubscribe" : "subscribe";
    clients[1]?.send({ operation, assets_ids: tokenIds.slice(0, 2) });
    answers.push((await venue.rest(`/book?token_id=${tokenIds[round % 4]}`)).text);
  }
  const lines = venue.log.map((line) => JSON.stringify(line));
  return [...lines, ...answers].join("\n");
}

describe("a seed", () => {
  test("and the same actions make the same log to the byte, with every fault and oddity", async () => {
    const first = await wildStory(5);
    expect(await wildStory(5)).toBe(first);
    expect(await wildStory(6)).not.toBe(first);
    for (const kind of WILD.matchAll(/[a-z]+-?[a-z0-9]*(?=,(?:p|at|every)=)/g)) {
      expect(first).toContain(`"fault":"${kind[0]}"`);
    }
  });
});

describe("another client", () => {
  /** A first client's story, beside one that comes, goes and asks for everything. */
  async function beside(faults: string, busy: (venue: VirtualExchange) => () => unknown) {
    const venue = venueWith(faults, { ...ODD, oddities: 100 });
    const client = venue.subscribe(venue.tokenIds.slice(0, 6));
    const act = busy(venue);
    for (let round = 0; round < 100; round += 1) {
      venue.run(137);
      if (round % 10 === 0) client.send("PING");
      if (round % 30 === 15) {
        // Changes that it did not hear itself may come late behind its new books.
        const assets_ids = venue.tokenIds.slice(0, 6);
        client.send({ operation: "unsubscribe", assets_ids });
        venue.run(1_500);
        client.send({ operation: "subscribe", assets_ids });
      }
      await act();
    }
    return { client, log: venue.log.filter(({ socket }) => socket === 1) };
  }

  function everything(venue: VirtualExchange) {
    let other = venue.subscribe();
    let round = 0;
    return async () => {
      round += 1;
      const [tokenId = ""] = venue.tokenIds;
      if (round % 7 === 0) {
        other.terminate();
        other = venue.subscribe();
      }
      const operation = round % 2 === 0 ? "subscribe" : "unsubscribe";
      other.send({ operation, assets_ids: venue.tokenIds });
      other.send("PING");
      await venue.rest(`/book?token_id=${tokenId}`);
      await venue.rest("/gamma/events?limit=5");
    };
  }

  test.each([
    ["no faults", ""],
    ["faults of the first", "lost-entry,p=0.1,socket=1,stall-token,at=5s,for=2s,socket=1"],
    ["faults at times of the exchange", "clock-step,at=7s,ms=500"],
  ])("changes nothing of what the first one hears, nor when: %s", async (_, faults) => {
    const alone = await beside(faults, () => () => {});
    const together = await beside(faults, everything);
    expect(alone.client.texts.length).toBeGreaterThan(120);
    expect(together.client.texts).toEqual(alone.client.texts);
    expect(together.log).toEqual(alone.log);
  });
});
