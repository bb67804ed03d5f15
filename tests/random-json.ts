import fc from "fast-check";

/** JSON texts in every spelling: spacing, escapes, numbers of all forms, nesting, Unicode. */

const space = fc.constantFrom("", "", "", "", " ", "  ", "\n", "\t", "\r\n");

const ESCAPES = ['\\"', "\\\\", "\\/", "\\n", "\\u0000", "\\u00e9", "\\ud83d\\ude00", "\\ud800"];

const stringContent = fc
  .array(
    fc.oneof(
      fc.constantFrom(...ESCAPES, ",", ":", "{", "}", "[", "]", "'", "\u2028", "\ufeff", "\u007f"),
      fc
        .string({ unit: "grapheme", maxLength: 4 })
        .map((text) => JSON.stringify(text).slice(1, -1)),
    ),
    { maxLength: 6 },
  )
  .map((parts) => parts.join(""));

export const jsonStrings = stringContent.map((content) => `"${content}"`);

/** A key that needs no escape. */
const plainKeys = fc
  .string({ unit: "grapheme", maxLength: 6 })
  .filter((key) => JSON.stringify(key) === `"${key}"`);

const numbers = fc.constantFrom(
  ...["0", "-0", "1", "12345678901234567890", "0.10", "1.0", "-1.5e+10", "1E5", "1e-7", "0.1e1"],
);

const literals = fc.constantFrom("true", "false", "null");

export const jsonValues = fc.letrec<{ value: string; list: string; object: string }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    jsonStrings,
    numbers,
    literals,
    tie("list"),
    tie("object"),
  ),
  list: fc
    .tuple(fc.array(fc.tuple(space, tie("value"), space), { maxLength: 3 }), space)
    .map(([items, inner]) =>
      spaced(
        "[",
        items.map((item) => item.join("")),
        "]",
        inner,
      ),
    ),
  object: fc
    .tuple(
      fc.array(fc.tuple(space, jsonStrings, space, space, tie("value"), space), { maxLength: 3 }),
      space,
    )
    .map(([items, inner]) =>
      spaced(
        "{",
        items.map(([a, key, b, c, value, d]) => `${a}${key}${b}:${c}${value}${d}`),
        "}",
        inner,
      ),
    ),
})).value;

function spaced(open: string, items: readonly string[], close: string, inner: string): string {
  return items.length === 0 ? open + inner + close : open + items.join(",") + close;
}

/** The text of an object with these fields, in their order, randomly spaced or compact. */
export function objectText(fields: readonly (readonly [string, string])[]): fc.Arbitrary<string> {
  const spaces = fc.array(space, { minLength: fields.length * 4, maxLength: fields.length * 4 });
  return fc.oneof(fc.constant([]), spaces).map((gaps: readonly string[]) => {
    const gap = (i: number) => gaps[i] ?? "";
    const items = fields.map(
      ([key, value], i) =>
        `${gap(i * 4)}"${key}"${gap(i * 4 + 1)}:${gap(i * 4 + 2)}${value}${gap(i * 4 + 3)}`,
    );
    return `{${items.join(",")}}`;
  });
}

/** An object text and its fields: distinct plain keys, any values. */
export const jsonObjects = fc
  .uniqueArray(fc.tuple(plainKeys, jsonValues), { selector: ([key]) => key, maxLength: 8 })
  .chain((fields) => objectText(fields).map((text) => ({ text, fields })));
