import type { BookAfter } from "../book/block-replay.ts";
import { bookLevels } from "../book/event-levels.ts";
import type { Levels } from "../format/level.ts";
import { FORMAT_VERSION } from "../format/limits.ts";
import {
  fieldString,
  fieldsOf,
  fieldText,
  type MarketEvent,
  type Place,
  type UpdateType,
  type Verdict,
} from "../format/market-event.ts";
import { timeOf } from "../format/venue-time.ts";
import type { Identity } from "./session-folder.ts";

/** The fields that `data` leaves out when they say what the session says already. */
const IMPLIED_KEYS: ReadonlySet<string> = new Set(["market", "asset_id", "event_type"]);

/** One update of a session, as readers hand it out. */
export class Update {
  readonly version = FORMAT_VERSION;
  readonly session_id: string;
  readonly token_id: string;
  /** Receive time, epoch milliseconds. */
  readonly timestamp_utc: number;
  /** Receive time, epoch microseconds. */
  readonly received_us: number;
  readonly sequence_number: number;
  readonly update_type: UpdateType;
  readonly verdict: Verdict;
  /** Number of the socket in its recorder; 0 for what no socket brought. */
  readonly socket: number;
  readonly place: Place;
  /** The update's own text, as shape and values. */
  readonly event: MarketEvent;
  readonly #market: string;
  readonly #row: { bookAfter(): BookAfter } | undefined;

  /** `row`: what its block knows of the book after it. */
  constructor(
    identity: Identity,
    sequence: number,
    arrival: Pick<Update, "received_us" | "verdict" | "socket" | "place">,
    event: MarketEvent,
    row?: { bookAfter(): BookAfter },
  ) {
    this.session_id = identity.sessionId;
    this.token_id = identity.tokenId;
    this.timestamp_utc = Math.floor(arrival.received_us / 1000);
    this.received_us = arrival.received_us;
    this.sequence_number = sequence;
    this.update_type = event.type;
    this.verdict = arrival.verdict;
    this.socket = arrival.socket;
    this.place = arrival.place;
    this.event = event;
    this.#market = identity.market;
    this.#row = row;
  }

  /** Condition id of its session. */
  get market(): string {
    return this.#market;
  }

  /**
   * The book after this update, made from its block: cheap for updates in their order, up to a
   * millisecond otherwise. `undefined` while only its recorder's journal has it.
   */
  bookAfter(): BookAfter | undefined {
    return this.#row?.bookAfter();
  }

  /** The keys of its fields, as the wire ordered them. */
  get keys(): string[] {
    return this.event.shape.slots.map(({ key }) => key);
  }

  /** A field's own JSON text, without the quotes of a string; `undefined` if there is none. */
  text(key: string): string | undefined {
    return fieldText(this.event, key);
  }

  /** The text of a field that is a JSON string, and of no other. */
  string(key: string): string | undefined {
    return fieldString(this.event, key);
  }

  /** The venue's time, epoch milliseconds; `null` for what it did not stamp. */
  get venue_ms(): number | null {
    const { shape, values } = this.event;
    const ms = shape.timeSlot < 0 ? -1 : timeOf(values[shape.timeSlot]!);
    return ms < 0 ? null : ms;
  }

  /** Both sides of a `book`; `undefined` for other updates, and if a side is malformed. */
  levels(): Levels | undefined {
    return this.update_type === "book" ? bookLevels(this.event) : undefined;
  }

  /** Every field of the wire's element and entry, but those that the session implies. */
  get data(): Record<string, unknown> {
    const fields = fieldsOf(this.event);
    for (const key of IMPLIED_KEYS) {
      if (Object.hasOwn(fields, key) && fields[key] === this.#implied(key)) delete fields[key];
    }
    return fields;
  }

  /**
   * `data` as JSON with every value spelled as the wire spelled it: a number keeps digits that
   * a JavaScript number would lose. One line, whatever white space the wire had.
   */
  dataText(): string {
    const { shape, values, type } = this.event;
    if (type === "raw") return JSON.stringify(this.data);
    const fields = new Map<string, string>();
    shape.slots.forEach(({ key, quoted }, i) => {
      const value = values[i]!;
      if (IMPLIED_KEYS.has(key) && quoted && value === this.#implied(key)) return;
      // A line feed can only stand between values: inside strings JSON escapes it.
      fields.set(key, quoted ? `"${value}"` : value.replaceAll(/[\r\n]/g, " "));
    });
    return `{${[...fields].map(([key, value]) => `"${key}":${value}`).join(",")}}`;
  }

  #implied(key: string): string {
    if (key === "event_type") return this.update_type;
    return key === "market" ? this.#market : this.token_id;
  }
}
