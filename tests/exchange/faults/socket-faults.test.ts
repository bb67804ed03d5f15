import { describe, expect, test } from "bun:test";
import type { WireBook } from "../../../src/polymarket/messages.ts";
import { bookTokensOf, elementsOf, isAbout, isPriceChange } from "../channel/elements.ts";
import type { VirtualClient } from "../virtual-exchange.ts";
import { addFaults, START_MS, textsAfter, venueWith } from "./faulty-venue.ts";
import { faultLines, sentTexts } from "./truth-log.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const SLOW_CONSUMER = { code: 1013, reason: "slow consumer: send buffer full" };
const DROPPED = { code: 1006, reason: "" };

describe.each([
  ["close-1013", SLOW_CONSUMER],
  ["drop", DROPPED],
])("%s", (kind, end) => {
  test("ends one socket, drawn from all, and tells the log", () => {
    const chosen = [1, 2, 3, 4, 5, 6, 7, 8].map((seed) => {
      const venue = venueWith(`${kind},at=5s`, { seed, rate: 0 });
      const clients = [venue.subscribe(), venue.subscribe(), venue.connect()];
      venue.run(5 * SECOND - 1);
      expect(clients.flatMap(({ ends }) => ends)).toEqual([]);
      venue.run(SECOND);
      const ended = clients.filter(({ ends }) => ends.length > 0);
      expect(ended.map(({ ends }) => ends)).toEqual([[end]]);
      const [line] = faultLines(venue.log, kind);
      const socket = clients.findIndex(({ ends }) => ends.length > 0) + 1;
      expect(line).toEqual({ t_us: 1_000 * (START_MS + 5 * SECOND), socket, fault: kind });
      expect(faultLines(venue.log, kind)).toHaveLength(1);
      return socket;
    });
    expect(new Set(chosen)).toEqual(new Set([1, 2, 3]));
  });

  test("loses what is under way, and says so in the log", () => {
    const venue = venueWith(`${kind},at=10s`, { delayMs: 2_000, oddities: 0 });
    const client = venue.subscribe();
    venue.run(30 * SECOND);
    expect(Math.max(...client.times)).toBeLessThanOrEqual(10 * SECOND);
    const lost = faultLines(venue.log, "lost").map(({ text }) => text ?? "");
    expect(lost.length).toBeGreaterThan(5);
    expect(sentTexts(venue.log, 1)).toEqual(client.texts);
    const clean = venueWith("", { delayMs: 2_000, oddities: 0 });
    const same = clean.subscribe();
    clean.run(30 * SECOND);
    expect(same.texts.slice(0, client.texts.length + lost.length)).toEqual([
      ...client.texts,
      ...lost,
    ]);
  });

  test("strikes the socket that it names, the one with its token, or none", () => {
    const fates = (selection: string) => {
      const venue = venueWith("", { rate: 0 });
      const [yes = "", , other = ""] = venue.tokenIds;
      const clients = [venue.subscribe([other]), venue.subscribe([yes]), venue.subscribe([])];
      addFaults(venue, `${kind},at=5s,${selection.replace("YES", yes)}`);
      venue.run(30 * SECOND);
      return clients.map(({ ends }) => ends.length);
    };
    expect(fates("socket=1")).toEqual([1, 0, 0]);
    expect(fates("socket=3")).toEqual([0, 0, 1]);
    expect(fates("socket=4")).toEqual([0, 0, 0]);
    expect(fates("token=YES")).toEqual([0, 1, 0]);
    expect(fates("token=77")).toEqual([0, 0, 0]);
    expect(fates("token=YES,socket=1")).toEqual([0, 0, 0]);
  });

  test("strikes the first text there is when it is asked for before any client came", () => {
    const venue = venueWith(kind);
    const clients = [venue.connect(), venue.subscribe()];
    venue.run(SECOND);
    expect(clients.map(({ ends }) => ends)).toEqual([[], [end]]);
    const later = venue.subscribe();
    venue.run(MINUTE);
    expect(later.ends).toEqual([]);
  });

  test("strikes again and again, or with a probability at each text", () => {
    const often = venueWith(`${kind},every=10s`);
    const clients = [often.subscribe(), often.subscribe(), often.subscribe()];
    const left = [1, 2, 3, 4].map(() => {
      often.run(10 * SECOND);
      return clients.filter(({ ends }) => ends.length === 0).length;
    });
    expect(left).toEqual([2, 1, 0, 0]);
    const drawn = venueWith(`${kind},p=0.05`, { delayMs: 0 });
    const lengths = Array.from({ length: 40 }, () => {
      const client = drawn.subscribe();
      for (let s = 0; s < 60 && client.ends.length === 0; s += 1) drawn.run(SECOND);
      expect(client.ends).toEqual([end]);
      return client.texts.length;
    });
    const mean = lengths.reduce((sum, length) => sum + length, 0) / lengths.length;
    expect(mean).toBeGreaterThan(11);
    expect(mean).toBeLessThan(30);
  });
});

describe("half-open", () => {
  test("leaves a client in silence: no data, no PONG, and no end either", () => {
    const venue = venueWith("half-open,at=5s,socket=1", { rate: 5, oddities: 0 });
    const [client, other] = [venue.subscribe(), venue.subscribe(venue.tokenIds.slice(0, 1))];
    venue.run(5 * SECOND);
    const before = client.texts.length;
    expect(before).toBeGreaterThan(5);
    for (let round = 0; round < 20; round += 1) {
      for (const { send } of [client, other]) send("PING");
      venue.run(10 * SECOND);
    }
    client.send("nonsense");
    venue.run(MINUTE);
    expect(client.texts).toHaveLength(before);
    expect(client.ends).toEqual([]);
    expect(other.texts.filter((text) => text === "PONG")).toHaveLength(20);
    const [first, ...withheld] = faultLines(venue.log, "half-open");
    expect(first).toEqual({ t_us: 1_000 * (START_MS + 5 * SECOND), socket: 1, fault: "half-open" });
    expect(withheld.length).toBeGreaterThan(100);
    expect(withheld.every(({ text, socket }) => text !== undefined && socket === 1)).toBe(true);
  });

  test("withholds what was under way already", () => {
    const venue = venueWith("half-open,at=10s,socket=1", { delayMs: 1_500, oddities: 0 });
    const client = venue.subscribe();
    venue.run(9_900);
    client.send("PING");
    venue.run(30 * SECOND);
    expect(Math.max(...client.times)).toBeLessThan(10 * SECOND);
    const withheld = faultLines(venue.log, "half-open").map(({ text }) => text);
    expect(withheld).toContain("PONG");
  });

  test("ends after its time, and what the client said meanwhile was not heard", () => {
    const venue = venueWith("half-open,at=5s,for=20s");
    const [first, second] = [venue.tokenIds.slice(0, 2), venue.tokenIds.slice(2)];
    const client = venue.subscribe(first);
    venue.run(10 * SECOND);
    client.send({ operation: "subscribe", assets_ids: second });
    client.send({ operation: "unsubscribe", assets_ids: first });
    venue.run(15 * SECOND);
    expect(textsAfter(client, 5 * SECOND)).toEqual([]);
    client.send("PING");
    venue.run(30 * SECOND);
    const later = textsAfter(client, 25 * SECOND);
    expect(later).toContain("PONG");
    expect(later.filter((text) => isAbout(text, first)).length).toBeGreaterThan(20);
    expect(later.filter((text) => isAbout(text, second))).toEqual([]);
  });

  test.each(["close-1013,at=6s,socket=1", "drop,at=6s,socket=1", "restart,at=6s"])(
    "hides even the end of the connection: %s",
    (end) => {
      const venue = venueWith(`half-open,at=5s,socket=1,${end}`, { rate: 1 });
      const [client, other] = [venue.subscribe(), venue.subscribe()];
      venue.run(10 * MINUTE);
      client.send("PING");
      venue.run(MINUTE);
      expect(client.ends).toEqual([]);
      const numbers = venue.exchange.clients.map(({ socket }) => socket.number);
      expect(numbers).toEqual(end.startsWith("restart") ? [] : [2]);
      expect(other.ends).toHaveLength(end.startsWith("restart") ? 1 : 0);
      client.terminate();
      venue.run(0);
      expect(client.ends).toEqual([DROPPED]);
    },
  );

  test("hides the end of a socket that is idle, or whose markets have all settled", () => {
    const options = { markets: 1, series: 1, windowS: 10, rate: 0, delayMs: 0 };
    const venue = venueWith("half-open,at=5s,socket=1,half-open,at=5s,socket=2", options);
    const series = venue.tokenIds.slice(2, 4);
    const clients = [venue.subscribe(series), venue.subscribe(), venue.subscribe(series)];
    venue.run(3 * MINUTE);
    expect(clients.map(({ ends }) => ends.length)).toEqual([0, 0, 1]);
  });
});

describe("the end of a silence", () => {
  test("tells a client that speaks of the connection that was ended meanwhile", () => {
    const faults = "half-open,at=5s,for=200s,socket=1,half-open,at=5s,for=20s,socket=2";
    const venue = venueWith(faults, { rate: 0 });
    const clients = [venue.subscribe(), venue.subscribe()];
    venue.run(190 * SECOND);
    // Both were dropped after 125 s without traffic, the second one no longer in silence.
    expect(clients.map(({ ends }) => ends)).toEqual([[], [DROPPED]]);
    clients[0]?.send("PING");
    venue.run(20 * SECOND);
    expect(clients[0]?.ends).toEqual([]);
    clients[0]?.send("PING");
    expect(clients[0]?.ends).toEqual([DROPPED]);
    expect(clients[0]?.texts).toHaveLength(1);
  });
});

describe("stall-socket", () => {
  test("withholds all data while PONG comes, for its time", () => {
    const venue = venueWith("stall-socket,at=5s,for=20s,socket=1", { delayMs: 0 });
    const client = venue.subscribe();
    venue.run(6 * SECOND);
    for (let round = 0; round < 3; round += 1) {
      client.send("PING");
      client.send({ operation: "subscribe", assets_ids: venue.tokenIds });
      venue.run(5 * SECOND);
    }
    expect(textsAfter(client, 5 * SECOND)).toEqual(Array(3).fill(["PONG", "NO NEW ASSETS"]).flat());
    const withheld = faultLines(venue.log, "stall-socket").slice(1);
    expect(withheld.length).toBeGreaterThan(50);
    venue.run(30 * SECOND);
    const [first] = textsAfter(client, 21 * SECOND);
    const [element] = elementsOf(first ?? "[]");
    expect(Number(element?.timestamp)).toBeGreaterThanOrEqual(START_MS + 25 * SECOND - 100);
    expect(faultLines(venue.log, "stall-socket").slice(1)).toEqual(
      faultLines(venue.log).filter(({ text }) => text !== undefined),
    );
  });

  test("lasts for ever without a time, which a shorter one does not end", () => {
    const venue = venueWith("stall-socket,at=5s,stall-socket,at=6s,for=1s", { delayMs: 0 });
    const client = venue.subscribe();
    venue.run(MINUTE);
    expect(textsAfter(client, 5 * SECOND)).toEqual([]);
    expect(client.ends).toEqual([]);
  });

  test("withholds an opening book, too", () => {
    const venue = venueWith("", { delayMs: 0 });
    const client = venue.connect();
    venue.run(500);
    client.send({ assets_ids: [], type: "market" });
    addFaults(venue, "stall-socket,for=1s");
    client.send({ operation: "subscribe", assets_ids: venue.tokenIds });
    venue.run(5 * SECOND);
    expect(client.texts.slice(0, 1).some((text) => text.endsWith("\n"))).toBe(false);
    expect(client.texts.length).toBeGreaterThan(10);
  });
});

describe("stall-token", () => {
  test("withholds what concerns one token of the socket, and nothing else", () => {
    const venue = venueWith("stall-token,at=5s,for=60s,socket=1", { markets: 3, rate: 25 });
    const [client, other] = [venue.subscribe(), venue.subscribe()];
    venue.run(40 * SECOND);
    const heard = textsAfter(client, 6 * SECOND);
    const stalled = venue.tokenIds.filter((id) => !heard.some((text) => text.includes(id)));
    expect(stalled).toHaveLength(1);
    for (const { text = "" } of faultLines(venue.log, "stall-token").slice(1)) {
      expect(isAbout(text, stalled)).toBe(true);
    }
    expect(textsAfter(other, 6 * SECOND).some((text) => isAbout(text, stalled))).toBe(true);
    venue.run(40 * SECOND);
    expect(textsAfter(client, 66 * SECOND).some((text) => isAbout(text, stalled))).toBe(true);
  });

  test("leaves the other token of the market alone", () => {
    const venue = venueWith("", { markets: 1, rate: 40, oddities: 0 });
    const [yes = "", no = ""] = venue.tokenIds;
    addFaults(venue, `stall-token,token=${yes},at=1`);
    const [both, alone] = [venue.subscribe(), venue.subscribe([no])];
    venue.run(MINUTE);
    for (const client of [both, alone]) {
      const heard = textsAfter(client, SECOND).flatMap(elementsOf);
      const entries = heard.filter(isPriceChange).flatMap(({ price_changes }) => price_changes);
      expect(entries.length).toBeGreaterThan(100);
      const ofBoth = client === alone;
      expect(new Set(entries.map(({ asset_id }) => asset_id))).toEqual(
        new Set(ofBoth ? [yes, no] : [no]),
      );
    }
  });

  test("says nothing of a market of which only the stalled token was subscribed", () => {
    const venue = venueWith("", { markets: 1, rate: 40 });
    const [yes = ""] = venue.tokenIds;
    const client = venue.subscribe([yes]);
    venue.run(SECOND);
    addFaults(venue, `stall-token,token=${yes}`);
    venue.run(MINUTE);
    expect(
      textsAfter(client, 2 * SECOND)
        .flatMap(elementsOf)
        .filter(isPriceChange),
    ).toEqual([]);
  });

  test("is not ended by a shorter one of the same token", () => {
    const venue = venueWith("", { markets: 1, delayMs: 0 });
    const [yes] = venue.tokenIds;
    addFaults(venue, `stall-token,token=${yes},at=1s,stall-token,token=${yes},at=2s,for=1s`);
    const client = venue.subscribe();
    venue.run(30 * SECOND);
    expect(textsAfter(client, SECOND).some((text) => isAbout(text, [yes ?? ""]))).toBe(false);
  });

  test("ends in 55 % of cases when the client subscribes again, which then brings the book", () => {
    const venue = venueWith("", { markets: 60, rate: 0, delayMs: 0, oddities: 0 });
    const { tokenIds } = venue;
    const client = venue.subscribe();
    for (const tokenId of tokenIds) addFaults(venue, `stall-token,token=${tokenId}`);
    const again = (tokens: readonly string[]) => {
      client.send({ operation: "unsubscribe", assets_ids: tokens });
      client.send({ operation: "subscribe", assets_ids: tokens });
      return bookTokensOf(client.texts.at(-1));
    };
    const helped = again(tokenIds);
    expect(helped.length / tokenIds.length).toBeGreaterThan(0.42);
    expect(helped.length / tokenIds.length).toBeLessThan(0.68);
    const told = faultLines(venue.log).flatMap(({ fault, text, follows }) =>
      text === undefined ? [] : [{ fault, follows, text: JSON.parse(text) as WireBook }],
    );
    const left = tokenIds.filter((tokenId) => !helped.includes(tokenId));
    expect(told.map(({ text }) => text.asset_id)).toEqual(left);
    expect(told.every(({ fault, follows }) => fault === "stall-token" && !follows)).toBe(true);
    // It is over for good where it helped, and may help another time elsewhere.
    expect(again(helped)).toEqual(helped);
    const later = again(left);
    expect(later.length).toBeGreaterThan(0);
    expect(later.length).toBeLessThan(left.length);
  });

  test("ends after its time, and the book comes again", () => {
    const venue = venueWith("", { rate: 0, delayMs: 0 });
    const [yes = "", no = ""] = venue.tokenIds;
    const client = venue.subscribe([no]);
    addFaults(venue, `stall-token,token=${no},for=10s`);
    venue.run(10 * SECOND);
    client.send({ operation: "unsubscribe", assets_ids: [no] });
    client.send({ operation: "subscribe", assets_ids: [no, yes] });
    expect(client.texts.map(bookTokensOf)).toEqual([[no], [no, yes]]);
  });

  test.each([["stall-token"], ["stall-token,at=0"], ["stall-token,p=1"]])(
    "finds a token also at the first text of all: %s",
    (fault) => {
      const venue = venueWith(fault, { markets: 1, rate: 20, delayMs: 0 });
      const client = venue.subscribe();
      venue.run(30 * SECOND);
      const changes = client.texts.slice(1).flatMap(elementsOf).filter(isPriceChange);
      const entries = changes.flatMap(({ price_changes }) => price_changes);
      const heard = new Set(entries.map(({ asset_id }) => asset_id));
      expect(heard.size).toBeLessThan(2);
      expect(faultLines(venue.log, "stall-token").length).toBeGreaterThan(20);
    },
  );

  test("strikes a token wherever it is subscribed, one socket a time", () => {
    const venue = venueWith("");
    const [yes = "", , third = ""] = venue.tokenIds;
    const clients = [venue.subscribe([third]), venue.subscribe([yes, third])];
    addFaults(venue, `stall-token,token=${yes},at=5s`);
    venue.run(MINUTE);
    expect(
      textsAfter(clients[1] as VirtualClient, 6 * SECOND).some((text) => isAbout(text, [yes])),
    ).toBe(false);
    expect(new Set(faultLines(venue.log).map(({ socket }) => socket))).toEqual(new Set([2]));
  });
});

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
