import { damaged } from "./damaged.ts";
import type { Field } from "./json-object.ts";
import { knownNumberOf } from "./known-shapes.ts";
import { OBJECT_KEYS_MAX } from "./limits.ts";
import { type ChangeField, changeFieldsOf } from "./plain-change.ts";

/**
 * A shape is an element's or entry's text with every value taken out: key order, spacing, and
 * whether a value is a string stay; values go to streams by key. Shapes repeat for months, so a
 * block stores each once, and text comes back byte for byte. The marks are control characters,
 * which no JSON text holds outside its values.
 */

/** Where a value stood (between its quotes, if it was a string). */
export const SLOT = "\u0000";
/** Where an element's entries stood, between the brackets. */
export const ENTRIES = "\u0001";
/** Between an element's shape and its entry's. */
export const SPLIT = "\u0002";

/** The whole text is one value: what could not be cut, stored verbatim. */
export const RAW_SHAPE_TEXT = SLOT;
/** The key under which a raw text is stored and shown. */
export const RAW_KEY = "text";

export interface Slot {
  readonly key: string;
  /** The value is a JSON string: its text stands between quotes. */
  readonly quoted: boolean;
}

export interface Shape {
  readonly text: string;
  /** In the order of the text; an element's come before its entry's. */
  readonly slots: readonly Slot[];
  /** The last slot of each key: an entry's own value stands for its element's. */
  readonly lastSlots: ReadonlyMap<string, number>;
  /** How many of the slots belong to the element; the rest belong to the entry. */
  readonly elementSlots: number;
  /** Where the slots of `price`, `size` and `side` are, if each comes once and all in one part. */
  readonly changeSlots: ChangeSlots | undefined;
  /** The slots of the last `timestamp`, `hash`, `best_bid` and `best_ask`, or -1. */
  readonly timeSlot: number;
  readonly hashSlot: number;
  readonly bestBidSlot: number;
  readonly bestAskSlot: number;
  /**
   * Whether these can follow from a book: what an element says for all its entries can only if
   * each of them would say the same.
   */
  readonly mayBeDerived: boolean;
  /** The field of each slot if the values are those of a `PlainChange`. */
  readonly changeFields: readonly ChangeField[] | undefined;
}

export type ChangeSlots = readonly [price: number, size: number, side: number];

/** The text of `text[start, end)` with the given fields, which lie in it, taken out. */
export function shapeText(
  text: string,
  start: number,
  end: number,
  fields: readonly Field[],
  entries?: Field,
): string {
  let shape = "";
  let at = start;
  for (const field of fields) {
    if (field === entries) {
      shape += `${text.slice(at, field.start + 1)}${ENTRIES}`;
      at = field.end - 1;
    } else {
      shape += text.slice(at, field.start) + SLOT;
      at = field.end;
    }
  }
  return shape + text.slice(at, end);
}

/** The shape text of an update that is one entry of an element. */
export function entryShapeText(element: string, entry: string): string {
  return element + SPLIT + entry;
}

const parsed = new Map<string, Shape>();
/** A venue with so many shapes is not this one: all but the known ones are forgotten then. */
const PARSED_MAX = 4096;
/** Longer ones are rare, and remembered would fill the memory. */
const PARSED_LENGTH_MAX = 4096;

/** The slots of a shape text; remembered, because a stream uses a handful. */
export function parseShape(text: string): Shape {
  const known = parsed.get(text);
  if (known !== undefined) return known;
  const shape = newShape(text);
  if (text.length > PARSED_LENGTH_MAX) return shape;
  if (parsed.size >= PARSED_MAX) forget();
  parsed.set(text, shape);
  return shape;
}

function newShape(text: string): Shape {
  const split = text.indexOf(SPLIT);
  const element = slotsOf(split < 0 ? text : text.slice(0, split));
  const entry = split < 0 ? [] : slotsOf(text.slice(split + 1));
  const slots = [...element, ...entry];
  const changeSlots = changeSlotsOf(slots, element.length);
  return {
    text,
    slots,
    lastSlots: new Map(slots.map(({ key }, slot) => [key, slot])),
    elementSlots: element.length,
    changeSlots,
    timeSlot: lastSlot(slots, "timestamp"),
    hashSlot: lastSlot(slots, "hash"),
    bestBidSlot: lastSlot(slots, "best_bid"),
    bestAskSlot: lastSlot(slots, "best_ask"),
    mayBeDerived: mayBeDerived(slots, element.length),
    changeFields: changeSlots && changeFieldsOf(slots),
  };
}

function forget(): void {
  for (const text of parsed.keys()) if (knownNumberOf(text) === undefined) parsed.delete(text);
}

/** Whether a row of a shape names best prices behind the slot `from`. */
export function hasOwnBest({ bestBidSlot, bestAskSlot }: Shape, from: number): boolean {
  return bestBidSlot >= from || bestAskSlot >= from;
}

/** The last one wins: an entry's own value stands for its element's. */
export function lastSlot(slots: readonly Slot[], key: string): number {
  return slots.findLastIndex((slot) => slot.key === key);
}

function changeSlotsOf(slots: readonly Slot[], elementSlots: number): ChangeSlots | undefined {
  const found = ["price", "size", "side"].map((wanted) =>
    slots.flatMap(({ key }, i) => (key === wanted ? [i] : [])),
  );
  const [price, size, side] = found.map(([slot = -1]) => slot) as [number, number, number];
  if (found.some(({ length }) => length !== 1)) return undefined;
  const inElement = [price, size, side].filter((slot) => slot < elementSlots).length;
  // An element's price may have many entries; only one change a row is meant here.
  const isWhole = inElement === 0 || (inElement === 3 && elementSlots === slots.length);
  return isWhole ? [price, size, side] : undefined;
}

function mayBeDerived(slots: readonly Slot[], elementSlots: number): boolean {
  const isElements = (key: string): boolean | undefined => {
    const slot = lastSlot(slots, key);
    return slot < 0 ? undefined : slot < elementSlots;
  };
  const hash = isElements("hash");
  const beside = ["best_bid", "best_ask", ...(hash ? ["timestamp"] : [])];
  return beside.every((key) => (isElements(key) ?? hash) === hash);
}

function slotsOf(text: string): Slot[] {
  if (text === RAW_SHAPE_TEXT) return [{ key: RAW_KEY, quoted: false }];
  // One piece more than slots, and one to notice that there are too many.
  const pieces = text.split(SLOT, OBJECT_KEYS_MAX + 2);
  pieces.pop();
  if (pieces.length > OBJECT_KEYS_MAX) throw damaged("a shape has too many slots");
  return pieces.map((piece) => {
    const match = /"([^"\\]*)"\s*:\s*("?)$/.exec(piece);
    if (match === null) throw damaged("a shape has a slot without a key");
    return { key: match[1]!, quoted: match[2] === '"' };
  });
}

/** The text of an element, from its shape, its values and its entries' texts. */
export function fillElement(
  shape: Shape,
  values: readonly string[],
  entries: readonly string[] = [],
): string {
  const { element, entry } = literalsOf(shape);
  const filled = fill(element, values, 0);
  // Values hold no raw control characters, except a raw text, which has no entries.
  return entry === undefined ? filled : filled.replace(ENTRIES, () => entries.join(","));
}

/** The text of the entry that an update is, from its shape and values. */
export function fillEntry(shape: Shape, values: readonly string[]): string {
  const { entry } = literalsOf(shape);
  if (entry === undefined) throw damaged("the update is no entry of an element");
  return fill(entry, values, shape.elementSlots);
}

/** What stands between the values of a shape. */
interface Literals {
  readonly element: readonly string[];
  /** `undefined` for an element without entries. */
  readonly entry: readonly string[] | undefined;
}

const literals = new WeakMap<Shape, Literals>();

function literalsOf(shape: Shape): Literals {
  const known = literals.get(shape);
  if (known !== undefined) return known;
  const [element = "", entry] = shape.text.split(SPLIT);
  const made = { element: element.split(SLOT), entry: entry?.split(SLOT) };
  literals.set(shape, made);
  return made;
}

function fill(texts: readonly string[], values: readonly string[], from: number): string {
  let filled = texts[0]!;
  for (let i = 1; i < texts.length; i++) filled += (values[from + i - 1] ?? "") + texts[i]!;
  return filled;
}
