import { afterAll, afterEach, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type RunningExchange,
  type ServerOptions,
  startExchange,
} from "../../src/exchange/start-exchange.ts";
import { PolybotError } from "../../src/format/error.ts";
import type { WireElement } from "../../src/polymarket/messages.ts";
import { ReplayClient } from "./replay-client.ts";
import { TestClient } from "./test-client.ts";

const folder = mkdtempSync(join(tmpdir(), "exchange-"));
const running: RunningExchange[] = [];

async function started(options: ServerOptions): Promise<RunningExchange> {
  const exchange = await startExchange(options);
  running.push(exchange);
  return exchange;
}

async function codeOf(options: ServerOptions): Promise<unknown> {
  const error = await startExchange(options).then(
    () => undefined,
    (cause: unknown) => cause,
  );
  return error instanceof PolybotError ? error.code : error;
}

afterEach(async () => {
  await Promise.all(running.splice(0).map((exchange) => exchange.stop()));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function tokenIdsOf(exchange: RunningExchange): string[] {
  return exchange.markets.flatMap(({ tokens }) => tokens.map((token) => token.token_id));
}

function elementsOf(text: string): WireElement[] {
  return [JSON.parse(text) as WireElement | WireElement[]].flat();
}

describe("a running exchange", () => {
  test("streams messages whose every hash a subscriber can check", async () => {
    const exchange = await started({ markets: 4, rate: 3_000, seed: 6 });
    const client = await TestClient.connect(exchange.wsUrl);
    client.subscribe(tokenIdsOf(exchange));
    const texts = await client.take(400);
    const values = new Map<string, { minOrderSize: string; negRisk: boolean }>();
    for (const { market } of exchange.markets) {
      const answer = await (await fetch(`${exchange.clobUrl}/markets/${market}`)).json();
      const { minimum_order_size, neg_risk } = answer as Record<string, unknown>;
      values.set(market, { minOrderSize: String(minimum_order_size), negRisk: neg_risk === true });
    }
    const replay = new ReplayClient(
      (market) => values.get(market) ?? { minOrderSize: "", negRisk: false },
    );
    for (const text of texts) {
      replay.receive(text);
    }
    replay.finish();
    expect(replay.problems).toEqual([]);
    expect(replay.outcomes.atOnce).toBeGreaterThan(100);
  });

  test("sends a change with both entries to a subscriber of either token, the rest by token", async () => {
    const exchange = await started({ markets: 1, rate: 3_000, seed: 2 });
    const [yes = "", no = ""] = tokenIdsOf(exchange);
    const clients = [
      await TestClient.connect(exchange.wsUrl),
      await TestClient.connect(exchange.wsUrl),
    ];
    clients[0]?.subscribe([yes]);
    clients[1]?.subscribe([no]);
    for (const [index, client] of clients.entries()) {
      const own = [yes, no][index];
      await client.next();
      const elements = (await client.take(150)).flatMap(elementsOf);
      for (const element of elements) {
        if (element.event_type === "price_change") {
          const named = element.price_changes.map((entry) => entry.asset_id);
          // Changes of a group may share a message.
          expect([...new Set(named)].toSorted()).toEqual([yes, no].toSorted());
        } else {
          expect("asset_id" in element ? element.asset_id : "").toBe(own ?? "");
        }
      }
    }
  });

  test("sends nothing more about tokens that were unsubscribed", async () => {
    const exchange = await started({ markets: 2, rate: 3_000, seed: 2 });
    const tokenIds = tokenIdsOf(exchange);
    const client = await TestClient.connect(exchange.wsUrl);
    client.subscribe(tokenIds);
    await client.take(20);
    client.send({ operation: "unsubscribe", assets_ids: tokenIds.slice(0, 2) });
    // What was said before may be on its way for a moment.
    await Bun.sleep(300);
    client.send("PING");
    while ((await client.next()) !== "PONG") {}
    const market = exchange.markets[1]?.market ?? "";
    const later = (await client.take(50)).flatMap(elementsOf);
    expect(later.every((element) => element.market === market)).toBe(true);
  });

  test("closes its sockets and frees its port when it stops", async () => {
    const exchange = await started({ markets: 1, rate: 100 });
    const client = await TestClient.connect(exchange.wsUrl);
    client.subscribe(tokenIdsOf(exchange));
    await client.next();
    await exchange.stop();
    expect(await client.closed).toEqual({ code: 1001, reason: "exchange stopped" });
    const port = Number(new URL(exchange.clobUrl).port);
    const next = await started({ port, markets: 1 });
    expect(next.clobUrl).toBe(exchange.clobUrl);
  });

  test("refuses a port in use and leaves the log of its owner alone", async () => {
    const logFile = join(folder, "owned.log");
    const exchange = await started({ markets: 1, rate: 0, logFile });
    const client = await TestClient.connect(exchange.wsUrl);
    client.subscribe(["1"]);
    await client.next();
    const port = Number(new URL(exchange.clobUrl).port);
    expect(await codeOf({ port, logFile })).toBe("PORT_IN_USE");
    await exchange.stop();
    expect(await Bun.file(logFile).text()).toContain("[]\\n");
  });
});

describe("the log", () => {
  test("has what each client received, in order, one line a text", async () => {
    const logFile = join(folder, "sent.log");
    await Bun.write(logFile, "an older log\n");
    const exchange = await started({ markets: 2, rate: 2_000, logFile });
    const clients = [
      await TestClient.connect(exchange.wsUrl),
      await TestClient.connect(exchange.wsUrl),
    ];
    const tokenIds = tokenIdsOf(exchange);
    clients[0]?.subscribe(tokenIds.slice(0, 2));
    clients[1]?.subscribe(tokenIds);
    clients[1]?.send("PING");
    await Promise.all(clients.map((client) => client.take(60)));
    await exchange.stop();
    await Promise.all(clients.map((client) => client.closed));
    const log = await Bun.file(logFile).text();
    const lines = log.trimEnd().split("\n");
    const sent = lines.map((line) => JSON.parse(line) as { socket: number; text: string });
    expect(lines.every((line) => /^\{"t_us":\d{16},"socket":[12],"text":"/.test(line))).toBe(true);
    for (const [index, client] of clients.entries()) {
      const own = sent.filter(({ socket }) => socket === index + 1).map(({ text }) => text);
      expect(own).toEqual(client.texts);
    }
    expect(clients[1]?.texts).toContain("PONG");
  });

  test("that cannot be written is refused at the start", async () => {
    expect(await codeOf({ logFile: join(folder, "missing", "sent.log") })).toBe("WRITE_FAILED");
  });
});

describe("a messages file", () => {
  const messages = ['[{"market":"0x1", "asset_id":"5"}]', "PONG", "é\\u00e9 not json \r", "", "{}"];

  test("is served verbatim, whole and once to each socket, after its first subscription", async () => {
    const messagesFile = join(folder, "messages.jsonl");
    await Bun.write(messagesFile, `${messages.join("\n")}\n`);
    const exchange = await started({ messagesFile });
    expect(exchange.markets).toEqual([]);
    for (let round = 0; round < 2; round += 1) {
      const client = await TestClient.connect(exchange.wsUrl);
      client.subscribe(["5"]);
      expect(await client.take(messages.length)).toEqual(messages);
      client.send({ operation: "subscribe", assets_ids: ["6"] });
      client.send("PING");
      expect(await client.next()).toBe("PONG");
      client.close();
    }
  });

  test("may be larger than the socket's buffers", async () => {
    const messagesFile = join(folder, "large.jsonl");
    const lines = Array.from({ length: 120 }, (_, line) => `${line} ${"x".repeat(100_000)}`);
    await Bun.write(messagesFile, lines.join("\n"));
    const exchange = await started({ messagesFile });
    const client = await TestClient.connect(exchange.wsUrl);
    client.subscribe([]);
    expect(await client.take(lines.length)).toEqual(lines);
  });

  test("that is missing or no text is bad input", async () => {
    const binary = join(folder, "binary");
    await Bun.write(binary, new Uint8Array([0xff, 0xfe, 0x80]));
    expect(await codeOf({ messagesFile: join(folder, "missing") })).toBe("BAD_INPUT");
    expect(await codeOf({ messagesFile: binary })).toBe("BAD_INPUT");
    expect(await codeOf({ messagesFile: folder })).toBe("BAD_INPUT");
  });
});
