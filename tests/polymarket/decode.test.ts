import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { PolybotError } from "../../src/format/error.ts";
import { OBJECT_KEYS_MAX } from "../../src/format/limits.ts";
import { fieldsOf, fieldText } from "../../src/format/market-event.ts";
import { messageText } from "../../src/format/message-text.ts";
import { decode } from "../../src/polymarket/decode.ts";
import { messages } from "../random-messages.ts";

const ENTRY = '{"asset_id":"1001","price":"0.4","size":"1","side":"BUY"}';
const OTHER_ENTRY = '{"asset_id":"1002","price":"0.6","size":"1","side":"SELL"}';
const CHANGE = `{"market":"0xm","price_changes":[${ENTRY}, ${OTHER_ENTRY}],"event_type":"price_change"}`;
const BOOK = '{"market":"0xm","asset_id":"1001","bids":[],"asks":[],"event_type":"book"}';

/** Types and tokens of the pieces, which is what routing sees. */
function pieces(text: string) {
  return decode(text).map(({ event, tokenIds }) => [event.type, ...tokenIds]);
}

describe("a message cut into pieces", () => {
  test("is put together again byte for byte, whatever its form", () => {
    fc.assert(
      fc.property(messages, (text) => {
        expect(messageText(decode(text))).toBe(text);
      }),
      { numRuns: 1500 },
    );
  });

  test("that is no JSON is one raw text, verbatim", () => {
    fc.assert(
      fc.property(messages, fc.nat(), (message, at) => {
        const text = message.slice(0, at % (message.length + 1));
        fc.pre(!isJson(text) && text.isWellFormed());
        const [piece, ...others] = decode(text);
        expect(others).toEqual([]);
        expect(piece!.event.type).toBe("raw");
        expect(piece!.event.values).toEqual([text]);
      }),
      { numRuns: 500 },
    );
  });

  test.each(["", "PONG", "INVALID OPERATION", "[]", "[]\n", " [1]", "{", "null", "\ufeff{}"])(
    "keeps %p raw",
    (text) => {
      expect(pieces(text)).toEqual([["raw"]]);
      expect(messageText(decode(text))).toBe(text);
    },
  );

  test("never holds half a surrogate pair: it could not be stored", () => {
    expect(() => decode('{"event_type":"new_market","question":"\ud800"}')).toThrow(PolybotError);
  });
});

describe("the pieces", () => {
  test("are the entries of a change, each with its token and all its element's values", () => {
    const [first, second] = decode(CHANGE);
    expect(pieces(CHANGE)).toEqual([
      ["price_change", "1001"],
      ["price_change", "1002"],
    ]);
    expect(first!.place).toMatchObject({ elements: 0, entry: 0, entries: 2 });
    expect(second!.place).toMatchObject({ elements: 0, entry: 1, entries: 2 });
    expect(fieldText(second!.event, "market")).toBe("0xm");
    expect(fieldText(second!.event, "price")).toBe("0.6");
  });

  test("of the form with changes carry the element's token", () => {
    const text = `{"asset_id":"1001","changes":[{"price":"1"},{"price":"2"}],"event_type":"price_change"}`;
    expect(pieces(text)).toEqual([
      ["price_change", "1001"],
      ["price_change", "1001"],
    ]);
  });

  test("with a key that their element has too keep both values, and their own counts", () => {
    const entry = '{"asset_id":"1002","price":"1","hash":"own"}';
    const text = `{"asset_id":"1001","hash":"all","changes":[${entry}],"event_type":"price_change"}`;
    const [piece] = decode(text);
    expect(pieces(text)).toEqual([["price_change", "1002"]]);
    expect(fieldText(piece!.event, "hash")).toBe("own");
    expect(fieldsOf(piece!.event)).toMatchObject({ asset_id: "1002", hash: "own" });
    expect(messageText(decode(text))).toBe(text);
  });

  test("of the oldest form are the element itself", () => {
    const text = '{"asset_id":"1001","price":"0.4","event_type":"price_change"}';
    expect(pieces(text)).toEqual([["price_change", "1001"]]);
    expect(decode(text)[0]!.place).toMatchObject({ entry: 0, entries: 0 });
  });

  test.each([
    ["a book without its type", '{"asset_id":"1","bids":[],"asks":[]}', ["book", "1"]],
    ["a book with a line feed behind it", `${BOOK}\n`, ["book", "1001"]],
    ["a book without a token", '{"event_type":"book"}', ["raw"]],
    ["an unknown type with a token", '{"event_type":"x","asset_id":"7"}', ["raw", "7"]],
    ["a type of the recorder's own", '{"event_type":"note","asset_id":"7"}', ["raw", "7"]],
    ["a change without entries", '{"event_type":"price_change","price_changes":[]}', ["raw"]],
    ["a new market", '{"event_type":"new_market"}', ["new_market"]],
    [
      "a resolved market",
      '{"event_type":"market_resolved","assets_ids":["1","2",3]}',
      ["market_resolved", "1", "2"],
    ],
    ["a resolved market without tokens", '{"event_type":"market_resolved"}', ["raw"]],
    ["a token as a number", '{"event_type":"book","asset_id":1}', ["raw"]],
    ["a key twice", '{"event_type":"book","asset_id":"1","asset_id":"2"}', ["raw", "2"]],
  ])("%s", (_, text, expected) => {
    expect(pieces(text)).toEqual([expected]);
    expect(messageText(decode(text))).toBe(text);
  });

  test("of an array know their places, and that a line feed ended it", () => {
    const text = `[${BOOK}, ${CHANGE}]\n`;
    expect(decode(text).map(({ place }) => place)).toEqual([
      { element: 0, elements: 2, entry: 0, entries: 0, newline: true },
      { element: 1, elements: 2, entry: 0, entries: 2, newline: true },
      { element: 1, elements: 2, entry: 1, entries: 2, newline: true },
    ]);
  });

  test("an entry that names no token makes its element raw", () => {
    const text = `{"event_type":"price_change","asset_id":"9","price_changes":[1]}`;
    expect(pieces(text)).toEqual([["raw", "9"]]);
  });

  test("an object with more keys than can be stored as fields stays raw", () => {
    const more = Array.from({ length: OBJECT_KEYS_MAX }, (_, i) => `"k${i}":${i}`).join(",");
    const text = `{"event_type":"book","asset_id":"1","bids":[],"asks":[],${more}}`;
    expect(pieces(text)).toEqual([["raw", "1"]]);
  });
});

describe("a message of which pieces are missing", () => {
  const all = decode(`[${BOOK},${CHANGE}]\n`);

  test("is joined from the entries present", () => {
    const without = all.filter(({ tokenIds }) => !tokenIds.includes("1002"));
    expect(messageText(without)).toBe(`[${BOOK},${CHANGE.replace(`, ${OTHER_ENTRY}`, "")}]\n`);
  });

  test("is joined from the elements present", () => {
    expect(messageText(all.slice(1))).toBe(`[${CHANGE}]\n`);
    expect(messageText([])).toBe("");
  });

  test("takes a piece that comes again once", () => {
    const resolved = '{"event_type":"market_resolved","assets_ids":["1","2"]}';
    const [piece] = decode(resolved);
    expect(messageText([piece!, piece!])).toBe(resolved);
    expect(messageText(all.flatMap((each) => [each, each]))).toBe(`[${BOOK},${CHANGE}]\n`);
  });
});

test("fields of an entry are its own and its element's", () => {
  expect(fieldsOf(decode(CHANGE)[0]!.event)).toEqual({
    market: "0xm",
    event_type: "price_change",
    asset_id: "1001",
    price: "0.4",
    size: "1",
    side: "BUY",
  });
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
