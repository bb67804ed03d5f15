import { verdictOf } from "./columns/row-columns.ts";
import type { JudgedReader } from "./judged-log.ts";
import type { MarketEvent, UpdateType, Verdict } from "./market-event.ts";
import type { LoggedChange, LoggedValue, RowForm, RowTarget } from "./row-log.ts";
import { timeOf } from "./venue-time.ts";

/** Hears of a block's rows, in order, with what was found out about them. */
export interface RowListener {
  /** Receive time in microseconds, the venue's in milliseconds, or -1. */
  update(type: UpdateType, verdict: Verdict, receivedUs: number, venueMs: number): void;
  note(note: MarketEvent, receivedUs: number): void;
}

/** Tells of logged rows whose verdicts are all there. */
export class JudgedRows implements RowTarget {
  readonly #judged: JudgedReader;
  readonly #listener: RowListener;
  /** Of the element of the last row. */
  #venueMs = -1;

  constructor(judged: JudgedReader, listener: RowListener) {
    this.#judged = judged;
    this.#listener = listener;
  }

  addPlain({ type }: RowForm, _goesOn: boolean, receivedUs: number, change: LoggedChange): void {
    this.#venueMs = change.venueMs;
    this.#update(type, receivedUs);
  }

  addOther(
    { type, shape }: RowForm,
    goesOn: boolean,
    receivedUs: number,
    values: readonly LoggedValue[],
  ): void {
    if (type === "note") {
      this.#judged.next();
      this.#listener.note({ type, shape, values: values as readonly string[] }, receivedUs);
      return;
    }
    if (!goesOn || shape.timeSlot >= shape.elementSlots) {
      const time = values[shape.timeSlot];
      this.#venueMs = typeof time === "string" ? timeOf(time) : -1;
    }
    this.#update(type, receivedUs);
  }

  #update(type: UpdateType, receivedUs: number): void {
    const verdict = verdictOf(type, this.#judged.next().verdict)!;
    this.#listener.update(type, verdict, receivedUs, this.#venueMs);
  }
}
