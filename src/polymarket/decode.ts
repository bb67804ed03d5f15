import { cutArray, cutObject, type Field, type Span } from "../format/json-object.ts";
import {
  BARE_PLACE,
  type MarketEvent,
  type Place,
  rawEvent,
  type UpdateType,
} from "../format/market-event.ts";
import { entryShapeText, parseShape, shapeText } from "../format/shape.ts";
import type { Piece } from "./piece.ts";
import { scan } from "./scan.ts";

/** Element types that name one token and have no entries. */
const SINGLE_TOKEN_TYPES: ReadonlySet<string> = new Set<UpdateType>([
  "book",
  "last_trade_price",
  "tick_size_change",
  "best_bid_ask",
]);

/** The keys of an element's entries: the current form's, and the one until September 2025. */
const ENTRIES_KEYS = ["price_changes", "changes"] as const;

/**
 * Cuts a text from the market channel into pieces that give it back byte for byte. Nothing is
 * dropped: what is no JSON, of an unknown type or of an unexpected form comes back `raw`. Half a
 * surrogate pair, which no socket can bring, is `BAD_INPUT`.
 * docs/PROTOCOL.md, "Events".
 */
export function decode(text: string): Piece[] {
  const pieces = scan(text);
  if (pieces !== undefined) return pieces;
  // Half a surrogate pair has no UTF-8 form, in a JSON string as little as in a raw text.
  return text.isWellFormed() ? decodeAny(text) : [wholeText(text)];
}

/** Cuts any well-formed text, by way of `JSON.parse`. */
export function decodeAny(text: string): Piece[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return [wholeText(text)];
  }
  const newline = text.endsWith("\n");
  const end = newline ? text.length - 1 : text.length;
  if (!Array.isArray(value)) {
    return decodeElement(text, { start: 0, end }, value, { ...BARE_PLACE, newline });
  }
  // White space outside the brackets has no place to be kept in.
  if (value.length === 0 || text[0] !== "[" || text[end - 1] !== "]") return [wholeText(text)];
  const elements = value.length;
  return cutArray(text, { start: 0, end }).flatMap((span, element) =>
    decodeElement(text, span, value[element], { ...BARE_PLACE, element, elements, newline }),
  );
}

/** A text that is one piece; its line feed, if any, is part of it. */
function wholeText(text: string): Piece {
  return { tokenIds: [], event: rawEvent(text), place: BARE_PLACE };
}

function decodeElement(text: string, span: Span, value: unknown, place: Place): Piece[] {
  const fields = cutObject(text, span);
  if (!isObject(value) || fields === undefined) return [rawPiece(text, span, value, place)];
  const type = value.event_type ?? ("bids" in value && "asks" in value ? "book" : undefined);
  if (type === "price_change") {
    return decodeEntries(text, span, fields, value, place) ?? [rawPiece(text, span, value, place)];
  }
  const tokenIds = tokensOf(type, value);
  if (tokenIds === undefined) return [rawPiece(text, span, value, place)];
  const shape = parseShape(shapeText(text, span.start, span.end, fields));
  const event = { type: type as UpdateType, shape, values: valuesOf(text, fields) };
  return [{ tokenIds, event, place }];
}

/** The tokens that an element of a known type names; `undefined` for any other element. */
function tokensOf(type: unknown, value: Readonly<Record<string, unknown>>): string[] | undefined {
  if (typeof type !== "string") return undefined;
  if (SINGLE_TOKEN_TYPES.has(type)) {
    return typeof value.asset_id === "string" ? [value.asset_id] : undefined;
  }
  if (type === "new_market") return [];
  if (type !== "market_resolved" || !Array.isArray(value.assets_ids)) return undefined;
  return [...new Set(value.assets_ids.filter((id) => typeof id === "string"))];
}

/** One piece for each change, in all three forms; `undefined` if it is none of them. */
function decodeEntries(
  text: string,
  span: Span,
  fields: readonly Field[],
  value: Readonly<Record<string, unknown>>,
  place: Place,
): Piece[] | undefined {
  const key = ENTRIES_KEYS.find((name) => Array.isArray(value[name]));
  const elementToken = value.asset_id;
  if (key === undefined) {
    if (typeof elementToken !== "string" || !("price" in value)) return undefined;
    const shape = parseShape(shapeText(text, span.start, span.end, fields));
    const event: MarketEvent = { type: "price_change", shape, values: valuesOf(text, fields) };
    return [{ tokenIds: [elementToken], event, place }];
  }
  const list = value[key] as readonly unknown[];
  const listField = fields.find((field) => field.key === key)!;
  const elementShape = shapeText(text, span.start, span.end, fields, listField);
  const elementValues = valuesOf(
    text,
    fields.filter((field) => field !== listField),
  );
  const pieces: Piece[] = [];
  for (const [entry, entrySpan] of cutArray(text, listField).entries()) {
    const entryFields = cutObject(text, entrySpan);
    const item = list[entry];
    const tokenId = isObject(item) ? (item.asset_id ?? elementToken) : undefined;
    if (entryFields === undefined || typeof tokenId !== "string") return undefined;
    const entryShape = shapeText(text, entrySpan.start, entrySpan.end, entryFields);
    const event: MarketEvent = {
      type: "price_change",
      shape: parseShape(entryShapeText(elementShape, entryShape)),
      values: [...elementValues, ...valuesOf(text, entryFields)],
    };
    pieces.push({ tokenIds: [tokenId], event, place: { ...place, entry, entries: list.length } });
  }
  return pieces.length > 0 ? pieces : undefined;
}

function rawPiece(text: string, span: Span, value: unknown, place: Place): Piece {
  const tokenId = isObject(value) ? value.asset_id : undefined;
  const tokenIds = typeof tokenId === "string" ? [tokenId] : [];
  return { tokenIds, event: rawEvent(text.slice(span.start, span.end)), place };
}

function valuesOf(text: string, fields: readonly Field[]): string[] {
  return fields.map((field) => text.slice(field.start, field.end));
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
