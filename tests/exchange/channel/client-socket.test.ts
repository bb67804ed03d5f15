import { describe, expect, test } from "bun:test";
import { Agenda } from "../../../src/exchange/agenda.ts";
import { ClientSocket } from "../../../src/exchange/channel/client-socket.ts";
import type { Transport } from "../../../src/exchange/channel/transport.ts";
import { VirtualClock } from "../../../src/ports/virtual-clock.ts";

const MIB = 1024 * 1024;
const IDLE_MS = 125_000;

function opened(unsentBytes = 0) {
  const clock = new VirtualClock();
  const done: string[] = [];
  const told: string[] = [];
  const transport = {
    unsentBytes,
    send: (text) => void done.push(`send ${text}`),
    close: (code, reason) => void done.push(`close ${code} ${reason}`),
    drop: () => void done.push("drop"),
  } satisfies Transport;
  const socket = new ClientSocket({
    number: 1,
    transport,
    agenda: new Agenda(clock),
    onSent: (text) => void told.push(text),
  });
  return { clock, done, told, transport, socket };
}

describe("a client that does not read", () => {
  test("is closed as the venue does it, and sent nothing more", () => {
    const { done, told, socket } = opened(16 * MIB + 1);
    socket.send("one");
    socket.send("two");
    expect(done).toEqual(["close 1013 slow consumer: send buffer full"]);
    expect(told).toEqual([]);
    expect(socket.isOpen).toBe(false);
    expect(socket.unsentBytes).toBe(0);
  });

  test("is sent on until its buffer is full", () => {
    const { done, told, socket } = opened(16 * MIB);
    socket.send("one");
    expect(done).toEqual(["send one"]);
    expect(told).toEqual(["one"]);
    expect(socket.unsentBytes).toBe(16 * MIB);
  });

  test("has no room for more long before it is closed", () => {
    expect(opened(MIB).socket.hasRoom).toBe(false);
    const { socket } = opened(MIB - 1);
    expect(socket.hasRoom).toBe(true);
    socket.close({ code: 1000, reason: "" });
    expect(socket.hasRoom).toBe(false);
  });
});

describe("a socket", () => {
  test("ends once, however often and by whom it is ended", () => {
    const closed = opened();
    closed.socket.close({ code: 1000, reason: "why" });
    closed.socket.close({ code: 1001, reason: "again" });
    closed.socket.drop();
    closed.socket.send("late");
    expect(closed.done).toEqual(["close 1000 why"]);
    const dropped = opened();
    dropped.socket.drop();
    dropped.socket.drop();
    dropped.socket.close({ code: 1000, reason: "" });
    expect(dropped.done).toEqual(["drop"]);
    const ended = opened();
    ended.socket.ended();
    ended.socket.send("late");
    ended.socket.drop();
    ended.clock.advance(2 * IDLE_MS);
    expect(ended.done).toEqual([]);
    expect([closed, dropped, ended].map(({ told }) => told)).toEqual([[], [], []]);
  });

  test("is dropped 125 s after the last traffic of either direction", () => {
    const { clock, done, socket } = opened();
    clock.advance(100_000);
    socket.send("one");
    clock.advance(100_000);
    socket.noteTraffic();
    clock.advance(IDLE_MS - 1);
    expect(done).toEqual(["send one"]);
    clock.advance(1);
    expect(done).toEqual(["send one", "drop"]);
    expect(socket.isOpen).toBe(false);
    expect(clock.timers).toBe(0);
  });

  test("that falls silent takes nothing, and is not told of its end before it speaks again", () => {
    const { clock, done, told, socket } = opened();
    socket.fallSilent(Number.POSITIVE_INFINITY);
    socket.fallSilent(0);
    expect(socket.isSilent).toBe(true);
    socket.send("one");
    socket.close({ code: 1000, reason: "" });
    socket.reset();
    expect([done, told, socket.isOpen]).toEqual([[], [], false]);
    const later = opened();
    later.socket.fallSilent(clock.nowUs() / 1_000 + 500);
    later.clock.advance(400);
    later.socket.drop();
    later.clock.advance(99);
    later.socket.reset();
    expect(later.done).toEqual([]);
    later.clock.advance(1);
    expect(later.socket.isSilent).toBe(false);
    later.socket.reset();
    expect(later.done).toEqual(["drop"]);
  });

  test("that is open is not reset", () => {
    const { done, socket } = opened();
    socket.reset();
    expect([done, socket.isOpen]).toEqual([[], true]);
  });
});
