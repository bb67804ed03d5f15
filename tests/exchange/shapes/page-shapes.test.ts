import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { HeardSimulation } from "../heard-simulation.ts";
import { VirtualExchange } from "../virtual-exchange.ts";
import { shapeOf, shapesOf } from "./json-shape.ts";
import { kindOf, sentMessages, sentTexts } from "./sent-texts.ts";

const MINUTE = 60_000;

const PAGE = readFileSync(join(import.meta.dir, "../../../docs/PROTOCOL.md"), "utf8");

interface Example {
  /** The section that it stands in: an event type. */
  readonly section: string;
  readonly text: string;
}

/** The messages that the page shows as examples of events. */
function examplesOnPage(): Example[] {
  const [events = ""] = PAGE.split(/^## Events$/m)[1]?.split(/^## /m) ?? [];
  return events.split(/^### /m).flatMap((part) => {
    const section = part.slice(0, part.indexOf("\n"));
    return [...part.matchAll(/```json\n(.*?)\n```/gs)].map(([, text = ""]) => ({ section, text }));
  });
}

/**
 * The page's examples are invented: the order of keys and the types count. A side may be empty,
 * and a market may have no tags.
 */
function typesOf(text: string): string {
  return shapeOf(text, {
    values: "types",
    member: (member) =>
      member
        .replace(/^("(?:bids|asks)":)\[\]$/, '$1[{"price":<string>,"size":<string>}]')
        .replace(/^("tags":)\[\]$/, "$1[<string>]"),
  });
}

const SENT_TYPES = new Map<string, Set<string>>();

/** What an event looked like over the years: the forms that the exchange has for it. */
function sentTypes(kind: string): Set<string> {
  const known = SENT_TYPES.get(kind);
  if (known !== undefined) return known;
  const texts = (["10", "6", "5"] as const).flatMap((recipe) => sentTexts(kind, recipe));
  const types = new Set(texts.map(typesOf));
  SENT_TYPES.set(kind, types);
  return types;
}

describe("the shapes that the protocol page shows", () => {
  const examples = examplesOnPage();

  test("are one or more for each event", () => {
    expect(examples.map(({ section }) => section)).toEqual([
      "book",
      "book",
      "price_change",
      "price_change",
      "price_change",
      "last_trade_price",
      "tick_size_change",
      "best_bid_ask",
      "new_market",
      "market_resolved",
    ]);
    for (const { section, text } of examples) expect(kindOf(text)).toBe(section);
  });

  const [opening, later, ...others] = examples;

  test("of a book that answers a subscription is what is sent, in an array with a newline", () => {
    const texts = sentTexts("opening");
    expect(new Set(texts.map(typesOf))).toEqual(new Set([`[${typesOf(opening?.text ?? "")}]\n`]));
  });

  // No capture has this one.
  test("of a book after a trade is what is sent", () => {
    expect(new Set(sentTexts("book").map(typesOf))).toEqual(new Set([typesOf(later?.text ?? "")]));
  });

  const complete = others.filter(({ section }) => section !== "new_market");
  test.each(complete.map(({ section, text }) => [section, text.slice(0, 30), text] as const))(
    "of %s is sent: %s..",
    (kind, _start, text) => {
      expect(sentTypes(kind)).toContain(typesOf(text));
    },
  );

  test("of a new market is sent, with the fields that the page says are also seen", () => {
    const text = others.find(({ section }) => section === "new_market")?.text ?? "";
    const alsoSeen = [
      "sports_market_type",
      "line",
      "game_start_time",
      "group_item_title",
      "taker_base_fee",
    ];
    for (const sent of sentTexts("new_market")) {
      const fields: Record<string, unknown> = JSON.parse(sent);
      for (const key of alsoSeen) {
        expect(typeof fields[key], key).toBe("string");
        delete fields[key];
      }
      expect(typesOf(JSON.stringify(fields))).toBe(typesOf(text));
    }
  });

  test("of a trade has a transaction under ten fields, and none in the years before", () => {
    const hasTransaction = (["5", "6", "9", "10"] as const).map((recipe) =>
      sentTexts("last_trade_price", recipe).map((text) => text.includes('"transaction_hash"')),
    );
    expect(hasTransaction.map((all) => [...new Set(all)])).toEqual([
      [false],
      [false],
      [false],
      [true],
    ]);
  });

  test("of the time at which a game starts is what is sent", () => {
    const heard = new HeardSimulation({ markets: 1, rate: 0.01, oddities: 0, isHeard: false });
    heard.run(30 * MINUTE);
    const times = heard.elements.flatMap((element) =>
      "game_start_time" in element ? [JSON.stringify(element.game_start_time)] : [],
    );
    expect(shapesOf(times).toSorted()).toEqual(["<empty>", "<time>"]);
    const example = /`game_start_time` is written like `([^`]+)`/.exec(PAGE)?.[1];
    expect(shapeOf(JSON.stringify(example))).toBe("<time>");
  });
});

/** What is sent in answer to each of a client's texts. */
function replies(): (message: string | object) => string[] {
  const exchange = new VirtualExchange({ markets: 1, rate: 0, delayMs: 0 });
  const client = exchange.connect();
  return (message) => {
    const before = client.texts.length;
    client.send(message);
    exchange.run(0);
    return client.texts.slice(before);
  };
}

describe("texts that no capture has", () => {
  test("are arrays in 2024 and early 2025, even of one element", () => {
    for (const recipe of ["5", "6"] as const) {
      expect(sentMessages(recipe).filter((text) => !text.startsWith("["))).toBeEmpty();
    }
    for (const recipe of ["9", "10"] as const) {
      const arrays = sentMessages(recipe).filter((text) => text.startsWith("["));
      expect(arrays).toEqual([...sentTexts("opening", recipe)]);
    }
  });

  test("that mix event types, or repeat and join changes, have elements of the usual shapes", () => {
    const exchange = new VirtualExchange({ markets: 2, rate: 40, oddities: 30 });
    const client = exchange.subscribe();
    exchange.run(20_000);
    const mixed = client.texts.filter((text) => text.startsWith("[") && text.endsWith("]"));
    expect(mixed.length).toBeGreaterThan(20);
    for (const text of mixed) {
      const elements = (JSON.parse(text) as object[]).map((element) => JSON.stringify(element));
      expect(`[${elements.join(",")}]`).toBe(text);
      for (const element of elements) {
        expect(sentTypes(kindOf(element))).toContain(typesOf(element));
      }
    }
  });

  test("tokens without a book are answered by an empty array and a newline", () => {
    const replyTo = replies();
    expect(replyTo({ assets_ids: ["1001"], type: "market" })).toEqual(["[]\n"]);
    expect(replyTo({ assets_ids: ["1002"], operation: "subscribe" })).toEqual(["[]\n"]);
  });

  test("PING is answered by a bare PONG, and a second subscription by INVALID OPERATION", () => {
    const replyTo = replies();
    replyTo({ assets_ids: [], type: "market" });
    expect(replyTo("PING")).toEqual(["PONG"]);
    expect(replyTo({ assets_ids: ["1001"], type: "market" })).toEqual(["INVALID OPERATION"]);
  });
});
