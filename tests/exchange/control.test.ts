import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import {
  openExchange,
  type RunningExchange,
  startExchange,
} from "../../src/exchange/start-exchange.ts";
import { TestClient } from "./test-client.ts";

let exchange: RunningExchange;
let tokenIds: string[];

beforeAll(async () => {
  exchange = await startExchange({ markets: 2, rate: 0, delayMs: 0 });
  tokenIds = exchange.markets.flatMap(({ tokens }) => tokens.map(({ token_id }) => token_id));
});

afterEach(async () => {
  await asked("DELETE", "/faults");
  await asked("POST", "/recipe", { recipe: "10" });
});

afterAll(() => exchange.stop());

interface Answer {
  readonly status: number;
  readonly value: unknown;
}

async function asked(method: string, path = "", body?: unknown): Promise<Answer> {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const response = await fetch(`${exchange.controlUrl}${path}`, {
    method,
    ...(body !== undefined && { body: text }),
  });
  expect(response.headers.get("content-type")).toStartWith("application/json");
  return { status: response.status, value: await response.json() };
}

async function statusOf(path: string): Promise<number> {
  return (await fetch(`${exchange.clobUrl}${path}`)).status;
}

/** A client whose opening books have come. */
async function subscribed(tokens: readonly string[]): Promise<TestClient> {
  const client = await TestClient.connect(exchange.wsUrl);
  client.subscribe(tokens);
  await client.next();
  return client;
}

async function socketsNow(): Promise<{ socket: number; tokens: number; unsent_bytes: number }[]> {
  const { value } = await asked("GET");
  return (value as { sockets: { socket: number; tokens: number; unsent_bytes: number }[] }).sockets;
}

describe("the state", () => {
  test("tells the time, what is hashed, and that nothing is wrong", async () => {
    const beforeMs = Date.now();
    const { status, value } = await asked("GET");
    expect(status).toBe(200);
    expect(value).toEqual({
      now_ms: expect.any(Number) as unknown,
      is_down: false,
      recipe: "10",
      clock_step_ms: 0,
      sockets: [],
      faults: [],
    });
    const { now_ms } = value as { now_ms: number };
    expect(Math.abs(now_ms - beforeMs)).toBeLessThan(60_000);
    expect(Number.isInteger(now_ms)).toBe(true);
  });

  test("has each socket with the number of its tokens, as long as it is open", async () => {
    const clients = [await subscribed(tokenIds), await subscribed(tokenIds.slice(0, 1))];
    const sockets = await socketsNow();
    expect(sockets.map(({ tokens, unsent_bytes }) => [tokens, unsent_bytes])).toEqual([
      [4, 0],
      [1, 0],
    ]);
    const [first, second] = sockets.map(({ socket }) => socket);
    expect((second ?? 0) - (first ?? 0)).toBe(1);
    for (const client of clients) client.close();
    await Promise.all(clients.map(({ closed }) => closed));
    while ((await socketsNow()).length > 0) {}
  });
});

describe("a fault", () => {
  test("is added, strikes the socket that it names, and is listed", async () => {
    const clients = [await subscribed(tokenIds), await subscribed(tokenIds)];
    const socket = (await socketsNow()).at(1)?.socket;
    const added = await asked("POST", "/faults", { kind: "close-1013", socket });
    const shown = { id: expect.any(Number) as unknown, kind: "close-1013", socket, struck: 1 };
    expect(added).toEqual({ status: 200, value: shown });
    expect(await clients[1]?.closed).toMatchObject({ code: 1013 });
    expect((await asked("GET")).value).toMatchObject({ faults: [shown] });
    clients[0]?.send("PING");
    expect(await clients[0]?.next()).toBe("PONG");
    clients[0]?.close();
  });

  test("strikes until it is ended, and leaves the control itself alone", async () => {
    const body = { kind: "rest-error", p: 1, status: 503 };
    const { value } = await asked("POST", "/faults", body);
    const { id } = value as { id: number };
    expect([await statusOf("/time"), await statusOf("/book")]).toEqual([503, 503]);
    expect((await asked("GET")).value).toMatchObject({ faults: [{ id, ...body, struck: 2 }] });
    const other = await asked("POST", "/faults", { kind: "malformed", every: "1h" });
    const rest = { status: 200, value: [{ ...(other.value as object), every: 3_600_000 }] };
    expect(await asked("DELETE", `/faults/${id}`)).toEqual(rest);
    expect(await statusOf("/time")).toBe(200);
    expect((await asked("DELETE", `/faults/${id}`)).status).toBe(404);
    expect((await asked("GET")).value).toMatchObject({ faults: rest.value });
  });

  test("ends with all others at once", async () => {
    for (const kind of ["malformed", "delay"]) await asked("POST", "/faults", { kind, p: 1 });
    expect(await asked("DELETE", "/faults")).toEqual({ status: 200, value: [] });
    expect((await asked("GET")).value).toMatchObject({ faults: [] });
    const client = await TestClient.connect(exchange.wsUrl);
    client.subscribe(tokenIds);
    expect(() => JSON.parse(client.texts[0] ?? "[]")).not.toThrow();
    expect(JSON.parse(await client.next())).toHaveLength(4);
    client.close();
  });

  test("of a token is refused where a file is served", async () => {
    const own = await startExchange({ messages: ["{}"] });
    for (const fault of [{ kind: "stall-token" }, { kind: "drop", token: "1" }]) {
      const init = { method: "POST", body: JSON.stringify(fault) };
      const answer = await fetch(`${own.controlUrl}/faults`, init);
      expect(answer.status).toBe(400);
      expect(await answer.json()).toEqual({
        error: expect.stringContaining("has no tokens") as unknown,
      });
    }
    expect(own.exchange.faults.isIdle).toBe(true);
    await own.stop();
    const faults = [{ kind: "stall-token" }] as const;
    expect(() => openExchange({ messages: ["{}"], faults })).toThrow("has no tokens");
    expect(() => openExchange({ messages: ["{}"], faults: [{ kind: "drop" }] })).not.toThrow();
  });

  test("may be a restart, in which the control still answers", async () => {
    const own = await startExchange({ markets: 1, rate: 0 });
    const client = await TestClient.connect(own.wsUrl);
    const body = JSON.stringify({ kind: "restart", for: "1h" });
    const added = await fetch(`${own.controlUrl}/faults`, { method: "POST", body });
    expect(await added.json()).toMatchObject({ kind: "restart", for: 3_600_000, struck: 1 });
    expect(await client.closed).toMatchObject({ code: 1006 });
    const state = await (await fetch(own.controlUrl)).json();
    expect(state).toMatchObject({ is_down: true, sockets: [] });
    for (const url of [`${own.clobUrl}/time`, `${own.gammaUrl}/markets`]) {
      expect((await fetch(url)).status).toBe(502);
    }
    const refused = await TestClient.connect(own.wsUrl).catch(() => "refused");
    expect(refused).toBe("refused");
    await own.stop();
  });
});

describe("a clock step and a recipe", () => {
  test("are seen in the state and in the service", async () => {
    const running = await startExchange({ markets: 1, rate: 0 });
    const control = async (path: string, body: object) => {
      const init = { method: "POST", body: JSON.stringify(body) };
      return (await fetch(`${running.controlUrl}${path}`, init)).json();
    };
    await control("/faults", { kind: "clock-step", ms: "1h" });
    await control("/faults", { kind: "clock-step", ms: -1_000 });
    expect(await control("/recipe", { recipe: 9 })).toEqual({ recipe: "9" });
    const state = (await (await fetch(running.controlUrl)).json()) as Record<string, unknown>;
    expect(state).toMatchObject({ clock_step_ms: 3_599_000, recipe: "9" });
    const tokenId = running.markets[0]?.tokens[0]?.token_id ?? "";
    const book = await (await fetch(`${running.clobUrl}/book?token_id=${tokenId}`)).json();
    expect(Object.keys(book as object)).not.toContain("last_trade_price");
    const time = Number(await (await fetch(`${running.clobUrl}/time`)).text());
    expect(time - Date.now() / 1_000).toBeGreaterThan(3_000);
    await running.stop();
  });

  test.each(["5", "6", "9", "10", "next"])(
    "may be recipe %s, which books then have",
    async (recipe) => {
      expect(await asked("POST", "/recipe", { recipe })).toEqual({
        status: 200,
        value: { recipe },
      });
      expect((await asked("GET")).value).toMatchObject({ recipe });
      const text = await (await fetch(`${exchange.clobUrl}/book?token_id=${tokenIds[0]}`)).text();
      const fields = Object.keys(JSON.parse(text) as object).length;
      const names: Record<string, number> = { "5": 6, "6": 6, "9": 9, "10": 10, next: 11 };
      expect(fields).toBe(names[recipe] ?? 0);
    },
  );
});

describe("a bad request", () => {
  test.each<[path: string, body: unknown, complaint: string]>([
    ["/faults", "", "no JSON"],
    ["/faults", "{", "no JSON"],
    ["/faults", "null", "wants an object"],
    ["/faults", [{ kind: "drop" }], "wants an object"],
    ["/faults", '"drop"', "wants an object"],
    ["/faults", {}, "wants a kind"],
    ["/faults", { kind: "explode" }, '"explode" is unknown'],
    ["/faults", { kind: "drop", p: 2 }, "p=2 cannot be read"],
    ["/faults", { kind: "drop", for: "1s" }, 'does not take "for"'],
    ["/faults", { kind: "clock-step" }, "clock-step wants ms="],
    ["/recipe", "", "no JSON"],
    ["/recipe", "null", "a recipe is one of 5, 6, 9, 10, next"],
    ["/recipe", {}, "a recipe is one of"],
    ["/recipe", { recipe: "11" }, "a recipe is one of"],
    ["/recipe", "9", "a recipe is one of"],
  ])("is refused with 400 and says why: %s %j", async (path, body, complaint) => {
    const { status, value } = await asked("POST", path, body);
    expect(status).toBe(400);
    expect((value as { error: string }).error).toContain(complaint);
    expect((await asked("GET")).value).toMatchObject({ faults: [], recipe: "10" });
  });

  test.each([
    ["GET", "/faults"],
    ["GET", "/recipe"],
    ["GET", "/"],
    ["GET", "s"],
    ["POST", ""],
    ["POST", "/faults/1"],
    ["PUT", "/faults"],
    ["DELETE", ""],
    ["DELETE", "/recipe"],
    ["DELETE", "/faults/"],
    ["DELETE", "/faults/99999"],
    ["DELETE", "/faults/0"],
    ["DELETE", "/faults/one"],
    ["DELETE", "/faults/ID.0"],
    ["DELETE", "/faults/0xID"],
    ["DELETE", "/faults/+ID"],
    ["DELETE", "/faults-ID"],
    ["DELETE", "/faultsxID"],
  ])("is not found, and ends no fault: %s %s", async (method, path) => {
    const { value } = await asked("POST", "/faults", { kind: "malformed", p: 0 });
    const { id } = value as { id: number };
    const body = method === "POST" || method === "PUT" ? { kind: "drop" } : undefined;
    const answer = await asked(method, path.replace("ID", String(id)), body);
    expect(answer).toEqual({ status: 404, value: { error: "not found" } });
    expect((await asked("GET")).value).toMatchObject({ faults: [{ id }] });
  });
});
