import { isText, writeAscii } from "./ascii.ts";
import type { StoredEvent } from "./block.ts";
import { SIDES } from "./columns/seeds.ts";
import { millionthsIn, textOfMillionths } from "./decimal.ts";
import type { UpdateType } from "./market-event.ts";
import type { Slot } from "./shape.ts";
import { VenueHash } from "./venue-hash.ts";
import { timeIn } from "./venue-time.ts";

const TYPE_TEXT: UpdateType = "price_change";
const TYPE = Buffer.from(TYPE_TEXT);
const [BUY, SELL] = SIDES.map((side) => Buffer.from(side)) as [Buffer, Buffer];

/** The longest plain value is a hash. */
const VALUE_MAX = 40;
const SCRATCH = new Uint8Array(VALUE_MAX);

/** What a shape's key says of a change. */
export const CHANGE_FIELDS = {
  market: 0,
  asset_id: 1,
  event_type: 2,
  timestamp: 3,
  hash: 4,
  price: 5,
  size: 6,
  side: 7,
  best_bid: 8,
  best_ask: 9,
} as const;

export type ChangeField = (typeof CHANGE_FIELDS)[keyof typeof CHANGE_FIELDS];

/** In place of best prices that are not named. */
export const NO_BEST = -1;

/**
 * One change of one level whose values are all spelled as usual, in numbers: each spells its very
 * text back, so whoever has them needs no text. Nearly all updates are such.
 */
export class PlainChange {
  market = "";
  tokenId = "";
  /** Epoch milliseconds. */
  venueMs = 0;
  hash = new VenueHash();
  /** Position in `SIDES`. */
  side = 0;
  /** Millionths, as all prices here. */
  price = 0;
  size = 0;
  bestBid = NO_BEST;
  bestAsk = NO_BEST;

  /** Takes a field over from another change. */
  take(field: ChangeField, from: PlainChange): void {
    switch (field) {
      case CHANGE_FIELDS.market:
        this.market = from.market;
        break;
      case CHANGE_FIELDS.asset_id:
        this.tokenId = from.tokenId;
        break;
      case CHANGE_FIELDS.timestamp:
        this.venueMs = from.venueMs;
        break;
      case CHANGE_FIELDS.hash:
        this.hash = from.hash;
        break;
      case CHANGE_FIELDS.best_bid:
        this.bestBid = from.bestBid;
        break;
      case CHANGE_FIELDS.best_ask:
        this.bestAsk = from.bestAsk;
        break;
      default:
    }
  }

  /**
   * Takes the value of a field, other than market and token, from the text in `bytes[start, end)`;
   * false if it is not spelled as usual.
   */
  read(field: ChangeField, bytes: Uint8Array, start: number, end: number): boolean {
    switch (field) {
      case CHANGE_FIELDS.timestamp:
        this.venueMs = timeIn(bytes, start, end);
        return this.venueMs >= 0;
      case CHANGE_FIELDS.hash:
        return this.hash.read(bytes, start, end);
      case CHANGE_FIELDS.price:
        this.price = millionthsIn(bytes, start, end);
        return this.price >= 0;
      case CHANGE_FIELDS.size:
        this.size = millionthsIn(bytes, start, end);
        return this.size >= 0;
      case CHANGE_FIELDS.side:
        this.side = end - start === BUY.length ? 0 : 1;
        return isText(bytes, start, end, this.side === 0 ? BUY : SELL);
      case CHANGE_FIELDS.best_bid:
        this.bestBid = millionthsIn(bytes, start, end);
        return this.bestBid >= 0;
      case CHANGE_FIELDS.best_ask:
        this.bestAsk = millionthsIn(bytes, start, end);
        return this.bestAsk >= 0;
      default:
        return isText(bytes, start, end, TYPE);
    }
  }
}

/** A field's text, as it was spelled. */
export function textOf(change: PlainChange, field: ChangeField): string {
  switch (field) {
    case CHANGE_FIELDS.market:
      return change.market;
    case CHANGE_FIELDS.asset_id:
      return change.tokenId;
    case CHANGE_FIELDS.event_type:
      return TYPE_TEXT;
    case CHANGE_FIELDS.timestamp:
      return String(change.venueMs);
    case CHANGE_FIELDS.hash:
      return change.hash.toString();
    case CHANGE_FIELDS.side:
      return SIDES[change.side]!;
    case CHANGE_FIELDS.price:
      return textOfMillionths(change.price);
    case CHANGE_FIELDS.size:
      return textOfMillionths(change.size);
    case CHANGE_FIELDS.best_bid:
      return textOfMillionths(change.bestBid);
    default:
      return textOfMillionths(change.bestAsk);
  }
}

/** An event's values as such a change, if they are all spelled as usual. */
export function plainChangeOf({ type, shape, values }: StoredEvent): PlainChange | undefined {
  const { changeFields } = shape;
  if (changeFields === undefined || type !== TYPE_TEXT) return undefined;
  const change = new PlainChange();
  for (let slot = 0; slot < changeFields.length; slot++) {
    const value = values[slot];
    const field = changeFields[slot]!;
    if (typeof value !== "string") return undefined;
    if (field === CHANGE_FIELDS.market) change.market = value;
    else if (field === CHANGE_FIELDS.asset_id) change.tokenId = value;
    else {
      const end = writeAscii(SCRATCH, value);
      if (value.length !== end || !change.read(field, SCRATCH, 0, end)) return undefined;
    }
  }
  return change;
}

const FIELDS: ReadonlyMap<string, ChangeField> = new Map(Object.entries(CHANGE_FIELDS));
const OPTIONAL: ReadonlySet<ChangeField> = new Set([
  CHANGE_FIELDS.event_type,
  CHANGE_FIELDS.best_bid,
  CHANGE_FIELDS.best_ask,
]);
const NEEDED = Object.values(CHANGE_FIELDS).filter((field) => !OPTIONAL.has(field));

/** The field of each slot, if these are all that a change needs, and none comes twice. */
export function changeFieldsOf(slots: readonly Slot[]): readonly ChangeField[] | undefined {
  const fields: ChangeField[] = [];
  for (const { key, quoted } of slots) {
    const field = quoted ? FIELDS.get(key) : undefined;
    if (field === undefined || fields.includes(field)) return undefined;
    fields.push(field);
  }
  return NEEDED.every((field) => fields.includes(field)) ? fields : undefined;
}
