import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { PolybotError } from "../../src/format/error.ts";
import { cutArray, cutObject } from "../../src/format/json-object.ts";
import { OBJECT_KEYS_MAX } from "../../src/format/limits.ts";
import { fieldsOf, marketEvent, rawEvent } from "../../src/format/market-event.ts";
import {
  entryShapeText,
  fillElement,
  fillEntry,
  parseShape,
  shapeText,
} from "../../src/format/shape.ts";
import { jsonObjects, jsonValues } from "../random-json.ts";

function whole(text: string) {
  return { start: 0, end: text.length };
}

describe("an object cut into shape and values", () => {
  test("gives its fields in order, with the very text of every value", () => {
    fc.assert(
      fc.property(jsonObjects, ({ text, fields }) => {
        const cut = cutObject(text, whole(text))!;
        const seen = cut.map(({ key, quoted, start, end }) => {
          const value = text.slice(start, end);
          return [key, quoted ? `"${value}"` : value];
        });
        expect(seen).toEqual(fields.map(([key, value]) => [key, value]));
      }),
      { numRuns: 500 },
    );
  });

  test("fills to the same text, byte for byte, through a shape that is parsed anew", () => {
    fc.assert(
      fc.property(jsonObjects, ({ text }) => {
        const cut = cutObject(text, whole(text))!;
        const shape = parseShape(shapeText(text, 0, text.length, cut));
        const values = cut.map(({ start, end }) => text.slice(start, end));
        expect(fillElement(shape, values)).toBe(text);
        expect(shape.slots).toEqual(cut.map(({ key, quoted }) => ({ key, quoted })));
      }),
      { numRuns: 500 },
    );
  });

  test("has a shape that no value shows in", () => {
    const a = marketEvent("note", { kind: "a", n: 1, list: [1], text: "x\u0001y" });
    const b = marketEvent("note", { kind: "bcd", n: 2.5, list: [], text: "" });
    expect(a.shape).toBe(b.shape);
  });

  test.each([
    ["a key with an escape", '{"a\\u0062":1}'],
    ["a key that comes twice", '{"a":1,"a":2}'],
    ["a list", "[1]"],
    ["a number", "1"],
    ["an empty text", ""],
  ])("is refused for %s", (_, text) => {
    expect(cutObject(text, whole(text))).toBeUndefined();
  });

  test("is refused for more keys than a block has streams for", () => {
    const object = (keys: number) =>
      JSON.stringify(Object.fromEntries(Array.from({ length: keys }, (_, i) => [`k${i}`, i])));
    const most = object(OBJECT_KEYS_MAX);
    expect(cutObject(most, whole(most))).toHaveLength(OBJECT_KEYS_MAX);
    const more = object(OBJECT_KEYS_MAX + 1);
    expect(cutObject(more, whole(more))).toBeUndefined();
  });
});

describe("an array cut into items", () => {
  test("gives items that make the array again when joined by commas", () => {
    fc.assert(
      fc.property(fc.array(jsonValues, { minLength: 1, maxLength: 5 }), (items) => {
        const text = `[${items.join(" ,\n")}]`;
        const cut = cutArray(text, whole(text)).map(({ start, end }) => text.slice(start, end));
        expect(cut).toHaveLength(items.length);
        expect(`[${cut.join(",")}]`).toBe(text);
        expect(cut.map((item) => item.trim())).toEqual(items);
      }),
      { numRuns: 500 },
    );
  });

  test.each(["[]", "[ ]", "[\n]"])("gives no item of %p", (text) => {
    expect(cutArray(text, whole(text))).toEqual([]);
  });
});

describe("a shape with entries", () => {
  const element = '{"a":"\u0000","list":[\u0001],"b":\u0000}';
  const shape = parseShape(entryShapeText(element, ' {"a":\u0000}'));

  test("keeps the element's slots before the entry's", () => {
    expect(shape.slots.map(({ key }) => key)).toEqual(["a", "b", "a"]);
    expect(shape.elementSlots).toBe(2);
  });

  test("fills the entry from its own values and the element with its entries", () => {
    expect(fillEntry(shape, ["x", "1", "2"])).toBe(' {"a":2}');
    expect(fillElement(shape, ["$&", "1"], ['{"a":"$1"}', "{}"])).toBe(
      '{"a":"$&","list":[{"a":"$1"},{}],"b":1}',
    );
  });

  test("no shape of a bare element has an entry to fill", () => {
    expect(() => fillEntry(parseShape('{"a":\u0000}'), ["1"])).toThrow(PolybotError);
  });
});

describe("hostile shapes are damage", () => {
  test.each([
    ["a slot without a key", "{\u0000}"],
    ["too many slots", '"a":\u0000'.repeat(OBJECT_KEYS_MAX + 1)],
    ["millions of slots", '"a":\u0000'.repeat(2_000_000)],
  ])("%s", (_, text) => {
    expect(() => parseShape(text)).toThrow(PolybotError);
  });
});

describe("an event's fields", () => {
  test("are what JSON.parse makes of its text, __proto__ included", () => {
    fc.assert(
      fc.property(jsonObjects, ({ text }) => {
        const cut = cutObject(text, whole(text))!;
        const shape = parseShape(shapeText(text, 0, text.length, cut));
        const values = cut.map(({ start, end }) => text.slice(start, end));
        const fields = fieldsOf({ type: "note", shape, values });
        expect(JSON.stringify(Object.entries(fields))).toBe(
          JSON.stringify(Object.entries(JSON.parse(text))),
        );
      }),
      { numRuns: 300 },
    );
    const event = marketEvent("note", JSON.parse('{"__proto__":{"x":1}}'));
    expect(Object.keys(fieldsOf(event))).toEqual(["__proto__"]);
  });

  test("a value that is no JSON is damage, not a SyntaxError", () => {
    const { shape } = marketEvent("note", { a: 1 });
    expect(() => fieldsOf({ type: "note", shape, values: ["{"] })).toThrow(PolybotError);
  });

  test("half a surrogate pair has no place in a raw text", () => {
    expect(() => rawEvent("a\ud800")).toThrow(PolybotError);
    expect(fieldsOf(rawEvent("a\u{1f600}"))).toEqual({ text: "a\u{1f600}" });
  });
});
