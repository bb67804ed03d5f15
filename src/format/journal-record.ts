import type { Arrival, BlockRecipe, Implied, Keyframe } from "./block.ts";
import { impliedValue, RECEIVED_US_MAX } from "./block.ts";
import { damaged } from "./damaged.ts";
import {
  ARRIVAL_ITEMS,
  type JournalUpdate,
  readChange,
  readShape,
  writeArrival,
  writeChange,
} from "./journal-change.ts";
import { knownNumberOf } from "./known-shapes.ts";
import { isLevel, type Level, type Levels } from "./level.ts";
import { SIDE_LEVELS_MAX } from "./limits.ts";
import { type MarketEvent, UPDATE_TYPES } from "./market-event.ts";
import type { Names } from "./metadata.ts";
import { PackedReader } from "./packed-reader.ts";
import {
  asArray,
  asCount,
  asFields,
  asText,
  asTextOrNull,
  decodeValue,
  encodeValue,
  exactText,
} from "./packed-value.ts";
import { PackedWriter } from "./packed-writer.ts";
import type { Shape } from "./shape.ts";

/**
 * What a journal's chunks hold: everything that is in no block yet, as it was received.
 * docs/FORMAT.md, "Journal".
 */

/** What a record is. Only ever appended to. */
export const RECORD = {
  session: 1,
  keyframe: 2,
  update: 3,
  sealed: 4,
  heartbeat: 5,
  change: 6,
} as const;

/** Length, session, sequence number in seven bytes, kind. */
export const RECORD_HEAD_BYTES = 16;
const AT = { length: 0, session: 4, sequence: 8, sequenceHigh: 12, kind: 15 } as const;

/** What a journal says of a session before anything else of it. */
export interface JournalSession extends Implied {
  /** `""` while its folder is not made. */
  readonly sessionId: string;
  /** Receive time of its first update, microseconds. */
  readonly startUs: number;
  readonly firstSequence: number;
  readonly predecessor: string | null;
  readonly names: Names;
}

/** The book before an update, with what its hashes are made of as far as it is known. */
export interface JournalKeyframe {
  readonly keyframe: Keyframe | null;
  readonly recipe: BlockRecipe | null;
}

/** That the recorder lived, and which of its sockets were connected. */
export interface Heartbeat {
  /** Microseconds since the epoch. */
  readonly atUs: number;
  readonly sockets: readonly number[];
}

/** A record as it stands in a chunk. */
export interface JournalRecord {
  readonly kind: number;
  /** The session's number in its recorder, from 1; 0 for the recorder itself. */
  readonly session: number;
  /** Of an update, or of the one behind a keyframe; 0 for others. */
  readonly sequence: number;
  /** A MessagePack value. */
  readonly body: Uint8Array;
}

/** A record of either kind of update. */
export type JournaledUpdate = Pick<JournalRecord, "kind" | "body">;

export function isUpdate({ kind }: Pick<JournalRecord, "kind">): boolean {
  return kind === RECORD.update || kind === RECORD.change;
}

/** Collects the records of one chunk. */
export class JournalRecords {
  readonly #bytes = new PackedWriter();
  #records = 0;
  #minUs = Number.MAX_SAFE_INTEGER;
  #maxUs = 0;

  get bytes(): number {
    return this.#bytes.length;
  }

  session(number: number, session: JournalSession): void {
    const { tokenId, market, sessionId, startUs, firstSequence, predecessor, names } = session;
    const fields = {
      token_id: tokenId,
      market: exactText(market),
      session_id: sessionId,
      start_us: startUs,
      first_sequence: firstSequence,
      predecessor,
      question: exactText(names.question),
      slug: exactText(names.slug),
      outcome: exactText(names.outcome),
      end_date: exactText(names.end_date),
      event: exactText(names.event),
    };
    this.#encoded(RECORD.session, number, 0, fields);
  }

  keyframe(number: number, sequence: number, { keyframe, recipe }: JournalKeyframe): void {
    const bytes = this.#bytes;
    const start = this.#begin(RECORD.keyframe, number, sequence);
    bytes.list(2);
    if (keyframe === null) bytes.nil();
    else {
      bytes.list(4);
      this.#levels(keyframe.bids);
      this.#levels(keyframe.asks);
      this.#textOrNil(keyframe.tickSize);
      this.#textOrNil(keyframe.lastTradePrice);
    }
    if (recipe === null) bytes.nil();
    else {
      bytes.list(3);
      bytes.text(recipe.name);
      bytes.text(recipe.minOrderSize);
      bytes.number(recipe.negRisk ? 1 : 0);
    }
    this.#end(start);
  }

  /** `implied`: of its session; values that it has need not be written again. */
  update(
    number: number,
    sequence: number,
    event: MarketEvent,
    arrival: Arrival,
    implied: Implied,
  ): void {
    const { change } = event;
    const isOwn = change?.tokenId === implied.tokenId && change.market === implied.market;
    const isPlain = isOwn && knownNumberOf(event.shape.text) !== undefined;
    const start = this.#begin(isPlain ? RECORD.change : RECORD.update, number, sequence);
    if (isPlain) writeChange(this.#bytes, change, event.shape, arrival);
    else this.#values(event, arrival, implied);
    this.#end(start);
    this.#received(arrival.receivedUs);
  }

  #values(event: MarketEvent, arrival: Arrival, implied: Implied): void {
    const { type, shape, values } = event;
    const bytes = this.#bytes;
    bytes.list(ARRIVAL_ITEMS + 1 + values.length);
    writeArrival(bytes, shape, arrival);
    bytes.number(UPDATE_TYPES.indexOf(type));
    for (let slot = 0; slot < values.length; slot++) {
      const value = values[slot]!;
      if (value === impliedAt(shape, slot, event, implied)) bytes.nil();
      else bytes.text(value);
    }
  }

  sealed(number: number): void {
    this.#encoded(RECORD.sealed, number, 0, null);
  }

  heartbeat({ atUs, sockets }: Heartbeat): void {
    this.#encoded(RECORD.heartbeat, 0, 0, [atUs, ...sockets]);
    this.#received(atUs);
  }

  /** One that stands in another file. */
  copy({ kind, session, sequence, body }: JournalRecord): void {
    const start = this.#begin(kind, session, sequence);
    this.#bytes.append(body);
    this.#end(start);
  }

  /** What was collected; nothing is left. */
  take(): { payload: Uint8Array<ArrayBuffer>; records: number; minUs: number; maxUs: number } {
    const { maxUs } = this;
    const taken = {
      payload: this.#bytes.take(),
      records: this.#records,
      minUs: Math.min(this.#minUs, maxUs),
      maxUs,
    };
    this.#records = 0;
    this.#minUs = Number.MAX_SAFE_INTEGER;
    this.#maxUs = 0;
    return taken;
  }

  get maxUs(): number {
    return this.#maxUs;
  }

  #encoded(kind: number, session: number, sequence: number, value: unknown): void {
    const start = this.#begin(kind, session, sequence);
    this.#bytes.append(encodeValue(value));
    this.#end(start);
  }

  /** Where the record begins. */
  #begin(kind: number, session: number, sequence: number): number {
    const start = this.#bytes.skip(RECORD_HEAD_BYTES);
    const { view } = this.#bytes;
    view.setUint32(start + AT.session, session, true);
    view.setUint32(start + AT.sequence, sequence >>> 0, true);
    view.setUint32(start + AT.sequenceHigh, Math.floor(sequence / 2 ** 32), true);
    view.setUint8(start + AT.kind, kind);
    return start;
  }

  #end(start: number): void {
    const length = this.#bytes.length - start - RECORD_HEAD_BYTES;
    this.#bytes.view.setUint32(start + AT.length, length, true);
    this.#records++;
  }

  #received(us: number): void {
    this.#minUs = Math.min(this.#minUs, us);
    this.#maxUs = Math.max(this.#maxUs, us);
  }

  #levels(levels: readonly Level[]): void {
    this.#bytes.list(2 * levels.length);
    for (const [price, size] of levels) {
      this.#bytes.text(price);
      this.#bytes.text(size);
    }
  }

  #textOrNil(text: string | null): void {
    if (text === null) this.#bytes.nil();
    else this.#bytes.text(text);
  }
}

/** Goes through the records of a chunk's payload. It is itself the one that it is at. */
export class RecordReader implements JournalRecord {
  kind = 0;
  session = 0;
  sequence = 0;
  readonly #payload: Uint8Array;
  readonly #view: DataView;
  #from = 0;
  #end = 0;

  constructor(payload: Uint8Array) {
    this.#payload = payload;
    this.#view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  }

  /** A view of the payload, made when it is asked for: most are not. */
  get body(): Uint8Array {
    return this.#payload.subarray(this.#from, this.#end);
  }

  /** The same with its head. */
  get whole(): Uint8Array {
    return this.#payload.subarray(this.place, this.#end);
  }

  /** Where it begins in the payload. */
  get place(): number {
    return this.#from - RECORD_HEAD_BYTES;
  }

  /** Goes to the one that begins there. */
  goTo(place: number): void {
    this.#end = place;
    this.next();
  }

  /** What an update says, of either kind; `implied`: of its session. */
  update(implied: Implied): JournalUpdate {
    if (this.kind !== RECORD.change) return readUpdate(this, implied);
    return readChange(new PackedReader(this.#payload, this.#from, this.#end), implied);
  }

  /** Goes to the next one, if there is one; `DAMAGED` if it is cut off. */
  next(): boolean {
    const at = this.#end;
    if (at === this.#payload.length) return false;
    this.#from = at + RECORD_HEAD_BYTES;
    if (this.#from > this.#payload.length) throw damaged("a journal's record is cut off");
    this.#end = this.#from + this.#view.getUint32(at + AT.length, true);
    if (this.#end > this.#payload.length) throw damaged("a journal's record is cut off");
    const high = this.#view.getUint32(at + AT.sequenceHigh, true) & 0xffffff;
    this.kind = this.#view.getUint8(at + AT.kind);
    this.session = this.#view.getUint32(at + AT.session, true);
    this.sequence = high * 2 ** 32 + this.#view.getUint32(at + AT.sequence, true);
    if (this.sequence > Number.MAX_SAFE_INTEGER) throw damaged("a sequence number is too high");
    return true;
  }
}

export function readSession(body: Uint8Array): JournalSession {
  const fields = asFields(decodeValue(body));
  return {
    tokenId: asText(fields.token_id),
    market: asText(fields.market),
    sessionId: asText(fields.session_id),
    startUs: asCount(fields.start_us, RECEIVED_US_MAX),
    firstSequence: asCount(fields.first_sequence),
    predecessor: asTextOrNull(fields.predecessor),
    names: {
      question: asText(fields.question),
      slug: asText(fields.slug),
      outcome: asText(fields.outcome),
      end_date: asText(fields.end_date),
      event: asText(fields.event),
    },
  };
}

export function readKeyframe(body: Uint8Array): JournalKeyframe {
  const [keyframe, recipe] = asArray(decodeValue(body));
  return {
    keyframe: keyframe === null ? null : readBook(asArray(keyframe)),
    recipe: recipe === null ? null : readRecipe(asArray(recipe)),
  };
}

function readBook([bids, asks, tickSize, lastTradePrice]: readonly unknown[]): Keyframe {
  const levels: Levels = { bids: readLevels(bids), asks: readLevels(asks) };
  return {
    ...levels,
    tickSize: asTextOrNull(tickSize),
    lastTradePrice: asTextOrNull(lastTradePrice),
  };
}

function readLevels(value: unknown): Level[] {
  const texts = asArray(value).map(asText);
  if (texts.length > 2 * SIDE_LEVELS_MAX) throw damaged("a side has too many levels");
  if (texts.length % 2 === 1) throw damaged("a level has no size");
  const levels: Level[] = [];
  for (let i = 0; i < texts.length; i += 2) levels.push([texts[i]!, texts[i + 1]!]);
  if (!levels.every(isLevel)) throw damaged("a level is none");
  return levels;
}

function readRecipe([name, minOrderSize, negRisk]: readonly unknown[]): BlockRecipe {
  return {
    name: asText(name),
    minOrderSize: asText(minOrderSize),
    negRisk: asCount(negRisk, 1) === 1,
  };
}

/** Of either kind; `implied`: of its session. */
export function readUpdate({ kind, body }: JournaledUpdate, implied: Implied): JournalUpdate {
  if (kind === RECORD.change) return readChange(new PackedReader(body), implied);
  const items = asArray(decodeValue(body));
  const event = eventIn(items, readShape(items[0]), implied);
  const [receivedUs, socket, element, elements, entry, entries, newline] = items
    .slice(1, ARRIVAL_ITEMS)
    .map((item) => asCount(item));
  return {
    event,
    receivedUs: asCount(receivedUs, RECEIVED_US_MAX - 1),
    socket: socket!,
    place: {
      element: element!,
      elements: elements!,
      entry: entry!,
      entries: entries!,
      newline: newline !== 0,
    },
  };
}

function eventIn(items: readonly unknown[], shape: Shape, implied: Implied): MarketEvent {
  const type = UPDATE_TYPES[asCount(items[ARRIVAL_ITEMS])];
  if (type === undefined) throw damaged("an update is of an unknown type");
  if (items.length !== ARRIVAL_ITEMS + 1 + shape.slots.length) {
    throw damaged("an update has more or less values than its shape");
  }
  const values: string[] = [];
  for (const [slot, { key }] of shape.slots.entries()) {
    const value = items[ARRIVAL_ITEMS + 1 + slot];
    values.push(value === null ? impliedValue(key, type, implied) : asText(value));
  }
  return { type, shape, values };
}

export function readHeartbeat(body: Uint8Array): Heartbeat {
  const [atUs, ...sockets] = asArray(decodeValue(body)).map((item) => asCount(item));
  return { atUs: asCount(atUs, RECEIVED_US_MAX), sockets };
}

const IMPLIED_KEYS = new Set(["market", "asset_id", "event_type"]);
/** Of each shape, the keys of its slots that may be implied. */
const impliedKeys = new WeakMap<Shape, readonly (string | undefined)[]>();

/** What a slot's value is unless it is written. */
function impliedAt(
  shape: Shape,
  slot: number,
  { type }: MarketEvent,
  implied: Implied,
): string | undefined {
  let keys = impliedKeys.get(shape);
  if (keys === undefined) {
    keys = shape.slots.map(({ key }) => (IMPLIED_KEYS.has(key) ? key : undefined));
    impliedKeys.set(shape, keys);
  }
  const key = keys[slot];
  return key === undefined ? undefined : impliedValue(key, type, implied);
}
