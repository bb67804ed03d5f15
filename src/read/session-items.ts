import { LEDGER_NOTE } from "../book/token-ledger.ts";
import type { Update } from "./update.ts";

/** A time of a token of which it is not known what was missed in it. */
export interface RecordedGap {
  readonly kind: "gap";
  readonly token_id: string;
  /** As `coverage` names it. */
  readonly cause: string;
  /** Receive times, epoch microseconds; `null` if nothing of the token follows. */
  readonly from_us: number;
  readonly to_us: number | null;
}

/** An update, or a gap where it begins: its own notes tell of most of them only at the end. */
export type SessionItem = Update | RecordedGap;

/** Nothing comes of a token while it is interrupted; where more does, the interruption is a gap. */
const AHEAD_MAX = 64;

/** The updates of one session with its gaps between them. */
export class SessionItems {
  #head: SessionItem | undefined;
  readonly #pages: AsyncIterator<Iterable<Update>>;
  #page: Iterator<Update> | undefined;
  /** Behind the head, looked at already. */
  readonly #ahead: Update[] = [];
  /** The number that comes next, unless updates are damaged. */
  #next: number | undefined;
  #lastUs = 0;
  /** The gap is told of that a note is still to tell. */
  #isInGap = false;

  /** `pages` as a `SessionCursor` hands them out. */
  constructor(pages: AsyncIterable<Iterable<Update>>) {
    this.#pages = pages[Symbol.asyncIterator]();
  }

  /** `undefined` behind the last one, and before `advance` is called first. */
  get head(): SessionItem | undefined {
    return this.#head;
  }

  /** Receive time of the last update that was the head, epoch microseconds. */
  get lastUs(): number {
    return this.#lastUs;
  }

  /** At once where the next update is known: waiting for each would take longer than reading it. */
  advance(): Promise<void> | undefined {
    const passed = this.#head;
    if (passed !== undefined && !isGap(passed)) {
      this.#lastUs = Math.max(this.#lastUs, passed.received_us);
    }
    const next = this.#ahead[0] ?? this.#read();
    const isPlain = next !== undefined && next.update_type !== "note" && !this.#isHole(next);
    if (!isPlain) return this.#advanceBy(passed);
    this.#take();
    return undefined;
  }

  /** Lets go of the session's file. */
  async close(): Promise<void> {
    this.#head = undefined;
    await this.#pages.return?.();
  }

  async #advanceBy(passed: SessionItem | undefined): Promise<void> {
    const next = await this.#peek(0);
    const isTold = passed !== undefined && isGap(passed);
    const gap = next && !isTold ? await this.#gapAt(next) : undefined;
    if (gap === undefined) this.#take();
    else this.#head = gap;
  }

  #take(): void {
    const next = this.#ahead.shift();
    this.#head = next;
    if (next !== undefined) this.#next = lastSequence(next) + 1;
  }

  #isHole({ sequence_number }: Update): boolean {
    return this.#next !== undefined && sequence_number > this.#next;
  }

  /** The gap that begins before an update. */
  async #gapAt(update: Update): Promise<RecordedGap | undefined> {
    const { token_id, received_us: us } = update;
    if (this.#isHole(update)) {
      return { kind: "gap", token_id, cause: "damage", from_us: this.#lastUs, to_us: us };
    }
    const note = noteOf(update);
    if (note === undefined) return undefined;
    const { kind, cause, fromUs, toUs } = note;
    if (kind === LEDGER_NOTE.interrupted) {
      const endUs = await this.#interruptionEnd();
      this.#isInGap = endUs !== undefined;
      if (endUs === undefined) return undefined;
      return { kind: "gap", token_id, cause, from_us: fromUs, to_us: endUs };
    }
    const isGapNote = kind === LEDGER_NOTE.gap || kind === LEDGER_NOTE.repair;
    if (!isGapNote && kind !== LEDGER_NOTE.proof) return undefined;
    const isTold = this.#isInGap;
    this.#isInGap = false;
    if (!isGapNote || isTold) return undefined;
    return { kind: "gap", token_id, cause, from_us: fromUs, to_us: toUs };
  }

  /**
   * When the gap ends that an interruption became, `null` if it does not; `undefined` if it became
   * none.
   */
  async #interruptionEnd(): Promise<number | null | undefined> {
    for (let i = 1; i <= AHEAD_MAX; i++) {
      const update = await this.#peek(i);
      if (update === undefined) return null;
      if (update.update_type === "book") return update.received_us;
      const note = noteOf(update);
      if (note?.kind === LEDGER_NOTE.proof) return undefined;
      if (note?.kind === LEDGER_NOTE.gap) return note.toUs;
    }
    return null;
  }

  async #peek(i: number): Promise<Update | undefined> {
    while (this.#ahead.length <= i) {
      if (this.#read() !== undefined) continue;
      const { value, done } = await this.#pages.next();
      if (done) return undefined;
      this.#page = value[Symbol.iterator]();
    }
    return this.#ahead[i];
  }

  /** The next update of the page; `undefined` at its end. */
  #read(): Update | undefined {
    const read = this.#page?.next();
    if (read === undefined || read.done) return undefined;
    this.#ahead.push(read.value);
    return read.value;
  }
}

export function isGap(item: SessionItem): item is RecordedGap {
  return "kind" in item;
}

interface Note {
  readonly kind: string;
  readonly cause: string;
  readonly fromUs: number;
  readonly toUs: number;
}

function noteOf(update: Update): Note | undefined {
  if (update.update_type !== "note") return undefined;
  const { kind, cause, from_us, to_us } = update.data;
  return {
    kind: String(kind),
    cause: String(cause),
    fromUs: Number(from_us),
    toUs: Number(to_us),
  };
}

/** A note of a repair stands for all updates that were lost. */
function lastSequence(update: Update): number {
  if (update.update_type !== "note") return update.sequence_number;
  const last = update.data.last_sequence;
  return typeof last === "number" ? last : update.sequence_number;
}
