import { OBJECT_KEYS_MAX } from "./limits.ts";

/**
 * Cuts JSON text into spans without changing a byte: what `JSON.parse` throws away (order, white
 * space, the spelling of numbers and strings) is what must be stored. The text must have passed
 * `JSON.parse`; the cuts rely on it being well-formed.
 */

/** A half-open range of a text. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** A value of an object: its span is what stands between the quotes when it is a string. */
export interface Field extends Span {
  readonly key: string;
  readonly quoted: boolean;
}

const QUOTE = 34;
const COMMA = 44;
const BACKSLASH = 92;
const OPEN_BRACKET = 91;
const CLOSE_BRACKET = 93;
const OPEN_BRACE = 123;
const CLOSE_BRACE = 125;
const SPACE = 32;

/**
 * The values of the object that fills `span`, white space around it allowed, in order.
 * `undefined` if there is no object, or too many keys, or one spelled with escapes or twice.
 */
export function cutObject(text: string, span: Span): Field[] | undefined {
  let at = skipSpace(text, span.start);
  if (text.charCodeAt(at) !== OPEN_BRACE) return undefined;
  const fields: Field[] = [];
  at = skipSpace(text, at + 1);
  while (text.charCodeAt(at) === QUOTE) {
    const keyEnd = text.indexOf('"', at + 1);
    const key = text.slice(at + 1, keyEnd);
    if (key.includes("\\") || fields.length >= OBJECT_KEYS_MAX) return undefined;
    // Objects on this wire have a dozen keys: looking through them is cheaper than a set.
    for (const field of fields) if (field.key === key) return undefined;
    const start = skipSpace(text, skipSpace(text, keyEnd + 1) + 1);
    const end = skipValue(text, start);
    const quoted = text.charCodeAt(start) === QUOTE;
    fields.push(
      quoted ? { key, quoted, start: start + 1, end: end - 1 } : { key, quoted, start, end },
    );
    at = skipSpace(text, end);
    if (text.charCodeAt(at) !== COMMA) break;
    at = skipSpace(text, at + 1);
  }
  // A line feed behind the last element lies outside its span.
  return skipSpace(text, at + 1) >= span.end ? fields : undefined;
}

/**
 * The items of the array that fills `span`, cut at its commas: white space belongs to the item
 * beside it, so that the items joined by commas are the array's text again.
 */
export function cutArray(text: string, span: Span): Span[] {
  const items: Span[] = [];
  let start = span.start + 1;
  let at = skipSpace(text, start);
  if (text.charCodeAt(at) === CLOSE_BRACKET) return items;
  for (;;) {
    at = skipSpace(text, skipValue(text, at));
    items.push({ start, end: at });
    if (text.charCodeAt(at) !== COMMA) return items;
    start = at + 1;
    at = skipSpace(text, start);
  }
}

function skipSpace(text: string, from: number): number {
  let at = from;
  while (at < text.length && text.charCodeAt(at) <= SPACE) at++;
  return at;
}

/** Where the value that starts at `from` ends. */
function skipValue(text: string, from: number): number {
  const first = text.charCodeAt(from);
  if (first === QUOTE) return skipString(text, from);
  if (first === OPEN_BRACE || first === OPEN_BRACKET) return skipNested(text, from);
  let at = from;
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code <= SPACE || code === COMMA || code === CLOSE_BRACE || code === CLOSE_BRACKET) break;
  }
  return at;
}

function skipString(text: string, from: number): number {
  let close = text.indexOf('"', from + 1);
  while (isEscaped(text, close)) close = text.indexOf('"', close + 1);
  return close + 1;
}

/** A quote is escaped when an odd number of backslashes stands before it. */
function isEscaped(text: string, quote: number): boolean {
  let at = quote - 1;
  while (text.charCodeAt(at) === BACKSLASH) at--;
  return (quote - at) % 2 === 0;
}

function skipNested(text: string, from: number): number {
  let depth = 0;
  for (let at = from; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) at = skipString(text, at) - 1;
    else if (code === OPEN_BRACE || code === OPEN_BRACKET) depth++;
    else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) {
      depth--;
      if (depth === 0) return at + 1;
    }
  }
  return text.length;
}
