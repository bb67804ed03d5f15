import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type RunningExchange, startExchange } from "../../src/exchange/start-exchange.ts";
import type { WireBook } from "../../src/polymarket/messages.ts";
import { TestClient } from "./test-client.ts";

let exchange: RunningExchange;
let tokenIds: string[];

beforeAll(async () => {
  exchange = await startExchange({ markets: 3, rate: 0, seed: 1 });
  tokenIds = exchange.markets.flatMap(({ tokens }) => tokens.map((token) => token.token_id));
});

afterAll(() => exchange.stop());

async function connected(): Promise<TestClient> {
  return TestClient.connect(exchange.wsUrl);
}

function booksOf(text: string): string[] {
  expect(text).toEndWith("\n");
  return (JSON.parse(text) as WireBook[]).map((book) => book.asset_id);
}

/** PONG comes behind everything that was said before, so that it proves a silence. */
async function expectSilence(client: TestClient): Promise<void> {
  client.send("PING");
  expect(await client.next()).toBe("PONG");
}

describe("the first text of a socket", () => {
  test.each([
    ["PING"],
    ["no json"],
    ["[]"],
    ["null"],
    ['{"type":"market"}'],
    ['{"assets_ids":"1","type":"market"}'],
    ['{"assets_ids":[1],"type":"market"}'],
    ['{"assets_ids":["1"],"type":"user"}'],
    ['{"assets_ids":["1"],"operation":"subscribe"}'],
  ])("closes the socket with 1008 when it is %p", async (text) => {
    const client = await connected();
    client.send(text);
    expect(await client.closed).toEqual({ code: 1008, reason: "invalid subscription payload" });
    expect(client.texts).toEqual([]);
  });

  test("is answered with the opening books of its tokens in one array", async () => {
    const client = await connected();
    client.send({ assets_ids: tokenIds.slice(0, 3), type: "market", custom_feature_enabled: true });
    expect(booksOf(await client.next())).toEqual(tokenIds.slice(0, 3));
    client.close();
  });

  test("may name unknown tokens, which are left out", async () => {
    const client = await connected();
    client.subscribe(["77", ...tokenIds.slice(0, 1)]);
    expect(booksOf(await client.next())).toEqual(tokenIds.slice(0, 1));
    client.close();
  });

  test("gets an empty array and a newline for only unknown tokens", async () => {
    const client = await connected();
    client.subscribe(["77", "78"]);
    expect(await client.next()).toBe("[]\n");
    client.close();
  });

  test("may be an empty list, which has no answer", async () => {
    const client = await connected();
    client.subscribe([]);
    await expectSilence(client);
    client.close();
  });

  test("may decline the opening books", async () => {
    const client = await connected();
    client.send({ assets_ids: tokenIds, type: "market", initial_dump: false });
    await expectSilence(client);
    client.close();
  });
});

describe("a later text", () => {
  test("subscribes to more tokens, with books only for those that are new", async () => {
    const client = await connected();
    client.subscribe(tokenIds.slice(0, 2));
    await client.next();
    client.send({ operation: "subscribe", assets_ids: tokenIds.slice(1, 4) });
    expect(booksOf(await client.next())).toEqual(tokenIds.slice(2, 4));
    client.send({ operation: "subscribe", assets_ids: tokenIds.slice(0, 4) });
    expect(await client.next()).toBe("NO NEW ASSETS");
    client.send({ operation: "subscribe", assets_ids: [] });
    await expectSilence(client);
    client.send({ operation: "subscribe", assets_ids: ["77"] });
    expect(await client.next()).toBe("[]\n");
    client.close();
  });

  test("unsubscribes in silence, and subscribing again brings the book again", async () => {
    const client = await connected();
    client.subscribe(tokenIds.slice(0, 2));
    await client.next();
    client.send({ operation: "unsubscribe", assets_ids: tokenIds.slice(0, 1) });
    await expectSilence(client);
    client.send({ operation: "subscribe", assets_ids: tokenIds.slice(0, 1) });
    expect(booksOf(await client.next())).toEqual(tokenIds.slice(0, 1));
    client.close();
  });

  test.each([
    ['{"assets_ids":["1"],"type":"market"}'],
    ["PONG"],
    ["ping"],
    ['{"operation":"resubscribe","assets_ids":["1"]}'],
    ['{"operation":"subscribe"}'],
  ])("is an invalid operation when it is %p, and the socket stays open", async (text) => {
    const client = await connected();
    client.subscribe(tokenIds.slice(0, 1));
    await client.next();
    client.send(text);
    expect(await client.next()).toBe("INVALID OPERATION");
    await expectSilence(client);
    client.close();
  });
});
