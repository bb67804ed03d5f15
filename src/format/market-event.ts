import { damaged } from "./damaged.ts";
import { PolybotError } from "./error.ts";
import { cutObject } from "./json-object.ts";
import type { PlainChange } from "./plain-change.ts";
import { parseShape, RAW_KEY, RAW_SHAPE_TEXT, type Shape, shapeText } from "./shape.ts";

/** What an update can be; the position is its code in a block. Only ever appended to. */
export const UPDATE_TYPES = [
  "book",
  "price_change",
  "last_trade_price",
  "tick_size_change",
  "best_bid_ask",
  "market_resolved",
  "new_market",
  "raw",
  "note",
] as const;

export type UpdateType = (typeof UPDATE_TYPES)[number];

/** What the recorder found out about an update; the position is its code in a block. */
export const VERDICTS = [
  "matched",
  "late",
  "searched",
  "missed",
  "unverifiable",
  "shed",
  "stale",
  "duplicate",
  "no-book",
  "pending",
] as const;

export type Verdict = (typeof VERDICTS)[number];

/** Verdicts whose update did not change the book. */
export function isApplied(verdict: Verdict): boolean {
  return verdict !== "stale" && verdict !== "duplicate" && verdict !== "no-book";
}

/** Verdicts on an update's own hash. */
export function isJudged(verdict: Verdict): boolean {
  return isProven(verdict) || verdict === "missed";
}

/** Verdicts that a hash of the venue proves. */
export function isProven(verdict: Verdict): boolean {
  return verdict === "matched" || verdict === "late" || verdict === "searched";
}

/** Where an update stood in its message, enough to put messages together again. */
export interface Place {
  /** Position of the element in the message. */
  readonly element: number;
  /** Elements of the message; 0 for a bare object. */
  readonly elements: number;
  /** Position of the entry in its element. */
  readonly entry: number;
  /** Entries of the element; 0 for an element that is no list of entries. */
  readonly entries: number;
  /** Whether the message ended with a line feed. */
  readonly newline: boolean;
}

export const BARE_PLACE: Place = { element: 0, elements: 0, entry: 0, entries: 0, newline: false };

/** One update before it has a number: its type, and its text as shape and values. */
export interface MarketEvent {
  readonly type: UpdateType;
  readonly shape: Shape;
  /** The values' own JSON texts, without the quotes of strings, in the shape's order. */
  readonly values: readonly string[];
  /** One of them, where it takes time to make all. */
  readonly valueAt?: (slot: number) => string;
  /** The same in numbers, where these are known already: then no value is a long text. */
  readonly change?: PlainChange | undefined;
}

/** An event from plain fields, spelled as `JSON.stringify` spells them. */
export function marketEvent(
  type: UpdateType,
  fields: Readonly<Record<string, unknown>>,
): MarketEvent {
  const text = JSON.stringify(fields);
  const cut = cutObject(text, { start: 0, end: text.length });
  if (cut === undefined) {
    throw new PolybotError(
      "BAD_INPUT",
      `a ${type} event has too many keys, or one that JSON must escape`,
    );
  }
  return {
    type,
    shape: parseShape(shapeText(text, 0, text.length, cut)),
    values: cut.map((field) => text.slice(field.start, field.end)),
  };
}

/** The condition id that an event names, of an unknown type too; `""` if it names none. */
export function marketOf(event: MarketEvent): string {
  if (event.type !== "raw") return fieldString(event, "market") ?? "";
  try {
    const { market } = JSON.parse(event.values[0] ?? "") as { readonly market?: unknown };
    return typeof market === "string" ? market : "";
  } catch {
    return "";
  }
}

/** What an event's text takes, about. */
export function textLength({ shape, values }: MarketEvent): number {
  let length = shape.text.length;
  for (const value of values) length += value.length;
  return length;
}

/** A text that is kept as it came. Half a surrogate pair has no UTF-8 form: `BAD_INPUT`. */
export function rawEvent(text: string): MarketEvent {
  if (!text.isWellFormed()) {
    throw new PolybotError("BAD_INPUT", "a raw text holds half a surrogate pair");
  }
  return { type: "raw", shape: parseShape(RAW_SHAPE_TEXT), values: [text] };
}

/** The text of the first value under `key`, or `undefined`. */
export function fieldText(event: MarketEvent, key: string): string | undefined {
  const slot = event.shape.lastSlots.get(key);
  return slot === undefined ? undefined : slotText(event, slot);
}

/** The text of one slot. */
export function slotText(event: MarketEvent, slot: number): string | undefined {
  return event.valueAt === undefined ? event.values[slot] : event.valueAt(slot);
}

/** The same for a JSON string only: `null` and numbers are no texts of the venue. */
export function fieldString(event: MarketEvent, key: string): string | undefined {
  const slot = event.shape.lastSlots.get(key);
  if (slot === undefined || !event.shape.slots[slot]!.quoted) return undefined;
  return slotText(event, slot);
}

/** The fields of an event as JavaScript values; `DAMAGED` if one is no JSON. */
export function fieldsOf(event: MarketEvent): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  if (event.type === "raw") return { [RAW_KEY]: event.values[0] };
  event.shape.slots.forEach((slot, i) => {
    const text = event.values[i] ?? "";
    // A plain assignment to `__proto__` would be lost.
    Object.defineProperty(fields, slot.key, {
      value: parseValue(slot.quoted ? `"${text}"` : text),
      enumerable: true,
      configurable: true,
      writable: true,
    });
  });
  return fields;
}

function parseValue(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw damaged("a value is no JSON", cause);
  }
}
