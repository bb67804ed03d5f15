import { expect, test } from "bun:test";
import { ClientSocket, type Transport } from "../../src/exchange/client-socket.ts";
import { systemClock } from "../../src/ports/clock.ts";

const MIB = 1024 * 1024;

function fakeTransport(unsentBytes: number) {
  const sent: string[] = [];
  const closes: string[] = [];
  const transport: Transport = {
    get readyState() {
      return closes.length === 0 ? 1 : 3;
    },
    send: (text) => sent.push(text),
    getBufferedAmount: () => unsentBytes,
    close: (code, reason) => closes.push(`${code} ${reason}`),
  };
  return { sent, closes, socket: new ClientSocket(1, transport, systemClock, undefined) };
}

test("a client that does not read is closed as the venue does it, and sent nothing more", () => {
  const { sent, closes, socket } = fakeTransport(17 * MIB);
  socket.send("one");
  socket.send("two");
  expect(sent).toEqual([]);
  expect(closes).toEqual(["1013 slow consumer: send buffer full"]);
  expect(socket.isOpen).toBe(false);
});

test("a client that reads slowly has no room long before it is closed", () => {
  const { sent, closes, socket } = fakeTransport(2 * MIB);
  expect(socket.hasRoom).toBe(false);
  socket.send("one");
  expect(sent).toEqual(["one"]);
  expect(closes).toEqual([]);
  expect(fakeTransport(0).socket.hasRoom).toBe(true);
});
