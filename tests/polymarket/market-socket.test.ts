import { describe, expect, test } from "bun:test";
import { MarketSocket } from "../../src/polymarket/market-socket.ts";
import { PING } from "../../src/polymarket/messages.ts";
import { VirtualClock } from "../../src/ports/virtual-clock.ts";
import { ScriptedPeer } from "../scripted-peer.ts";

interface Heard {
  readonly messages: { text: string; receivedUs: number; socket: number }[];
  readonly disconnects: { socket: number; cause: string }[];
  readonly steps: { socket: number; fromUs: number; toUs: number }[];
  subscribed: number;
}

function connected(tokenIds: readonly string[] = ["1", "2"]) {
  const clock = new VirtualClock();
  const peer = new ScriptedPeer();
  const heard: Heard = { messages: [], disconnects: [], steps: [], subscribed: 0 };
  const socket = new MarketSocket({
    url: "ws://peer",
    tokenIds,
    dial: peer.dial,
    clock,
    random: () => 0.5,
    events: {
      message: (text, receivedUs, number) =>
        heard.messages.push({ text, receivedUs, socket: number }),
      subscribed: () => {
        heard.subscribed++;
      },
      disconnected: (number, cause) => heard.disconnects.push({ socket: number, cause }),
      clockStepped: (number, fromUs, toUs) => heard.steps.push({ socket: number, fromUs, toUs }),
    },
  });
  socket.start();
  return { clock, peer, heard, socket };
}

/** Longer than the first pause, shorter than a connect may take. */
const RECONNECT_MS = 500;

describe("a market-channel socket", () => {
  test("subscribes once it is open, custom features and the initial dump asked for", () => {
    const { peer } = connected();
    expect(peer.sent).toEqual([]);
    peer.socket.opened();
    expect(peer.sent.map((text) => JSON.parse(text))).toEqual([
      { assets_ids: ["1", "2"], type: "market", custom_feature_enabled: true, initial_dump: true },
    ]);
  });

  test("subscribes many tokens in chunks of a hundred, the later ones by operation", () => {
    const tokenIds = Array.from({ length: 250 }, (_, i) => String(i));
    const { peer } = connected(tokenIds);
    peer.socket.opened();
    const texts = peer.sent.map((text) => JSON.parse(text));
    expect(texts.map(({ type, operation }) => type ?? operation)).toEqual([
      "market",
      "subscribe",
      "subscribe",
    ]);
    expect(texts.flatMap(({ assets_ids }) => assets_ids)).toEqual(tokenIds);
  });

  test("pings every ten seconds, never before its subscription", () => {
    const { clock, peer } = connected();
    clock.advance(9_000);
    peer.socket.opened();
    clock.advance(9_999);
    expect(peer.sent).toHaveLength(1);
    clock.advance(1);
    expect(peer.sent.slice(1)).toEqual([PING]);
  });

  test("gives up a connect that hangs for ten seconds", () => {
    const { clock, peer, heard } = connected();
    clock.advance(9_999);
    expect(peer.terminated).toBe(0);
    clock.advance(1);
    expect(heard.disconnects).toEqual([{ socket: 1, cause: "connect timeout" }]);
    clock.advance(RECONNECT_MS);
    expect(peer.connections.length).toBeGreaterThan(1);
  });

  test("replaces a peer that is silent for half a minute, and not one that answers", () => {
    const { clock, peer, heard } = connected();
    peer.socket.opened();
    for (let i = 0; i < 20; i++) {
      clock.advance(29_000);
      peer.socket.message("PONG");
    }
    expect(heard.disconnects).toEqual([]);
    clock.advance(40_000);
    expect(heard.disconnects[0]).toEqual({ socket: 1, cause: "silent for 30 s" });
    peer.socket.opened();
    expect(heard.subscribed).toBe(2);
    expect(peer.sent.filter((text) => text !== PING)).toHaveLength(2);
  });

  test("waits longer after each failed attempt, up to half a minute, and starts over once one lasted", () => {
    const { clock, peer } = connected();
    const pauses: number[] = [];
    const failOnce = () => {
      const before = peer.connections.length;
      peer.socket.closed(1006, "");
      let waited = 0;
      for (; peer.connections.length === before; waited += 5) clock.advance(5);
      pauses.push(waited);
    };
    for (let i = 0; i < 12; i++) failOnce();
    expect(pauses[0]).toBeLessThanOrEqual(250);
    for (let i = 1; i < 7; i++) expect(pauses[i]!).toBeGreaterThan(pauses[i - 1]!);
    expect(Math.max(...pauses)).toBeLessThanOrEqual(30_000);
    // A peer that talks and drops at once must not be dialled four times a second.
    peer.socket.opened();
    peer.socket.message("[]");
    failOnce();
    expect(pauses.at(-1)).toBeGreaterThan(10_000);
    peer.socket.opened();
    clock.advance(10_000);
    peer.socket.message("[]");
    failOnce();
    expect(pauses.at(-1)).toBe(pauses[0]!);
  });

  test("numbers each connection, and says how the last one ended", () => {
    const { clock, peer, heard } = connected();
    peer.socket.opened();
    peer.socket.message("a");
    peer.socket.closed(1013, "slow consumer: send buffer full");
    clock.advance(RECONNECT_MS);
    peer.socket.opened();
    peer.socket.message("b");
    expect(heard.messages.map(({ text, socket }) => [text, socket])).toEqual([
      ["a", 1],
      ["b", 2],
    ]);
    expect(heard.disconnects).toEqual([
      { socket: 1, cause: "closed with 1013 slow consumer: send buffer full" },
    ]);
  });

  test("stamps strictly increase, a tie becomes one microsecond more", () => {
    const { peer, heard } = connected();
    peer.socket.opened();
    for (let i = 0; i < 5; i++) peer.socket.message("x");
    const first = heard.messages[0]!.receivedUs;
    expect(heard.messages.map(({ receivedUs }) => receivedUs - first)).toEqual([0, 1, 2, 3, 4]);
    expect(heard.messages.every(({ socket }) => socket === 1)).toBe(true);
  });

  test("takes a new number when the clock is set back, and keeps the clock's own time", () => {
    const { clock, peer, heard } = connected();
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
    const { clock, peer, heard, socket } = connected();
    peer.socket.opened();
    socket.stop();
    peer.socket.message("late");
    clock.advance(600_000);
    expect(heard.messages).toEqual([]);
    expect(heard.disconnects).toEqual([]);
    expect(peer.connections).toHaveLength(1);
    expect(clock.timers).toBe(0);
  });
});
