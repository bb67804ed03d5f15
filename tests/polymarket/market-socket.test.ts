import { describe, expect, test } from "bun:test";
import { MarketSocket, type SocketEnd } from "../../src/polymarket/market-socket.ts";
import { PING, type SubscriptionChange } from "../../src/polymarket/messages.ts";
import { Openings } from "../../src/polymarket/openings.ts";
import { ReceiveStamps } from "../../src/polymarket/receive-stamps.ts";
import { VirtualClock } from "../../src/ports/virtual-clock.ts";
import { ScriptedPeer } from "../scripted-peer.ts";

interface Heard {
  readonly messages: { text: string; receivedUs: number; socket: number }[];
  readonly ends: SocketEnd[];
  readonly steps: { socket: number; fromUs: number; toUs: number }[];
  opened: number;
}

/** What a socket has in common with the others of its pool. */
interface Beside {
  readonly clock: VirtualClock;
  readonly stamps: ReceiveStamps;
}

function connecting(tokenIds: readonly string[] = ["1", "2"], beside?: Beside) {
  const { clock, stamps } = beside ?? { clock: new VirtualClock(), stamps: new ReceiveStamps() };
  const peer = new ScriptedPeer();
  const heard: Heard = { messages: [], ends: [], steps: [], opened: 0 };
  let number = 0;
  const surroundings = {
    url: "ws://peer",
    dial: peer.dial,
    clock,
    openings: new Openings({ clock, random: () => 0.5 }),
    stamps,
    nextNumber: () => ++number,
  };
  const socket = new MarketSocket(surroundings, {}, tokenIds, {
    opened: () => void heard.opened++,
    message: (text, receivedUs, { number }) =>
      heard.messages.push({ text, receivedUs, socket: number }),
    ended: (_, end) => void heard.ends.push(end),
    clockStepped: ({ number }, fromUs, toUs) => heard.steps.push({ socket: number, fromUs, toUs }),
  });
  const changes = () => peer.sent.slice(1).map((text): SubscriptionChange => JSON.parse(text));
  return { clock, stamps, peer, heard, socket, changes };
}

function ids(count: number, from = 0): string[] {
  return Array.from({ length: count }, (_, i) => String(from + i));
}

describe("a market-channel socket", () => {
  test("subscribes once it is open, custom features and the initial dump asked for", () => {
    const { peer, heard } = connecting();
    expect(peer.sent).toEqual([]);
    peer.socket.opened();
    expect(heard.opened).toBe(1);
    expect(peer.sent.map((text) => JSON.parse(text))).toEqual([
      { assets_ids: ["1", "2"], type: "market", custom_feature_enabled: true, initial_dump: true },
    ]);
  });

  test("subscribes many tokens in chunks of a hundred, one after the other, the later ones by operation", () => {
    const { clock, peer, changes } = connecting(ids(250));
    peer.socket.opened();
    expect(peer.sent).toHaveLength(1);
    clock.advance(50);
    expect(peer.sent).toHaveLength(2);
    clock.advance(5_000);
    expect(JSON.parse(peer.sent[0]!).assets_ids).toEqual(ids(100));
    expect(changes()).toEqual([
      { operation: "subscribe", assets_ids: ids(100, 100), custom_feature_enabled: true },
      { operation: "subscribe", assets_ids: ids(50, 200), custom_feature_enabled: true },
    ]);
  });

  test("subscribes more while it is open, at the same pace, and unsubscribes", () => {
    const { clock, peer, socket, changes } = connecting();
    socket.subscribe(["3"]);
    peer.socket.opened();
    expect(JSON.parse(peer.sent[0]!).assets_ids).toEqual(["1", "2", "3"]);
    clock.advance(5_000);
    socket.subscribe(ids(150, 10));
    socket.unsubscribe(["1", "159"]);
    clock.advance(4_000);
    expect(changes().map(({ operation, assets_ids }) => [operation, assets_ids])).toEqual([
      ["subscribe", ids(100, 10)],
      // What was not sent yet needs no taking back.
      ["unsubscribe", ["1"]],
      ["subscribe", ids(49, 110)],
    ]);
    socket.unsubscribe(ids(149, 10));
    expect(changes().slice(3)).toEqual([
      { operation: "unsubscribe", assets_ids: ids(100, 10) },
      { operation: "unsubscribe", assets_ids: ids(49, 110) },
    ]);
  });

  test("asks for a fresh book by unsubscribing and subscribing, once it is open", () => {
    const { clock, peer, socket, changes } = connecting();
    socket.refetch(["1"]);
    peer.socket.opened();
    clock.advance(1_000);
    expect(peer.sent).toHaveLength(1);
    socket.refetch(["1"]);
    expect(changes().map(({ operation, assets_ids }) => [operation, assets_ids])).toEqual([
      ["unsubscribe", ["1"]],
      ["subscribe", ["1"]],
    ]);
  });

  test("pings every ten seconds, never before its subscription", () => {
    const { clock, peer } = connecting();
    clock.advance(9_000);
    peer.socket.opened();
    clock.advance(9_999);
    expect(peer.sent).toHaveLength(1);
    clock.advance(1);
    expect(peer.sent.slice(1)).toEqual([PING]);
  });

  test("gives up a connect that hangs for ten seconds", () => {
    const { clock, peer, heard } = connecting();
    clock.advance(9_999);
    expect(peer.terminated).toBe(0);
    clock.advance(1);
    expect(heard.ends).toMatchObject([{ cause: "disconnect", reason: "connect timeout" }]);
    expect(heard.ends[0]!.livedMs).toBeUndefined();
  });

  test("ends when the peer is silent for half a minute, and not while it answers", () => {
    const { clock, peer, heard } = connecting();
    peer.socket.opened();
    for (let i = 0; i < 20; i++) {
      clock.advance(29_000);
      peer.socket.message("PONG");
    }
    expect(heard.ends).toEqual([]);
    const { receivedUs } = heard.messages.at(-1)!;
    clock.advance(40_000);
    expect(heard.ends).toEqual([
      {
        cause: "stall",
        reason: "silent for 30 s",
        code: 1006,
        fromUs: receivedUs,
        livedMs: 20 * 29_000,
      },
    ]);
  });

  test("says how it ended, and since when something may be missed", () => {
    const { clock, peer, heard } = connecting();
    clock.advance(300);
    peer.socket.opened();
    const openedUs = clock.nowUs();
    clock.advance(700);
    peer.socket.closed(1013, "slow consumer: send buffer full");
    expect(heard.ends).toEqual([
      {
        cause: "disconnect",
        reason: "closed with 1013 slow consumer: send buffer full",
        code: 1013,
        fromUs: openedUs,
        livedMs: 0,
      },
    ]);
  });

  test("stamps strictly increase, a tie becomes one microsecond more", () => {
    const { peer, heard } = connecting();
    peer.socket.opened();
    for (let i = 0; i < 5; i++) peer.socket.message("x");
    const first = heard.messages[0]!.receivedUs;
    expect(heard.messages.map(({ receivedUs }) => receivedUs - first)).toEqual([0, 1, 2, 3, 4]);
    expect(heard.messages.every(({ socket }) => socket === 1)).toBe(true);
  });

  test("stamps increase from socket to socket, too: a token may pass from one to another", () => {
    const first = connecting();
    const second = connecting(["3"], first);
    for (const { peer } of [first, second]) peer.socket.opened();
    for (let i = 0; i < 3; i++) first.peer.socket.message("x");
    second.peer.socket.message("x");
    first.peer.socket.message("x");
    const startUs = first.heard.messages[0]!.receivedUs;
    const stamps = ({ heard }: typeof first) =>
      heard.messages.map(({ receivedUs }) => receivedUs - startUs);
    expect(stamps(first)).toEqual([0, 1, 2, 4]);
    expect(stamps(second)).toEqual([3]);
  });

  test("each takes a new number when the clock they share is set back", () => {
    const first = connecting();
    const second = connecting(["3"], first);
    const both = [first, second];
    for (const { peer } of both) peer.socket.opened();
    for (const { peer } of both) peer.socket.message("before");
    first.clock.stepUs = -5_000_000;
    for (const { peer } of both) peer.socket.message("after");
    for (const { heard } of both) {
      expect(heard.steps).toMatchObject([{ fromUs: heard.messages[0]!.receivedUs }]);
      expect(heard.messages[1]!.receivedUs).toBeLessThan(heard.messages[0]!.receivedUs);
    }
  });

  test("takes a new number when the clock is set back, and keeps the clock's own time", () => {
    const { clock, peer, heard } = connecting();
    peer.socket.opened();
    peer.socket.message("before");
    clock.stepUs = -5_000_000;
    peer.socket.message("after");
    const [before, after] = heard.messages;
    expect(after!.socket).toBe(before!.socket + 1);
    expect(after!.receivedUs).toBe(before!.receivedUs - 5_000_000);
    expect(heard.steps).toEqual([
      { socket: 2, fromUs: before!.receivedUs, toUs: after!.receivedUs },
    ]);
  });

  test("says nothing after it is stopped, and leaves no timer behind", () => {
    const { clock, peer, heard, socket } = connecting(ids(300));
    peer.socket.opened();
    socket.stop();
    peer.socket.message("late");
    clock.advance(600_000);
    expect(heard.messages).toEqual([]);
    expect(heard.ends).toEqual([]);
    expect(peer.connections).toHaveLength(1);
    expect(clock.timers).toBe(0);
  });
});
