import { describe, expect, test } from "bun:test";
import { randomTokenId } from "../../../src/exchange/market/market-identity.ts";
import { randomOf } from "../../../src/exchange/market/seeded.ts";
import { CAPTURES_VARIABLE, type CaptureFile, readCaptures } from "../../captures.ts";
import { type ShapeOptions, shapeOf, shapesOf } from "./json-shape.ts";
import { kindOf, sentTexts } from "./sent-texts.ts";

type Fields = Readonly<Record<string, unknown>>;
type Rewrite = (member: string) => string;

const SIDE = '[{"price":<decimal>,"size":<decimal>}]';

/**
 * What a value is when it is there: best prices and the last trade's may be empty (docs/PROTOCOL.md,
 * "Events"), a side may have no levels, and a last trade's price may end in zeros.
 */
const filled: Rewrite = (member) =>
  member
    .replace(/^("(?:best_bid|best_ask|spread)": ?)<empty>$/, "$1<decimal>")
    .replace(/^("last_trade_price": ?)<(?:empty|padded decimal)>$/, "$1<decimal>")
    .replace(/^("(?:bids|asks)": ?)\[\]$/, `$1${SIDE}`);

/** Some markets have tags and some do not; sports alone have a type and a time. */
const ofAnyMarket: Rewrite = (member) =>
  member
    .replace(/^("tags":)\[<text>\]$/, "$1[]")
    .replace(/^("(?:sports_market_type|game_start_time)":)<(?:text|time)>$/, "$1<empty>");

/** All that is sent has the one shape that all that is recorded has. */
function expectSame(
  sent: readonly string[],
  recorded: readonly string[],
  options: ShapeOptions = {},
): void {
  const all = { member: filled, ...options };
  expect(sent).not.toBeEmpty();
  expect(shapesOf(recorded, all)).toHaveLength(1);
  expect(shapesOf(sent, all)).toEqual(shapesOf(recorded, all));
}

function fieldsOf(text: string): Fields {
  return JSON.parse(text);
}

/** The books of opening texts, or books as they are stored without their array. */
function booksOf(texts: readonly string[]): Fields[] {
  return texts.flatMap((text): Fields[] => JSON.parse(text));
}

function decimalsOf(value: unknown): number {
  return String(value).split(".")[1]?.length ?? 0;
}

/** A book as the array that answers a subscription, which its source took apart. */
function asOpening(text: string): string {
  return `[${text}]\n`;
}

/** The source stored lines, so that the newline at a text's end is known from the page only. */
function withNewline(text: string): string {
  return `${text}\n`;
}

function describeRecorded(captures: readonly CaptureFile[]): void {
  /** The recorded texts of one kind, of the files whose names begin so. */
  const recorded = (name: string, kind: string): string[] =>
    captures
      .filter((file) => file.name.startsWith(name))
      .flatMap(({ messages }) => messages.filter((text) => kindOf(text) === kind));

  const october = (kind: string) => [
    ...recorded("excerpts/misc", kind),
    ...recorded("excerpts/duplicates", kind),
  ];

  describe("texts of 2026 have the recorded shape", () => {
    test("the books that answer a subscription, in an array with a newline at its end", () => {
      const openings = recorded("excerpts/", "opening");
      expect(openings).toHaveLength(2);
      expectSame(sentTexts("opening"), openings.map(withNewline));
      const sorted = recorded("ssmd/ws_book", "book").map(asOpening);
      expectSame(sentTexts("opening"), sorted, { keys: "sorted" });
    });

    test("the last trade's price in a book, with three decimals for ticks down to 0.001", () => {
      const prices = (texts: readonly string[]) =>
        booksOf(texts)
          .filter(({ tick_size }) => decimalsOf(tick_size) <= 3)
          .map(({ last_trade_price }) => last_trade_price)
          .filter((price) => price !== "");
      const texts = [...recorded("excerpts/", "opening"), ...recorded("ssmd/ws_book", "book")];
      for (const all of [prices(texts), prices(sentTexts("opening"))]) {
        expect(all).not.toBeEmpty();
        for (const price of all) expect(price).toMatch(/^\d\.\d{3}$/);
      }
    });

    test("price changes", () => {
      const changes = october("price_change");
      expect(changes).toHaveLength(8);
      expectSame(sentTexts("price_change"), changes);
    });

    test("price changes of May but for their spaces, which stand after commas between fields", () => {
      const spaced = recorded("excerpts/btc5m", "price_change");
      expect(shapesOf(spaced)[0]).toStartWith('{"market":<0x-hash>, "price_changes":[{"asset_id":');
      expectSame(sentTexts("price_change"), spaced, { spacing: "dropped" });
    });

    test("best prices", () => {
      const best = october("best_bid_ask");
      expect(best).toHaveLength(3);
      expectSame(sentTexts("best_bid_ask"), best);
    });

    test("trades, with their transaction", () => {
      expectSame(sentTexts("last_trade_price"), october("last_trade_price"));
      const sorted = recorded("ssmd/ws_last_trade_price", "last_trade_price");
      expectSame(sentTexts("last_trade_price"), sorted, { keys: "sorted" });
    });

    test("sizes of some trades, which have up to six decimals", () => {
      const decimals = (texts: readonly string[]) =>
        Math.max(...texts.map((text) => decimalsOf(fieldsOf(text).size)));
      expect(decimals(recorded("ssmd/ws_last_trade_price", "last_trade_price"))).toBe(6);
      expect(decimals(sentTexts("last_trade_price"))).toBe(6);
    });

    test("sizes of levels, which have two decimals at most", () => {
      const sizes = (texts: readonly string[]) =>
        booksOf(texts).flatMap(({ bids, asks }) => [bids, asks].flat() as Fields[]);
      const texts = captures.flatMap(({ messages }) =>
        messages.filter((text) => /"bids"/.test(text)),
      );
      for (const levels of [sizes(texts), sizes(sentTexts("opening"))]) {
        expect(Math.max(...levels.map(({ size }) => decimalsOf(size)))).toBe(2);
      }
    });

    test("new markets", () => {
      expectSame(sentTexts("new_market"), october("new_market"), { member: ofAnyMarket });
    });

    test("new markets of a series, which have no tags yet", () => {
      const isSeries = (text: string) => String(fieldsOf(text).slug).startsWith("btc-updown-");
      const tags = (texts: readonly string[]) =>
        shapesOf(texts.filter(isSeries).map((text) => JSON.stringify(fieldsOf(text).tags)));
      expect(tags(october("new_market"))).toEqual(["[]"]);
      expect(tags(sentTexts("new_market"))).toEqual(["[]"]);
    });

    test("resolved markets", () => {
      expectSame(sentTexts("market_resolved"), october("market_resolved"));
    });

    test("token ids, which are numbers of 256 bits and so of different lengths", () => {
      const ids = captures.flatMap(({ messages }) =>
        messages.flatMap((text) => text.match(/"\d{60,}"/g) ?? []),
      );
      const lengths = new Set(ids.map((id) => JSON.parse(id).length));
      expect([...lengths].toSorted()).toEqual([76, 77, 78]);
      const random = randomOf(1, "token ids");
      const ours = Array.from({ length: 500 }, () => randomTokenId(random).length);
      expect(lengths.difference(new Set(ours))).toBeEmpty();
    });

    test("fields of the documentation's examples, in whatever order", () => {
      const text: Rewrite = (member) => ofAnyMarket(filled(member)).replaceAll("<empty>", "<text>");
      for (const kind of ["price_change", "best_bid_ask", "new_market", "market_resolved"]) {
        const [ours = "{}"] = sentTexts(kind);
        const names = ["nautilus/ws_market_", "nautilus/ws_price_change_v2"];
        const [example = "{}"] = names.flatMap((name) => recorded(name, kind));
        const shapes = (fields: Fields) =>
          Object.entries(fields).map(([key, value]) =>
            shapeOf(JSON.stringify({ [key]: value }), { member: text, keys: "sorted" }),
          );
        expect(shapes(fieldsOf(ours))).toContainValues(shapes(fieldsOf(example)));
      }
    });
  });

  describe("texts of October 2025 have the recorded fields", () => {
    // The source wrote them anew from parsed ones, the event type first and times as numbers.
    const options: ShapeOptions = {
      keys: "sorted",
      member: (member) => filled(member).replace(/^("timestamp":)<number>$/, "$1<epoch ms>"),
    };

    test("the books that answer a subscription", () => {
      const books = recorded("polypy/ws_and_rest_2025-10", "book").map(asOpening);
      expectSame(sentTexts("opening", "9"), books, options);
    });

    test("price changes", () => {
      const changes = recorded("polypy/ws_and_rest_2025-10", "price_change");
      expectSame(sentTexts("price_change", "9"), changes, options);
    });
  });

  describe("texts of late 2024 and early 2025 have the recorded shape", () => {
    const sent = (kind: string) => sentTexts(kind, "6");
    const isSorted = (text: string) => text.startsWith('{"asks"');

    test("the books that answer a subscription", () => {
      const books = [...recorded("polypy/ws_stream", "book"), ...recorded("aaimek/", "book")];
      const openings = books.filter((text) => !isSorted(text));
      expect(openings).toHaveLength(7);
      expectSame(sent("opening"), openings.map(asOpening));
    });

    test("books after trades, with their keys in alphabetical order", () => {
      const books = recorded("polypy/ws_stream", "book").filter(isSorted);
      expect(books).toHaveLength(1);
      expectSame(sent("book"), books);
    });

    test("price changes", () => {
      const changes = [
        ...recorded("polypy/ws_stream", "price_change"),
        ...recorded("aaimek/price_change_message_example", "price_change"),
      ];
      expect(changes).toHaveLength(15);
      expectSame(sent("price_change"), changes);
    });

    test("price changes of five days, of which a database kept values without their order", () => {
      const changes = recorded("aaimek/price_change_messages", "price_change");
      expect(changes).toHaveLength(3_829);
      expectSame(sent("price_change"), changes, { keys: "sorted" });
    });

    test("trades, without a transaction", () => {
      expectSame(sent("last_trade_price"), recorded("polypy/ws_stream", "last_trade_price"));
    });

    test("tick sizes, of which the source's only example is in the documentation's order", () => {
      const changes = recorded("polypy/ws_stream", "tick_size_change");
      expectSame(sent("tick_size_change"), changes, { keys: "sorted" });
    });
  });

  describe("texts of 2024 have the recorded shape, with their keys in alphabetical order", () => {
    test.each([
      ["books after trades", "book", "nautilus/ws_book"],
      ["price changes, each of one level", "price_change", "nautilus/ws_price_change.json"],
      ["trades, without a transaction", "last_trade_price", "nautilus/ws_last_trade_price"],
      ["tick sizes", "tick_size_change", "nautilus/ws_tick_size_change"],
    ])("%s", (_name, kind, file) => {
      const texts = recorded(file, kind);
      expect(shapesOf(texts)).toEqual(shapesOf(texts, { keys: "sorted" }));
      expectSame(sentTexts(kind, "5"), texts);
    });

    test("the books that answer a subscription, by their fields: none was recorded", () => {
      const books = recorded("nautilus/ws_book", "book").map(asOpening);
      expectSame(sentTexts("opening", "5"), books, { keys: "sorted" });
    });
  });
}

const captures = readCaptures();
if (captures !== undefined) describeRecorded(captures);
else console.log(`${CAPTURES_VARIABLE} is not set: shapes are not compared with recorded ones`);
