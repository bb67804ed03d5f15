import { LEDGER_NOTE } from "../book/token-ledger.ts";
import { isApplied } from "../format/market-event.ts";
import type { RecordedBook } from "./recorded-book.ts";
import type { RunningBook } from "./running-book.ts";
import type { Update } from "./update.ts";
import { type TimeKind, timeOfUpdate } from "./update-filter.ts";

/** Takes updates in order up to a moment, and what there is to say of the book then. */
export class BookMoment {
  readonly book: RunningBook;
  readonly #us: number;
  readonly #clock: TimeKind;
  #last: Update | undefined;
  #hashed: Update | undefined;
  #interrupted: string | null = null;
  #isPast = false;

  /** `us`: microseconds since the epoch, by one of both clocks. */
  constructor(book: RunningBook, us: number, clock: TimeKind) {
    this.book = book;
    this.#us = us;
    this.#clock = clock;
  }

  /** Whether an update of after the moment was met. */
  get isPast(): boolean {
    return this.#isPast;
  }

  /** The last update that is not of after it. */
  get last(): Update | undefined {
    return this.#last;
  }

  /** The update with the venue's hash of this very book: a group's is of the book at its end. */
  get hashed(): Update | undefined {
    return this.#hashed;
  }

  get interrupted(): RecordedBook["interrupted"] {
    return this.#interrupted;
  }

  /** `false` for an update of after the moment: the venue's stamps of others than changes may lag. */
  take(update: Update): boolean {
    const changes = isChange(update);
    if (changes || this.#clock === "received") {
      this.#isPast = timeOfUpdate(update, this.#clock) > this.#us;
    }
    if (this.#isPast) {
      if (changes && this.#hashed !== undefined && isOneGroup(this.#hashed, update)) {
        this.#hashed = undefined;
      }
      return false;
    }
    this.#last = update;
    this.book.apply(update);
    if (changes) {
      this.#hashed = update;
      this.#interrupted = null;
    } else if (update.update_type === "note") this.#hear(update);
    return true;
  }

  #hear(note: Update): void {
    const { kind, cause } = note.data;
    if (kind === LEDGER_NOTE.interrupted) this.#interrupted = String(cause);
    else if (kind === LEDGER_NOTE.gap || kind === LEDGER_NOTE.proof) this.#interrupted = null;
  }
}

/** Whether an update is part of the book. */
export function isChange({ update_type, verdict }: Update): boolean {
  return (update_type === "book" || update_type === "price_change") && isApplied(verdict);
}

function isOneGroup(a: Update, b: Update): boolean {
  return (
    b.update_type === "price_change" &&
    a.text("timestamp") === b.text("timestamp") &&
    a.text("hash") === b.text("hash")
  );
}
