import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { KNOWN_SHAPES } from "../../src/format/known-shapes.ts";
import { plainChangeOf } from "../../src/format/plain-change.ts";
import { fillElement, fillEntry, parseShape } from "../../src/format/shape.ts";
import { decode, decodeAny } from "../../src/polymarket/decode.ts";
import type { Piece } from "../../src/polymarket/piece.ts";
import { scan } from "../../src/polymarket/scan.ts";
import { type Random, seededRandom } from "../../src/ports/random.ts";
import { CAPTURES_VARIABLE, readCaptures } from "../captures.ts";
import { HeardSimulation } from "../exchange/heard-simulation.ts";
import { messages } from "../random-messages.ts";
import { plainEvent } from "../recorded-blocks.ts";

const CHANGE = KNOWN_SHAPES[1]!.text;
const MUTATIONS = 40_000;

/** An element of a known shape, its values numbered so that each is another. */
function elementOf(shapeText: string, entries: number): string {
  const shape = parseShape(shapeText);
  const type = KNOWN_SHAPES.find(({ text }) => text === shapeText)!.type;
  const values = shape.slots.map(({ key }, i) => (key === "event_type" ? type : `${key} ${i}`));
  if (shape.elementSlots === shape.slots.length) return fillElement(shape, values);
  const texts = Array.from({ length: entries }, (_, entry) =>
    fillEntry(
      shape,
      values.map((value) => `${value} ${entry}`),
    ),
  );
  return fillElement(shape, values, texts);
}

/** The known shapes that are scanned: those that say their type, and hold strings only. */
const SCANNED = KNOWN_SHAPES.map(({ text }) => parseShape(text)).filter(
  ({ slots }) =>
    slots.every(({ quoted }) => quoted) && slots.some(({ key }) => key === "event_type"),
);

/** Elements of every scanned shape, and those of simulated markets, books among them. */
function usualTexts(): string[] {
  const heard = new HeardSimulation({ markets: 3, rate: 5, seed: 7 });
  heard.run(60_000);
  const simulated = heard.elements.map((element) => JSON.stringify(element));
  const known = SCANNED.flatMap(({ text }) => [1, 2, 3, 4, 9].map((n) => elementOf(text, n)));
  const single = [...known, ...simulated];
  const arrays = single.map((_, i) => `[${single.slice(i, i + 1 + (i % 3)).join(",")}]`);
  return [...single, ...arrays, ...single.map((text) => `${text}\n`), `${arrays[0]}\n`];
}

/** A piece in plain objects, with the change that its values are in numbers. */
function plainPiece({ tokenIds, event, place }: Piece) {
  const change = event.change ?? plainChangeOf(event);
  return { tokenIds, event: plainEvent(event), place, change };
}

function isSame(pieces: readonly Piece[], others: readonly Piece[]): boolean {
  return (
    Bun.deepEquals(pieces.map(plainPiece), others.map(plainPiece), true) &&
    pieces.every(({ event }, i) => event.shape === others[i]!.event.shape)
  );
}

function expectSame(text: string): void {
  const scanned = scan(text);
  if (scanned === undefined || isSame(scanned, decodeAny(text))) return;
  expect({ text, pieces: scanned.map(plainPiece) }).toEqual({
    text,
    pieces: decodeAny(text).map(plainPiece),
  });
}

const PIECES = [
  '"',
  "\\",
  ",",
  ":",
  "{",
  "}",
  "[",
  "]",
  " ",
  "\n",
  "\t",
  "\0",
  "\x1f",
  "\x7f",
].concat(
  ["0", "1", "a", "é", "\u2028", "😀", "\\n", '\\"', "\\u0041", "null", "true", "[]", "{}", '""'],
  ['"price":"1",', '"event_type":"book",', '"asset_id":"7"', "price_change", "best_bid_ask", '","'],
);

/** What can be wrong with a text, or only unusual. */
const MUTATIONS_OF_TEXT: readonly ((text: string, random: Random) => string)[] = [
  (text, random) => spliced(text, random, 1, pick(PIECES, random)),
  (text, random) => spliced(text, random, 0, pick(PIECES, random)),
  (text, random) => spliced(text, random, 1 + below(3, random), ""),
  (text, random) => spliced(text, random, 1, String.fromCharCode(below(256, random))),
  (text, random) => text.slice(0, below(text.length + 1, random)),
  (text, random) => text + pick(PIECES, random),
  (text, random) => pick(PIECES, random) + text,
  // Two fields in each other's place; one twice; a string as what stands in it.
  (text, random) => withFields(text, random, (one, two) => [two, one]),
  (text, random) => withFields(text, random, (one) => [one, one]),
  (text, random) => replacedOne(text, random, /"[^"]*"/g, (string) => string.slice(1, -1)),
  (text, random) => replacedOne(text, random, /[,:[\]{}]/g, (mark) => `${mark} `),
  (text, random) => replacedOne(text, random, /"[^"]*"/g, () => '""'),
  (text, random) =>
    replacedOne(text, random, /"event_type":"[^"]*"/g, () => {
      return `"event_type":"${pick(KNOWN_SHAPES, random).type}"`;
    }),
  (text, random) => replacedOne(text, random, /\{"asset_id[^}]*\},?/g, (entry) => entry + entry),
];

function below(limit: number, random: Random): number {
  return Math.floor(random() * limit);
}

function pick<T>(list: readonly T[], random: Random): T {
  return list[below(list.length, random)]!;
}

function spliced(text: string, random: Random, removed: number, added: string): string {
  const at = below(text.length + 1, random);
  return text.slice(0, at) + added + text.slice(at + removed);
}

function replacedOne(
  text: string,
  random: Random,
  pattern: RegExp,
  replacement: (found: string) => string,
): string {
  const found = [...text.matchAll(pattern)];
  if (found.length === 0) return text;
  const { 0: match, index } = pick(found, random);
  return text.slice(0, index) + replacement(match) + text.slice(index + match.length);
}

/** Two neighbouring fields of strings changed. */
function withFields(
  text: string,
  random: Random,
  change: (one: string, two: string) => readonly string[],
): string {
  const field = /("[a-z_]+":"[^"]*"),("[a-z_]+":"[^"]*")/g;
  return replacedOne(text, random, field, (fields) => {
    const [one = "", two = ""] = fields.split(',"');
    return change(one, `"${two}`).join(",");
  });
}

describe("a scanned message", () => {
  const texts = usualTexts();

  test.each(SCANNED.map(({ text }) => [text.replace(/[\0-\x02]/g, ""), text]))(
    "is one of %s",
    (_, shape) => {
      for (const entries of [1, 2, 3, 4, 5, 40]) {
        const element = elementOf(shape, entries);
        for (const text of [element, `${element}\n`, `[${element}]`, `[${element},${element}]\n`]) {
          const pieces = scan(text);
          expect(pieces!.map(plainPiece)).toEqual(decodeAny(text).map(plainPiece));
          expect(pieces![0]!.event.shape).toBe(parseShape(shape));
        }
      }
    },
  );

  test("is every one of a market but its books and its beginning and end", () => {
    const heard = new HeardSimulation({ markets: 3, rate: 5, seed: 8 });
    heard.run(60_000);
    const types = { scanned: new Set<string>(), others: new Set<string>() };
    for (const element of heard.elements) {
      const isScanned = scan(JSON.stringify(element)) !== undefined;
      (isScanned ? types.scanned : types.others).add(element.event_type);
    }
    expect([...types.scanned]).toContain("price_change");
    const unscanned = ["book", "new_market", "market_resolved"];
    expect([...types.others].filter((type) => !unscanned.includes(type))).toEqual([]);
  });

  test("comes out as by way of JSON.parse", () => {
    for (const text of texts) expectSame(text);
  });

  test("comes out as by way of JSON.parse whatever is done to it", () => {
    const random = seededRandom(11);
    let scanned = 0;
    for (let i = 0; i < MUTATIONS; i++) {
      let text = pick(texts, random);
      do text = pick(MUTATIONS_OF_TEXT, random)(text, random);
      while (random() < 0.3);
      if (!text.isWellFormed()) continue;
      expectSame(text);
      if (scan(text) !== undefined) scanned++;
    }
    // Else this would be a test of nothing.
    expect(scanned).toBeGreaterThan(MUTATIONS / 10);
  });

  test("of any spelling comes out as by way of JSON.parse", () => {
    fc.assert(
      fc.property(messages, (text) => {
        fc.pre(text.isWellFormed());
        expectSame(text);
      }),
      { numRuns: 1000 },
    );
  });

  const captures = readCaptures();
  test.skipIf(captures === undefined)(`comes out so from ${CAPTURES_VARIABLE} too`, () => {
    const recorded = captures!.flatMap(({ messages: own }) => own);
    for (const text of recorded) expectSame(text);
    expect(recorded.filter((text) => scan(text) !== undefined).length).toBeGreaterThan(1000);
  });
});

describe("the scanner leaves to the way by JSON.parse", () => {
  const change = elementOf(CHANGE, 2);
  test.each([
    ["nothing", ""],
    ["an empty array", "[]"],
    ["an array without an end", `[${change}`],
    ["an array with a comma too many", `[${change},]`],
    ["an array with two ends", `[${change}]]`],
    ["two line feeds", `${change}\n\n`],
    ["white space in front", ` ${change}`],
    ["a change without entries", elementOf(CHANGE, 0)],
    ["an escape", change.replace("market 0", "\\u0031")],
    ["a control character", change.replace("market 0", "\x1f")],
    ["a number", change.replace('"price 4 1"', "1")],
    ["another type", change.replace('"price_change"', '"book"')],
    ["a field more", change.replace('"size"', '"sizes":"1","size"')],
    ["an end that is another's", change.replace("timestamp", "timestamps")],
  ])("%s", (_, text) => {
    expect(text).not.toBe(change);
    expect(scan(text)).toBeUndefined();
    expect(decode(text)).toEqual(decodeAny(text));
  });
});

test("shapes that were forgotten meanwhile are found again", () => {
  const text = elementOf(CHANGE, 2);
  for (let i = 0; i <= 4096; i++) parseShape(`{"k${i}":"\0"}`);
  expect(isSame(scan(text)!, decodeAny(text))).toBe(true);
});
