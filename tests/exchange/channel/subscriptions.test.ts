import { describe, expect, test } from "bun:test";
import { type VirtualClient, VirtualExchange } from "../virtual-exchange.ts";
import { bookTokensOf, elementsOfAll, isAbout } from "./elements.ts";

const SECOND = 1_000;

function typesOf(texts: readonly string[]): Set<string> {
  return new Set(elementsOfAll(texts).map(({ event_type }) => event_type));
}

/** What came since this was last asked. */
function newsOf(client: VirtualClient): string[] {
  return client.texts.splice(0);
}

describe("the first text of a socket", () => {
  test("may come late, but until then the socket must not even ping", () => {
    const venue = new VirtualExchange({ markets: 1, rate: 0 });
    const [patient, pinging] = [venue.connect(), venue.connect()];
    venue.run(100 * SECOND);
    pinging.send("PING");
    patient.send({ assets_ids: venue.tokenIds, type: "MARKET" });
    venue.run(SECOND);
    expect(pinging.ends).toEqual([{ code: 1008, reason: "invalid subscription payload" }]);
    expect(pinging.texts).toEqual([]);
    expect(bookTokensOf(patient.texts[0])).toEqual(venue.tokenIds);
    pinging.send({ assets_ids: venue.tokenIds, type: "market" });
    venue.run(SECOND);
    expect(pinging.texts).toEqual([]);
    expect(pinging.ends).toHaveLength(1);
  });

  test("counts once: repeated, it subscribes to nothing, and other tokens flow on", () => {
    const venue = new VirtualExchange({ markets: 2, rate: 20 });
    const [first, second] = [venue.tokenIds.slice(0, 2), venue.tokenIds.slice(2)];
    const client = venue.subscribe(first);
    venue.run(SECOND);
    client.send({ assets_ids: second, type: "market", custom_feature_enabled: true });
    venue.run(30 * SECOND);
    expect(client.texts).toContain("INVALID OPERATION");
    expect(client.texts.filter((text) => isAbout(text, second))).toEqual([]);
    expect(client.texts.filter((text) => isAbout(text, first)).length).toBeGreaterThan(20);
    expect(client.ends).toEqual([]);
  });

  test("names a token twice for one book", () => {
    const venue = new VirtualExchange({ markets: 1, rate: 0 });
    const [yes = ""] = venue.tokenIds;
    const client = venue.subscribe([yes, yes]);
    venue.run(SECOND);
    expect(client.texts.map(bookTokensOf)).toEqual([[yes]]);
  });

  test("that declines books still brings the changes", () => {
    const venue = new VirtualExchange({ markets: 1, rate: 20 });
    const client = venue.connect();
    client.send({ assets_ids: venue.tokenIds, type: "market", initial_dump: false });
    venue.run(30 * SECOND);
    const elements = elementsOfAll(client.texts);
    expect(elements[0]?.event_type).toBe("price_change");
    expect(elements.filter((element) => "last_trade_price" in element)).toEqual([]);
  });
});

describe("a long file of messages", () => {
  test("is sent whole and in order to who reads at once", () => {
    const messages = Array.from({ length: 50_000 }, (_, index) => String(index));
    const venue = new VirtualExchange({ messages });
    const client = venue.subscribe([]);
    expect(client.texts).toEqual(messages);
  });

  test("waits for a client that does not read", () => {
    const messages = Array.from({ length: 10 }, (_, index) => String(index));
    const venue = new VirtualExchange({ messages });
    const texts: string[] = [];
    const transport = {
      unsentBytes: 0,
      send: (text: string) => {
        texts.push(text);
        transport.unsentBytes += 400 * 1_024;
      },
      close: () => {},
      drop: () => {},
    };
    const connection = venue.exchange.connect(transport);
    connection?.receive('{"assets_ids":[],"type":"market"}');
    expect(texts).toEqual(messages.slice(0, 3));
    venue.run(SECOND);
    expect(texts).toHaveLength(3);
    transport.unsentBytes = 700 * 1_024;
    connection?.drained();
    expect(texts).toEqual(messages.slice(0, 4));
    transport.unsentBytes = 0;
    connection?.drained();
    expect(texts).toEqual(messages.slice(0, 7));
  });
});

describe("an unsubscription", () => {
  test("ends one token's texts and leaves the others', also those of its own market", () => {
    const venue = new VirtualExchange({ markets: 2, rate: 20 });
    const [yes = "", no = "", ...others] = venue.tokenIds;
    const client = venue.subscribe();
    venue.run(10 * SECOND);
    client.send({ operation: "unsubscribe", assets_ids: [yes] });
    venue.run(SECOND);
    newsOf(client);
    venue.run(60 * SECOND);
    const elements = elementsOfAll(newsOf(client));
    const named = new Set(elements.flatMap((item) => ("asset_id" in item ? [item.asset_id] : [])));
    expect(named).toEqual(new Set([no, ...others]));
    client.send({ operation: "unsubscribe", assets_ids: [no, "77"] });
    venue.run(SECOND);
    newsOf(client);
    venue.run(60 * SECOND);
    const texts = newsOf(client);
    expect(texts.filter((text) => isAbout(text, [yes, no]))).toEqual([]);
    expect(texts.length).toBeGreaterThan(20);
  });
});

describe("custom features", () => {
  const CUSTOM = ["best_bid_ask", "new_market", "market_resolved"];

  function seriesVenue() {
    // Every ten seconds a market opens, one ends and one is resolved.
    return new VirtualExchange({ markets: 2, series: 1, windowS: 10, rate: 60, oddities: 0 });
  }

  function customTypesOf(client: VirtualClient): string[] {
    const types = typesOf(newsOf(client));
    expect(types).toContain("price_change");
    return CUSTOM.filter((type) => types.has(type));
  }

  test("are for the sockets that asked for them in the first text", () => {
    const venue = seriesVenue();
    const custom = venue.subscribe();
    const plain = [undefined, false, "true", 1, null].map((custom_feature_enabled) => {
      const client = venue.connect();
      client.send({ assets_ids: venue.tokenIds, type: "market", custom_feature_enabled });
      return client;
    });
    venue.run(40 * SECOND);
    expect(customTypesOf(custom)).toEqual(CUSTOM);
    for (const client of plain) expect(customTypesOf(client)).toEqual([]);
  });

  test("may be switched by a later subscription, with new tokens or known ones", () => {
    const venue = seriesVenue();
    const client = venue.connect();
    const known = venue.tokenIds.slice(0, -1);
    const last = venue.tokenIds.slice(-1);
    client.send({ assets_ids: known, type: "market" });
    venue.run(20 * SECOND);
    expect(customTypesOf(client)).toEqual([]);
    const repeat = { operation: "subscribe", assets_ids: known.slice(0, 1) };
    client.send({ ...repeat, custom_feature_enabled: true });
    venue.run(SECOND);
    expect(newsOf(client)).toContain("NO NEW ASSETS");
    venue.run(15 * SECOND);
    expect(customTypesOf(client)).toEqual(CUSTOM);
    client.send(repeat);
    venue.run(20 * SECOND);
    // By now all markets of the series that it subscribed to are resolved.
    const types = customTypesOf(client);
    expect(types).toContain("new_market");
    expect(types).not.toContain("market_resolved");
    client.send({ operation: "subscribe", assets_ids: last, custom_feature_enabled: false });
    venue.run(SECOND);
    newsOf(client);
    venue.run(20 * SECOND);
    expect(customTypesOf(client)).toEqual([]);
  });

  test("tell a socket without tokens of new markets, and of nothing else", () => {
    const venue = seriesVenue();
    const client = venue.subscribe([]);
    venue.run(40 * SECOND);
    expect([...typesOf(client.texts)]).toEqual(["new_market"]);
    expect(client.texts.length).toBeGreaterThanOrEqual(4);
  });
});

describe("the book ceiling", () => {
  const CEILING = 5;

  function ceilingVenue(rate: number) {
    const venue = new VirtualExchange({ markets: 6, rate, bookCeiling: CEILING, oddities: 0 });
    return { venue, tokenIds: venue.tokenIds };
  }

  test("stops the books of one socket, while changes come for every token", () => {
    const { venue, tokenIds } = ceilingVenue(40);
    const client = venue.subscribe(["77", ...tokenIds]);
    const other = venue.subscribe(tokenIds.slice(CEILING));
    venue.run(20 * SECOND);
    expect(bookTokensOf(client.texts[0])).toEqual(tokenIds.slice(0, CEILING));
    expect(bookTokensOf(other.texts[0])).toEqual(tokenIds.slice(CEILING, 2 * CEILING));
    const beyond = tokenIds.slice(CEILING + 1);
    const changed = beyond.filter((id) => client.texts.some((text) => text.includes(id)));
    expect(changed).toEqual(beyond);
  });

  test("lies at 500 tokens unless another is asked for", () => {
    const venue = new VirtualExchange({ markets: 255, rate: 0, delayMs: 0, oddities: 0 });
    const client = venue.subscribe();
    expect(bookTokensOf(client.texts[0])).toEqual(venue.tokenIds.slice(0, 500));
    expect(venue.tokenIds.length).toBeGreaterThan(500);
  });

  test("counts every token that the socket holds, and makes room for those it gives up", () => {
    const { venue, tokenIds } = ceilingVenue(0);
    const client = venue.subscribe(tokenIds.slice(0, 4));
    const answerTo = (operation: string, assets_ids: readonly string[]) => {
      newsOf(client);
      client.send({ operation, assets_ids });
      venue.run(SECOND);
      return client.texts.map(bookTokensOf);
    };
    venue.run(SECOND);
    expect(answerTo("subscribe", tokenIds.slice(4, 8))).toEqual([tokenIds.slice(4, 5)]);
    expect(answerTo("subscribe", tokenIds.slice(8, 9))).toEqual([[]]);
    expect(answerTo("unsubscribe", tokenIds.slice(0, 4))).toEqual([]);
    expect(answerTo("subscribe", tokenIds.slice(8, 10))).toEqual([[]]);
    expect(answerTo("unsubscribe", tokenIds.slice(4, 8))).toEqual([]);
    expect(answerTo("subscribe", tokenIds.slice(0, 4))).toEqual([tokenIds.slice(0, 3)]);
  });
});

describe("a market that settles", () => {
  const WINDOW_S = 10;
  const END_MS = WINDOW_S * SECOND;
  const SETTLED_MS = 1.5 * END_MS;

  /** It starts with a window of the first two tokens; the next two follow. */
  function rollingVenue() {
    return new VirtualExchange({ series: 1, windowS: WINDOW_S, markets: 0, rate: 20, oddities: 0 });
  }

  test("closes the sockets whose last tokens it had, behind what they have to hear", () => {
    const venue = rollingVenue();
    const [yes = "", no = "", ...next] = venue.tokenIds;
    const clients = {
      both: venue.subscribe([yes, no]),
      one: venue.subscribe([no]),
      withUnknown: venue.subscribe([yes, "77"]),
      more: venue.subscribe([yes, no, ...next.slice(0, 1)]),
      unsubscribed: venue.subscribe([yes, ...next.slice(0, 1)]),
      none: venue.subscribe([]),
    };
    clients.unsubscribed.send({ operation: "unsubscribe", assets_ids: next.slice(0, 1) });
    venue.run(SETTLED_MS - 1);
    for (const { ends } of Object.values(clients)) expect(ends).toEqual([]);
    venue.run(SECOND);
    const closed = [{ code: 1000, reason: "" }];
    for (const name of ["both", "one", "withUnknown", "unsubscribed"] as const) {
      const { ends, texts } = clients[name];
      expect([name, ends]).toEqual([name, closed]);
      const own = elementsOfAll(texts).filter(({ event_type }) => event_type !== "new_market");
      expect(own.at(-1)).toMatchObject({ event_type: "market_resolved", assets_ids: [yes, no] });
    }
    expect(clients.more.ends).toEqual([]);
    venue.run(END_MS);
    expect(clients.more.ends).toEqual(closed);
    expect(clients.none.ends).toEqual([]);
  });

  test("has no book any more, neither alone nor beside markets that trade", async () => {
    const venue = rollingVenue();
    const [yes = "", no = "", third = ""] = venue.tokenIds;
    venue.run(END_MS + SECOND);
    const early = venue.subscribe([yes, no]);
    venue.run(SECOND);
    expect(bookTokensOf(early.texts[0])).toEqual([yes, no]);
    venue.run(SETTLED_MS - END_MS);
    const [alone, beside] = [venue.subscribe([yes, no]), venue.subscribe([yes, third])];
    venue.run(SECOND);
    expect(alone.texts).toEqual(["[]\n"]);
    expect(alone.ends).toEqual([]);
    expect(bookTokensOf(beside.texts[0])).toEqual([third]);
    expect((await venue.rest(`/book?token_id=${yes}`)).status).toBe(404);
    expect((await venue.rest(`/book?token_id=${third}`)).status).toBe(200);
  });
});
