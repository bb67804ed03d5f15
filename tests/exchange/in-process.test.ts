import { describe, expect, test } from "bun:test";
import { dialTo, httpTo, IN_PROCESS_URLS } from "../../src/exchange/in-process.ts";
import type { SocketEvents } from "../../src/ports/dial.ts";
import { VirtualExchange } from "./virtual-exchange.ts";

const SECOND = 1_000;

/** A client that notes every event of its socket. */
function dialled(venue: VirtualExchange, more: Partial<SocketEvents> = {}) {
  const events: string[] = [];
  const socket = dialTo(venue.exchange)(IN_PROCESS_URLS.wsUrl, {
    opened: () => {
      events.push("opened");
      more.opened?.();
    },
    message: (text) => {
      events.push(`message ${text.slice(0, 20).trim()}`);
      more.message?.(text);
    },
    closed: (code, reason) => {
      events.push(`closed ${code} ${reason}`);
      more.closed?.(code, reason);
    },
  });
  return { socket, events };
}

function quiet(): VirtualExchange {
  return new VirtualExchange({ markets: 1, rate: 0, delayMs: 0 });
}

const SUBSCRIPTION = '{"assets_ids":[],"type":"market"}';

describe("dialling in this process", () => {
  test("opens a moment later, never inside the call", () => {
    const venue = quiet();
    const { events } = dialled(venue);
    expect(events).toEqual([]);
    venue.run(0);
    expect(events).toEqual(["opened"]);
  });

  test("answers a moment later, never inside the call that asked", () => {
    const venue = quiet();
    const { socket, events } = dialled(venue);
    venue.run(0);
    socket.send(SUBSCRIPTION);
    socket.send("PING");
    expect(events).toEqual(["opened"]);
    venue.run(0);
    expect(events).toEqual(["opened", "message PONG"]);
    const wrong = dialled(venue);
    venue.run(0);
    wrong.socket.send("PING");
    expect(wrong.events).toEqual(["opened"]);
    venue.run(0);
    expect(wrong.events).toEqual(["opened", "closed 1008 invalid subscription payload"]);
  });

  test("may send from within an event", () => {
    const venue = quiet();
    const { socket, events } = dialled(venue, {
      opened: () => socket.send(SUBSCRIPTION),
      message: () => socket.terminate(),
    });
    venue.run(SECOND);
    socket.send("PING");
    socket.send("PING");
    venue.run(SECOND);
    // The second answer was under way already when the first ended the connection.
    expect(events[0]).toBe("opened");
    expect(events.filter((event) => event.startsWith("closed"))).toEqual(["closed 1006 "]);
    expect(events.at(-1)).toBe("closed 1006 ");
  });

  test("is refused while the exchange is down", () => {
    const venue = quiet();
    venue.exchange.faults.add({ kind: "restart", forMs: SECOND });
    const { socket, events } = dialled(venue);
    expect(events).toEqual([]);
    venue.run(0);
    expect(events).toEqual(["closed 1006 the exchange is down"]);
    socket.send("PING");
    socket.terminate();
    venue.run(SECOND);
    expect(events).toHaveLength(1);
    const later = dialled(venue);
    venue.run(0);
    expect(later.events).toEqual(["opened"]);
  });
});

describe("the end of a socket in this process", () => {
  test("is told once and a moment after terminate, however often that is called", () => {
    const venue = quiet();
    const { socket, events } = dialled(venue);
    venue.run(0);
    socket.terminate();
    socket.terminate();
    expect(events).toEqual(["opened"]);
    venue.run(0);
    socket.terminate();
    venue.run(SECOND);
    expect(events).toEqual(["opened", "closed 1006 "]);
    expect(venue.exchange.clients).toEqual([]);
  });

  test("comes to a socket that never opened, too", () => {
    const venue = quiet();
    const { socket, events } = dialled(venue);
    socket.terminate();
    venue.run(SECOND);
    expect(events.at(-1)).toBe("closed 1006 ");
    expect(events.filter((event) => event.startsWith("closed"))).toHaveLength(1);
    expect(venue.exchange.clients).toEqual([]);
  });

  test("is no beginning any more when it comes first", async () => {
    const venue = quiet();
    const { socket, events } = dialled(venue);
    socket.terminate();
    await Promise.resolve();
    venue.run(SECOND);
    expect(events).toEqual(["closed 1006 "]);
    expect(venue.exchange.clients).toEqual([]);
  });

  test("is the last that is heard, whatever is under way", () => {
    const venue = new VirtualExchange({ markets: 2, rate: 200, delayMs: 300 });
    const { tokenIds } = venue;
    const subscribe = JSON.stringify({ assets_ids: tokenIds, type: "market" });
    for (const end of ["terminate", "drop", "close-1013"] as const) {
      const { socket, events } = dialled(venue);
      venue.run(0);
      socket.send(subscribe);
      venue.run(2 * SECOND);
      const before = events.length;
      expect(before).toBeGreaterThan(20);
      if (end === "terminate") socket.terminate();
      else venue.exchange.faults.add({ kind: end });
      venue.run(0);
      expect(events.slice(before)).toHaveLength(1);
      expect(events.at(-1)).toStartWith("closed ");
      socket.send("PING");
      venue.run(5 * SECOND);
      expect(events).toHaveLength(before + 1);
      expect(venue.exchange.clients).toEqual([]);
    }
  });

  test("comes with the end of the exchange, and once, whoever asked for it", async () => {
    const venue = quiet();
    const [open, ending, idle] = [dialled(venue), dialled(venue), dialled(venue)];
    venue.run(0);
    const [fresh, unopened] = [dialled(venue), dialled(venue)];
    for (const { socket } of [ending, unopened]) socket.terminate();
    venue.exchange.stop();
    for (const { socket } of [open, fresh]) socket.terminate();
    await Promise.resolve();
    venue.run(SECOND);
    expect(open.events).toEqual(["opened", "closed 1006 "]);
    expect(ending.events).toEqual(["opened", "closed 1006 "]);
    expect(idle.events).toEqual(["opened", "closed 1006 "]);
    expect(fresh.events).toEqual(["closed 1006 "]);
    expect(unopened.events).toEqual(["closed 1006 "]);
  });

  test("frees what the exchange had of the client", () => {
    const venue = new VirtualExchange({ markets: 2, rate: 50 });
    const client = venue.subscribe();
    venue.run(SECOND);
    const [known] = venue.exchange.clients;
    expect(known && venue.exchange.tokensOf(known)).toEqual(venue.tokenIds);
    client.terminate();
    venue.run(0);
    expect(venue.exchange.clients).toEqual([]);
    expect(known && venue.exchange.tokensOf(known)).toEqual([]);
    const sent = venue.log.length;
    venue.run(10 * SECOND);
    expect(venue.log.slice(sent).every((line) => "fault" in line && line.fault === "lost")).toBe(
      true,
    );
  });
});

describe("REST in this process", () => {
  test("is asked with GET, and with POST when there is a body", async () => {
    const venue = quiet();
    const http = httpTo(venue.exchange);
    const [yes = "", no = ""] = venue.tokenIds;
    const url = `${IN_PROCESS_URLS.clobUrl}/books`;
    const body = JSON.stringify([{ token_id: no }, { token_id: yes }]);
    const posted = await http(url, { timeoutMs: 1, body });
    expect(posted.status).toBe(200);
    const books = JSON.parse(posted.text) as { asset_id: string }[];
    expect(books.map(({ asset_id }) => asset_id)).toEqual([no, yes]);
    expect((await http(`${IN_PROCESS_URLS.clobUrl}/book?token_id=${yes}`)).text).toBe(
      JSON.stringify(books[1]),
    );
    expect((await http(url)).status).not.toBe(200);
    expect((await http(url, { timeoutMs: 1, body: "" })).status).not.toBe(200);
  });

  test("has Gamma under its own address", async () => {
    const venue = quiet();
    const [yes] = venue.tokenIds;
    const { status, text } = await httpTo(venue.exchange)(
      `${IN_PROCESS_URLS.gammaUrl}/markets?clob_token_ids=${yes}`,
    );
    expect(status).toBe(200);
    expect(JSON.parse(text)).toHaveLength(1);
  });

  test("is a bad gateway while the exchange is down", async () => {
    const venue = quiet();
    venue.exchange.faults.add({ kind: "restart" });
    expect((await venue.rest("/time")).status).toBe(502);
    venue.run(5 * SECOND);
    expect((await venue.rest("/time")).status).toBe(200);
  });
});
