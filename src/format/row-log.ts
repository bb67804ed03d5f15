import type { Arrival, Implied, StoredEvent, StoredValue } from "./block.ts";
import { impliedValue } from "./block.ts";
import { ByteReader, ByteWriter } from "./bytes.ts";
import type { LevelList } from "./level.ts";
import {
  type LoggedList,
  logDecimal,
  loggedDecimalText,
  loggedList,
  loggedText,
  logList,
  logText,
} from "./logged-values.ts";
import type { Place, UpdateType } from "./market-event.ts";
import type { PlainChange } from "./plain-change.ts";
import type { Shape } from "./shape.ts";
import { isDerivable, streamKind } from "./stream.ts";
import { timeOf } from "./venue-time.ts";
import { unzigzag, zigzag } from "./zigzag.ts";

/** What a row has beside its values and its time: a block's rows take few forms. */
export interface RowForm {
  readonly type: UpdateType;
  readonly shape: Shape;
  readonly socket: number;
  readonly place: Place;
}

/** Where rows of a block go when it is packed. */
export interface RowTarget {
  /** Rows that go on have the receive time and the form of the row before, and its element. */
  addPlain(form: RowForm, goesOn: boolean, receivedUs: number, change: LoggedChange): void;
  /** `values` by slots; none of those of the element of a row that goes on, nor derivable ones. */
  addOther(
    form: RowForm,
    goesOn: boolean,
    receivedUs: number,
    values: readonly LoggedValue[],
  ): void;
}

export type LoggedValue = string | LoggedList | undefined;

/** What is logged of a `PlainChange`. */
export type LoggedChange = Pick<PlainChange, "venueMs" | "side" | "price" | "size">;

/** Flags of a row; its form stands above them. */
const PLAIN = 1;
const SELL = 2;
/** Whether the size is whole in hundredths, and the price's move in thousandths. */
const COARSE_SIZE = 4;
const COARSE_PRICE = 8;
const FLAGS_END = 16;
const SIZE_UNIT = 10_000;
/** In millionths, as prices are: ten-thousandths are the finest tick of the venue. */
const FINE_UNIT = 100;
const COARSE_UNIT = 1000;
const US_PER_MS = 1000;
/** A difference of two latencies must keep to 53 bits. */
const LATENCY_END_US = 2 ** 51;

/**
 * The rows of a block as they came, one behind the other in about nine bytes each: thousands of
 * blocks wait to be full. Times and prices are logged as differences.
 */
export class RowLog {
  readonly #implied: Implied;
  readonly #bytes = new ByteWriter();
  readonly #forms: RowForm[] = [];
  /** Of the form of the last row that began an element. */
  #position = 0;
  #receivedUs = 0;
  #latencyUs = 0;
  #venueMs = 0;
  #bidPrice = 0;
  #askPrice = 0;

  constructor(implied: Implied) {
    this.#implied = implied;
  }

  get bytes(): number {
    return this.#bytes.length;
  }

  /** `change` are the event's values if they are plain and have the implied market and token. */
  add(event: StoredEvent, arrival: Arrival, goesOn: boolean, change?: PlainChange): void {
    const form = goesOn ? 0 : this.#formOf(event, arrival) + 1;
    const { shape } = event;
    const { receivedUs } = arrival;
    const from = goesOn ? shape.elementSlots : 0;
    if (change !== undefined && isUsual(receivedUs, change)) {
      this.#addPlain(form, receivedUs, change, shape.timeSlot >= from);
      return;
    }
    this.#bytes.varint(form * FLAGS_END);
    if (!goesOn) this.#bytes.zigzag(receivedUs - this.#receivedUs);
    this.#receivedUs = receivedUs;
    this.#addValues(event, from);
  }

  #addPlain(form: number, receivedUs: number, change: PlainChange, hasTime: boolean): void {
    const bytes = this.#bytes;
    const { venueMs, side, price, size } = change;
    const sizeUnits = Math.floor(size / SIZE_UNIT);
    const isCoarseSize = sizeUnits * SIZE_UNIT === size;
    const moved = price - (side === 0 ? this.#bidPrice : this.#askPrice);
    const movedUnits = Math.trunc(moved / COARSE_UNIT);
    const isCoarsePrice = movedUnits * COARSE_UNIT === moved;
    const flags =
      (side === 0 ? PLAIN : PLAIN | SELL) |
      (isCoarseSize ? COARSE_SIZE : 0) |
      (isCoarsePrice ? COARSE_PRICE : 0);
    bytes.varint(form * FLAGS_END + flags);
    if (form > 0) {
      const latency = receivedUs - venueMs * US_PER_MS;
      bytes.zigzag(latency - this.#latencyUs);
      this.#latencyUs = latency;
    }
    if (hasTime) bytes.zigzag(venueMs - this.#venueMs);
    bytes.zigzag(isCoarsePrice ? movedUnits : moved / FINE_UNIT);
    bytes.varint(isCoarseSize ? sizeUnits : size);
    this.#receivedUs = receivedUs;
    this.#venueMs = venueMs;
    if (side === 0) this.#bidPrice = price;
    else this.#askPrice = price;
  }

  #addValues({ type, shape, values }: StoredEvent, from: number): void {
    for (let slot = from; slot < shape.slots.length; slot++) {
      const { key } = shape.slots[slot]!;
      if (!isDerivable(key))
        this.#addValue(key, impliedValue(key, type, this.#implied), values[slot]!);
    }
  }

  #addValue(key: string, implied: string, value: StoredValue): void {
    const bytes = this.#bytes;
    const kind = streamKind(key);
    if (kind === "levels" || typeof value !== "string") {
      logList(bytes, value as LevelList | string);
    } else if (kind === "implied") {
      bytes.varint(value === implied ? 1 : 0);
      if (value !== implied) logText(bytes, value);
    } else if (kind === "time") {
      const ms = timeOf(value);
      bytes.varint(ms < 0 ? 0 : 1 + zigzag(ms - this.#venueMs));
      if (ms < 0) logText(bytes, value);
      else this.#venueMs = ms;
    } else if (kind === "decimal") {
      logDecimal(bytes, value);
    } else {
      logText(bytes, value);
    }
  }

  #formOf({ type, shape }: StoredEvent, { socket, place }: Arrival): number {
    const forms = this.#forms;
    if (isOf(forms[this.#position], type, shape, socket, place)) return this.#position;
    let position = 0;
    while (position < forms.length && !isOf(forms[position], type, shape, socket, place))
      position++;
    if (position === forms.length) forms.push({ type, shape, socket, place });
    this.#position = position;
    return position;
  }

  /** Gives all rows to a target, in order. */
  replay(target: RowTarget): void {
    new RowReplay(this.#bytes.view(), this.#forms, this.#implied).run(target);
  }
}

/** The same from bytes to rows. */
class RowReplay {
  readonly #bytes: ByteReader;
  readonly #length: number;
  readonly #forms: readonly RowForm[];
  readonly #implied: Implied;
  #receivedUs = 0;
  #latencyUs = 0;
  readonly #change = { venueMs: 0, side: 0, price: 0, size: 0 };
  #bidPrice = 0;
  #askPrice = 0;

  constructor(bytes: Uint8Array, forms: readonly RowForm[], implied: Implied) {
    this.#bytes = new ByteReader(bytes);
    this.#length = bytes.length;
    this.#forms = forms;
    this.#implied = implied;
  }

  run(target: RowTarget): void {
    let form = this.#forms[0]!;
    while (this.#bytes.position < this.#length) {
      const head = this.#bytes.varint();
      const position = Math.floor(head / FLAGS_END);
      const goesOn = position === 0;
      if (!goesOn) form = this.#forms[position - 1]!;
      const from = goesOn ? form.shape.elementSlots : 0;
      if ((head & PLAIN) === 0) {
        if (!goesOn) this.#receivedUs += this.#bytes.zigzag();
        const values = this.#values(form, from);
        target.addOther(form, goesOn, this.#receivedUs, values);
      } else {
        this.#readPlain(head, goesOn, form.shape.timeSlot >= from);
        target.addPlain(form, goesOn, this.#receivedUs, this.#change);
      }
    }
  }

  #readPlain(head: number, goesOn: boolean, hasTime: boolean): void {
    const bytes = this.#bytes;
    const change = this.#change;
    if (!goesOn) this.#latencyUs += bytes.zigzag();
    if (hasTime) change.venueMs += bytes.zigzag();
    if (!goesOn) this.#receivedUs = this.#latencyUs + change.venueMs * US_PER_MS;
    const moved = bytes.zigzag() * ((head & COARSE_PRICE) === 0 ? FINE_UNIT : COARSE_UNIT);
    change.size = bytes.varint() * ((head & COARSE_SIZE) === 0 ? 1 : SIZE_UNIT);
    if ((head & SELL) === 0) {
      this.#bidPrice += moved;
      change.side = 0;
      change.price = this.#bidPrice;
    } else {
      this.#askPrice += moved;
      change.side = 1;
      change.price = this.#askPrice;
    }
  }

  #values({ type, shape }: RowForm, from: number): LoggedValue[] {
    return shape.slots.map(({ key }, slot) => {
      if (slot < from || isDerivable(key)) return undefined;
      return this.#value(key, impliedValue(key, type, this.#implied));
    });
  }

  #value(key: string, implied: string): LoggedValue {
    const bytes = this.#bytes;
    switch (streamKind(key)) {
      case "levels":
        return loggedList(bytes);
      case "implied":
        return bytes.varint() === 1 ? implied : loggedText(bytes);
      case "time": {
        const since = bytes.varint();
        if (since === 0) return loggedText(bytes);
        this.#change.venueMs += unzigzag(since - 1);
        return String(this.#change.venueMs);
      }
      case "decimal":
        return loggedDecimalText(bytes);
      default:
        return loggedText(bytes);
    }
  }
}

function isOf(
  form: RowForm | undefined,
  type: UpdateType,
  shape: Shape,
  socket: number,
  place: Place,
): boolean {
  return (
    form !== undefined &&
    form.shape === shape &&
    form.type === type &&
    form.socket === socket &&
    (form.place === place || isSamePlace(form.place, place))
  );
}

function isSamePlace(a: Place, b: Place): boolean {
  return (
    a.entry === b.entry &&
    a.entries === b.entries &&
    a.element === b.element &&
    a.elements === b.elements &&
    a.newline === b.newline
  );
}

/** Whether the log has a short form for a change. */
function isUsual(receivedUs: number, { venueMs, price }: PlainChange): boolean {
  const isOnGrid = Math.floor(price / FINE_UNIT) * FINE_UNIT === price;
  return isOnGrid && Math.abs(receivedUs - venueMs * US_PER_MS) < LATENCY_END_US;
}
