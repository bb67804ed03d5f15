import { describe, expect, test } from "bun:test";
import { isAbout } from "../channel/elements.ts";
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
