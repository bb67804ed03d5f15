import { KNOWN_SHAPES } from "../format/known-shapes.ts";
import type { Place } from "../format/market-event.ts";
import { parseShape, type Shape } from "../format/shape.ts";
import { type ElementPattern, elementPattern } from "./element-pattern.ts";
import type { Piece } from "./piece.ts";

/** A piece whose message is not read to its end yet. */
interface OpenPiece extends Piece {
  readonly place: Place & { elements: number; newline: boolean };
}

const LINE_FEED = 10;
const COMMA = 44;
const OPEN_BRACKET = 91;
const CLOSE_BRACKET = 93;
/** Where an element ends that is of no known shape. */
const NOWHERE = -1;

/** In the order of the known shapes, which begin with the change that nearly all messages are. */
const PATTERNS = KNOWN_SHAPES.flatMap(({ type, text }) => elementPattern(type, text) ?? []);

/**
 * Cuts a text whose elements all have a known shape with plain strings only, several times as
 * fast as by way of `JSON.parse`. `undefined` for every other text, JSON or not: nothing is
 * guessed here, and what comes back is what that way would give.
 */
export function scan(text: string): Piece[] | undefined {
  const pieces: OpenPiece[] = [];
  const isArray = text.charCodeAt(0) === OPEN_BRACKET;
  const at = isArray ? scanArray(text, pieces) : scanElement(text, 0, 0, pieces);
  if (at === text.length) return pieces;
  if (at !== text.length - 1 || text.charCodeAt(at) !== LINE_FEED) return undefined;
  for (const { place } of pieces) place.newline = true;
  return pieces;
}

/** Adds the pieces of the array that is the text, and returns where it ends. */
function scanArray(text: string, pieces: OpenPiece[]): number {
  let elements = 0;
  let at = 0;
  do {
    at = scanElement(text, at + 1, elements, pieces);
    elements++;
  } while (text.charCodeAt(at) === COMMA);
  for (const { place } of pieces) place.elements = elements;
  return text.charCodeAt(at) === CLOSE_BRACKET ? at + 1 : NOWHERE;
}

/** Adds the pieces of the element that begins at `at`, and returns where it ends. */
function scanElement(text: string, at: number, element: number, pieces: OpenPiece[]): number {
  for (const pattern of PATTERNS) {
    const match = matchAt(pattern.opening, text, at);
    if (match === null) continue;
    if (pattern.more !== undefined) {
      return scanEntries(text, pattern, pattern.more, match, element, pieces);
    }
    const values: string[] = [];
    addGroups(values, match, 1, match.length);
    const shape = parseShape(pattern.shapeText);
    pieces.push(pieceOf(pattern, shape, values, element, 0, 0));
    return pattern.opening.lastIndex;
  }
  return NOWHERE;
}

/** The same for an element with entries whose opening matched. */
function scanEntries(
  text: string,
  pattern: ElementPattern,
  more: RegExp,
  opening: RegExpExecArray,
  element: number,
  pieces: OpenPiece[],
): number {
  const { frontSlots, entrySlots } = pattern;
  const matches = [opening];
  let end = pattern.opening.lastIndex;
  let last = opening;
  let back = 1 + frontSlots + 2 * entrySlots;
  while (last[back] === undefined) {
    const match = matchAt(more, text, end);
    if (match === null) return NOWHERE;
    matches.push(match);
    last = match;
    end = more.lastIndex;
    back = 1 + 2 * entrySlots;
  }
  // Each match holds two entries, but the last perhaps one.
  const isOdd = last[back - entrySlots] === undefined;
  const entries = matches.length * 2 - (isOdd ? 1 : 0);
  const shape = parseShape(pattern.shapeText);
  for (let entry = 0; entry < entries; entry++) {
    const match = matches[entry >> 1]!;
    const first = 1 + (entry < 2 ? frontSlots : 0) + (entry & 1) * entrySlots;
    const values: string[] = [];
    addGroups(values, opening, 1, 1 + frontSlots);
    addGroups(values, last, back, last.length);
    addGroups(values, match, first, first + entrySlots);
    pieces.push(pieceOf(pattern, shape, values, element, entry, entries));
  }
  return end;
}

function addGroups(values: string[], match: RegExpExecArray, from: number, to: number): void {
  for (let group = from; group < to; group++) values.push(match[group]!);
}

function pieceOf(
  { type, tokenSlot }: ElementPattern,
  shape: Shape,
  values: readonly string[],
  element: number,
  entry: number,
  entries: number,
): OpenPiece {
  return {
    tokenIds: [values[tokenSlot]!],
    event: { type, shape, values },
    place: { element, elements: 0, entry, entries, newline: false },
  };
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}
