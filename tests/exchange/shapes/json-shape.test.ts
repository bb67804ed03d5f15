import { describe, expect, test } from "bun:test";
import { shapeOf, shapesOf } from "./json-shape.ts";

describe("the shape of a JSON text", () => {
  const forms: [string, string][] = [
    ['""', "<empty>"],
    ['"0.85"', "<decimal>"],
    ['"0"', "<decimal>"],
    ['"0.850"', "<padded decimal>"],
    ['"1.0"', "<padded decimal>"],
    ['".85"', "<text>"],
    ['"1795000000123"', "<epoch ms>"],
    ["1795000000123", "<number>"],
    [`"0x${"0a".repeat(32)}"`, "<0x-hash>"],
    [`"${"0a".repeat(20)}"`, "<sha-1>"],
    [`"${"9".repeat(77)}"`, "<token id>"],
    ['"BUY"', "<side>"],
    ['"2030-01-02 03:04:05+00"', "<time>"],
    ['"a \\"quote\\""', "<text>"],
    ["true", "<boolean>"],
    ["null", "<null>"],
    ["-0.5e3", "<number>"],
    ["[]", "[]"],
    ["{}", "{}"],
  ];

  test.each(forms)("has a form for %s", (text, form) => {
    expect(shapeOf(text)).toBe(form);
  });

  test("keeps the order of keys, the event type and a newline at the end", () => {
    expect(shapeOf('{"b":"1","event_type":"book","a":{"c":null}}\n')).toBe(
      '{"b":<decimal>,"event_type":<book>,"a":{"c":<null>}}\n',
    );
  });

  test("keeps the spaces, also those between the elements of a list", () => {
    expect(shapeOf('{"a": "1", "b":[1, 2, 3]}')).toBe('{"a": <decimal>, "b":[<number>, ..]}');
    expect(shapeOf('{"a": "1", "b":[1, 2, 3]}', { spacing: "dropped" })).toBe(
      '{"a":<decimal>,"b":[<number>]}',
    );
  });

  test("has each shape among the elements of a list once", () => {
    expect(shapeOf('[{"a":"1"},{"a":"2"},{"a":""},{"a":"3"}]')).toBe(
      '[{"a":<decimal>}|{"a":<empty>}]',
    );
    expect(shapesOf(['["1","2"]', '["3"]', '[""]'])).toEqual(["[<decimal>]", "[<empty>]"]);
  });

  test("can sort keys at every depth, forget forms and rewrite members", () => {
    const text = '{"b":"1","a":{"d":"x","c":true}}';
    expect(shapeOf(text, { keys: "sorted" })).toBe(
      '{"a":{"c":<boolean>,"d":<text>},"b":<decimal>}',
    );
    expect(shapeOf(text, { values: "types" })).toBe(
      '{"b":<string>,"a":{"d":<string>,"c":<boolean>}}',
    );
    const member = (shape: string) => shape.replace('"d":<text>', '"d":<any>');
    expect(shapeOf(text, { member })).toBe('{"b":<decimal>,"a":{"d":<any>,"c":<boolean>}}');
  });

  test("does not exist for what is no JSON", () => {
    for (const text of ["PONG", '{"a":1', "[1 2]", '{"a" 1}', "[1]x", ""]) {
      expect(() => shapeOf(text)).toThrow("no JSON");
    }
  });
});
