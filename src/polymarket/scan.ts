import { isText } from "../format/ascii.ts";
import { KNOWN_SHAPES } from "../format/known-shapes.ts";
import { BARE_PLACE, type Place } from "../format/market-event.ts";
import { PlainChange } from "../format/plain-change.ts";
import {
  type ElementPart,
  type ElementPattern,
  elementPattern,
  VALUE_KIND,
  type ValueKind,
} from "./element-pattern.ts";
import { KnownTexts } from "./known-texts.ts";
import { bytesOf } from "./message-bytes.ts";
import type { Piece } from "./piece.ts";
import { ScannedEvent } from "./scanned-event.ts";

/** A piece whose message is not read to its end yet. */
interface OpenPiece extends Piece {
  readonly event: ScannedEvent;
  place: Place;
}

const CONTROL_END = 0x20;
const LINE_FEED = 10;
const QUOTE = 34;
const COMMA = 44;
const OPEN_BRACKET = 91;
const BACKSLASH = 92;
const CLOSE_BRACKET = 93;
/** Where something ends that is not what was expected. */
const NOWHERE = -1;

/** In the order of the known shapes, which begin with the change that nearly all messages are. */
const PATTERNS = KNOWN_SHAPES.flatMap(({ type, text }) => elementPattern(type, text) ?? []);

const texts = new KnownTexts();

/** Of the last ids, by their kinds. */
const idLengths = Object.values(VALUE_KIND).map(() => 0);

/** Places of entries of a bare object, of which nearly all messages have two: one for each. */
const BARE_ENTRIES_MAX = 8;
const BARE_PLACES = Array.from({ length: BARE_ENTRIES_MAX + 1 }, (_, entries) =>
  Array.from({ length: Math.max(entries, 1) }, (_, entry) => ({ ...BARE_PLACE, entry, entries })),
);

/** The last token that was scanned, and whether all values since the element began are plain. */
let token = "";
let isPlainSoFar = false;

/**
 * Cuts a text whose elements all have a known shape with plain strings only, several times as
 * fast as by way of `JSON.parse`. `undefined` for every other text, JSON or not: nothing is
 * guessed here, and what comes back is what that way would give.
 */
export function scan(text: string): Piece[] | undefined {
  const bytes = bytesOf(text);
  if (bytes === undefined) return undefined;
  const pieces: OpenPiece[] = [];
  const isArray = bytes[0] === OPEN_BRACKET;
  const at = isArray ? scanArray(text, bytes, pieces) : scanElement(text, bytes, 0, 0, pieces);
  if (at === text.length) return pieces;
  if (at !== text.length - 1 || bytes[at] !== LINE_FEED) return undefined;
  for (const piece of pieces) piece.place = { ...piece.place, newline: true };
  return pieces;
}

/** Adds the pieces of the array that is the text, and returns where it ends. */
function scanArray(text: string, bytes: Uint8Array, pieces: OpenPiece[]): number {
  let elements = 0;
  let at = 0;
  do {
    at = scanElement(text, bytes, at + 1, elements, pieces);
    elements++;
  } while (bytes[at] === COMMA);
  for (const piece of pieces) piece.place = { ...piece.place, elements };
  return bytes[at] === CLOSE_BRACKET ? at + 1 : NOWHERE;
}

/** Adds the pieces of the element that begins at `at`, and returns where it ends. */
function scanElement(
  text: string,
  bytes: Uint8Array,
  at: number,
  element: number,
  pieces: OpenPiece[],
): number {
  for (const pattern of PATTERNS) {
    const end =
      pattern.entry === undefined
        ? scanWhole(text, bytes, at, pattern, element, pieces)
        : scanEntries(text, bytes, at, pattern, pattern.entry, element, pieces);
    if (end !== NOWHERE) return end;
  }
  return NOWHERE;
}

/** The same of an element that has no entries. */
function scanWhole(
  text: string,
  bytes: Uint8Array,
  at: number,
  pattern: ElementPattern,
  element: number,
  pieces: OpenPiece[],
): number {
  const change = newChange(pattern);
  const end = scanPart(text, bytes, at, pattern.front, pattern.typeBytes, change);
  if (end === NOWHERE) return NOWHERE;
  const event = new ScannedEvent(pattern, text, at, at, isPlainSoFar ? change : undefined);
  pieces.push({ tokenIds: [token], event, place: placeOf(element, 0, 0) });
  return end;
}

function scanEntries(
  text: string,
  bytes: Uint8Array,
  at: number,
  pattern: ElementPattern,
  part: ElementPart,
  element: number,
  pieces: OpenPiece[],
): number {
  const { front, back, typeBytes } = pattern;
  const before = pieces.length;
  let change = newChange(pattern);
  const first = change;
  let end = scanPart(text, bytes, at, front, typeBytes, first);
  while (end !== NOWHERE) {
    const event = new ScannedEvent(pattern, text, at, end, change);
    end = scanPart(text, bytes, end, part, typeBytes, change);
    pieces.push({ tokenIds: [token], event, place: BARE_PLACE });
    if (end === NOWHERE || bytes[end] !== COMMA) break;
    end++;
    change = change && new PlainChange();
  }
  const backAt = end;
  if (end !== NOWHERE) end = scanPart(text, bytes, end, back!, typeBytes, first);
  if (end === NOWHERE) {
    pieces.length = before;
    return NOWHERE;
  }
  const entries = pieces.length - before;
  for (let entry = 0; entry < entries; entry++) {
    const piece = pieces[before + entry]!;
    piece.place = placeOf(element, entry, entries);
    piece.event.close(backAt, isPlainSoFar);
    const own = piece.event.change;
    if (entry > 0 && own !== undefined) takeElement(own, first!, pattern);
  }
  return end;
}

function newChange({ shape }: ElementPattern): PlainChange | undefined {
  isPlainSoFar = shape.changeFields !== undefined;
  return isPlainSoFar ? new PlainChange() : undefined;
}

/** Gives a change what the element says of all its entries, of which the first one has it. */
function takeElement(change: PlainChange, first: PlainChange, { front, back }: ElementPattern) {
  for (const field of front.fields!) change.take(field, first);
  for (const field of back!.fields!) change.take(field, first);
}

/** Takes the values of a part that begins at `at`, and returns where it ends. */
function scanPart(
  text: string,
  bytes: Uint8Array,
  at: number,
  { literals, kinds, fields }: ElementPart,
  typeBytes: Uint8Array,
  change: PlainChange | undefined,
): number {
  let end = at;
  for (let i = 0; i < kinds.length; i++) {
    const start = literalEnd(bytes, end, literals[i]!);
    if (start === NOWHERE) return NOWHERE;
    const kind = kinds[i]!;
    if (kind === VALUE_KIND.token || kind === VALUE_KIND.market) {
      const id = takeId(text, bytes, start, kind);
      if (id === undefined) return NOWHERE;
      end = start + id.length;
      if (kind === VALUE_KIND.token) token = id;
      if (change === undefined) continue;
      if (kind === VALUE_KIND.token) change.tokenId = id;
      else change.market = id;
      continue;
    }
    end = valueEnd(bytes, start);
    if (end === NOWHERE) return NOWHERE;
    if (kind === VALUE_KIND.type) {
      if (!isText(bytes, start, end, typeBytes)) return NOWHERE;
    } else if (isPlainSoFar) {
      isPlainSoFar = change!.read(fields![i]!, bytes, start, end);
    }
  }
  return literalEnd(bytes, end, literals[kinds.length]!);
}

/** The id that begins at `start`. It mostly is as long as the last one of its kind, and known. */
function takeId(
  text: string,
  bytes: Uint8Array,
  start: number,
  kind: ValueKind,
): string | undefined {
  const guess = start + idLengths[kind]!;
  const known = bytes[guess] === QUOTE ? texts.find(text, bytes, start, guess) : undefined;
  if (known !== undefined) return known;
  const end = valueEnd(bytes, start);
  if (end === NOWHERE) return undefined;
  idLengths[kind] = end - start;
  return texts.take(text, bytes, start, end);
}

/** Where a literal that stands at `at` ends. */
function literalEnd(bytes: Uint8Array, at: number, literal: Uint8Array): number {
  for (let i = 0; i < literal.length; i++) if (bytes[at + i] !== literal[i]) return NOWHERE;
  return at + literal.length;
}

/** Where the value ends that begins at `start`: at its quote, if JSON would have the value so. */
function valueEnd(bytes: Uint8Array, start: number): number {
  let end = start;
  for (;;) {
    const code = bytes[end]!;
    if (code === QUOTE) return end;
    // The text ends with a zero.
    if (code < CONTROL_END || code === BACKSLASH) return NOWHERE;
    end++;
  }
}

function placeOf(element: number, entry: number, entries: number): Place {
  if (element === 0 && entries <= BARE_ENTRIES_MAX) return BARE_PLACES[entries]![entry]!;
  return { ...BARE_PLACE, element, entry, entries };
}
