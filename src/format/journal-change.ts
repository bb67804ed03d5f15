import { type Arrival, type Implied, RECEIVED_US_MAX } from "./block.ts";
import { SIDES } from "./columns/seeds.ts";
import { damaged } from "./damaged.ts";
import { HASH_BYTES } from "./hash-text.ts";
import { KNOWN_SHAPES, knownNumberOf } from "./known-shapes.ts";
import type { MarketEvent } from "./market-event.ts";
import type { PackedReader } from "./packed-reader.ts";
import { asText } from "./packed-value.ts";
import type { PackedWriter } from "./packed-writer.ts";
import { NO_BEST, PlainChange, textOf } from "./plain-change.ts";
import { parseShape, type Shape } from "./shape.ts";

/** An update as a journal has it. */
export interface JournalUpdate extends Arrival {
  readonly event: MarketEvent;
}

/** What all updates begin with: shape, arrival and place. */
export const ARRIVAL_ITEMS = 8;
const CHANGE_ITEMS = ARRIVAL_ITEMS + 7;

const HASH_WORDS = new Int32Array(HASH_BYTES / Int32Array.BYTES_PER_ELEMENT);
const HASH = new Uint8Array(HASH_WORDS.buffer);

export function writeArrival(bytes: PackedWriter, shape: Shape, arrival: Arrival): void {
  const { receivedUs, socket, place } = arrival;
  const known = knownNumberOf(shape.text);
  if (known === undefined) bytes.text(shape.text);
  else bytes.number(known);
  bytes.number(receivedUs);
  bytes.number(socket);
  bytes.number(place.element);
  bytes.number(place.elements);
  bytes.number(place.entry);
  bytes.number(place.entries);
  bytes.number(place.newline ? 1 : 0);
}

/**
 * Writes a change of the session's own market and token in numbers, which are known already: its
 * texts would have to be cut out of the message first. The shape must be a known one.
 */
export function writeChange(
  bytes: PackedWriter,
  change: PlainChange,
  shape: Shape,
  arrival: Arrival,
): void {
  bytes.list(CHANGE_ITEMS);
  writeArrival(bytes, shape, arrival);
  bytes.number(change.venueMs);
  change.hash.write(HASH_WORDS, 0);
  bytes.bin(HASH);
  bytes.number(change.side);
  bytes.number(change.price);
  bytes.number(change.size);
  numberOrNil(bytes, change.bestBid);
  numberOrNil(bytes, change.bestAsk);
}

/** What `writeChange` has written; no text is made of it before one is asked for. */
export function readChange(bytes: PackedReader, implied: Implied): JournalUpdate {
  if (bytes.list() !== CHANGE_ITEMS) throw damaged("an update is no plain change");
  const shape = readShape(bytes.number());
  if (shape.changeFields === undefined) throw damaged("an update is no plain change");
  const receivedUs = bytes.number();
  if (receivedUs >= RECEIVED_US_MAX) throw damaged("a receive time is out of range");
  const socket = bytes.number();
  const place = {
    element: bytes.number(),
    elements: bytes.number(),
    entry: bytes.number(),
    entries: bytes.number(),
    newline: bytes.number() !== 0,
  };
  const change = new PlainChange();
  change.market = implied.market;
  change.tokenId = implied.tokenId;
  change.venueMs = bytes.number();
  bytes.bin(HASH);
  change.hash.take(HASH_WORDS);
  change.side = bytes.number();
  if (SIDES[change.side] === undefined) throw damaged("a side is unknown");
  change.price = bytes.number();
  change.size = bytes.number();
  change.bestBid = bytes.nil() ? NO_BEST : bytes.number();
  change.bestAsk = bytes.nil() ? NO_BEST : bytes.number();
  bytes.finish();
  return { event: new JournaledChange(shape, change), receivedUs, socket, place };
}

/** A shape's text, or the number of a known one. */
export function readShape(item: unknown): Shape {
  if (typeof item !== "number") return parseShape(asText(item));
  const known = KNOWN_SHAPES[item];
  if (known === undefined) throw damaged("a shape has an unknown number");
  return parseShape(known.text);
}

class JournaledChange implements MarketEvent {
  readonly type = "price_change";
  readonly shape: Shape;
  readonly change: PlainChange;
  #values: readonly string[] | undefined;

  constructor(shape: Shape, change: PlainChange) {
    this.shape = shape;
    this.change = change;
  }

  get values(): readonly string[] {
    this.#values ??= this.shape.changeFields!.map((field) => textOf(this.change, field));
    return this.#values;
  }
}

function numberOrNil(bytes: PackedWriter, number: number): void {
  if (number === NO_BEST) bytes.nil();
  else bytes.number(number);
}
