import { isProven, type UpdateType, type Verdict } from "../format/market-event.ts";
import { laidOver } from "./laid-over.ts";

/**
 * How a span of a token's time stands. `verified`: at its end a hash of the venue proved the whole
 * book, and nothing that anybody could see was lost in it. `unverified`: received without a break,
 * but no hash says so. `suspect`: a hash contradicts the book. `gap`: not received, or not stored.
 */
export type SpanState = "verified" | "unverified" | "suspect" | "gap";

/** Why a span is not verified. */
export type SpanCause =
  | "disconnect"
  | "stall"
  | "silent"
  | "overflow"
  | "disk-full"
  | "lag"
  | "no-snapshot"
  | "divergence"
  | "tick-change"
  | "recipe"
  | "clock-step"
  | "crash"
  | "not-recording"
  | "pruned"
  | "damage"
  | "unproven";

export interface Span {
  readonly state: SpanState;
  /** `""` of a verified one, else a `SpanCause`, or what a note of a later version calls it. */
  readonly cause: SpanCause | "" | (string & {});
  /** Microseconds since the epoch; the end is not in it. */
  readonly fromUs: number;
  readonly toUs: number;
}

/** What a note of the recorder says of a time, microseconds since the epoch. */
export interface NotedTime {
  readonly kind: string;
  readonly cause: string;
  readonly fromUs: number;
  readonly toUs: number;
}

interface Doubt {
  readonly state: SpanState;
  readonly cause: string;
}

/** Kinds of notes that the ledger goes by. */
export const LEDGER_NOTE = {
  /** Nothing was received, or stored, from then to then. */
  gap: "gap",
  /** Since then nothing is received; a gap or a proof follows, or the session ends so. */
  interrupted: "interrupted",
  /** The venue's hash of then is the one that is held: nothing was missed up to it. */
  proof: "proof",
  suspect: "suspect",
  repair: "repair",
  /** The recorder's clock was set, from then to then: back, if that is less. */
  clockStep: "clock-step",
} as const;

const NO_BOOK: Doubt = { state: "gap", cause: "no-snapshot" };
const PROVEN: Doubt = { state: "verified", cause: "" };
const UNPROVEN: Doubt = { state: "unverified", cause: "unproven" };
const PRUNED: Doubt = { state: "gap", cause: "pruned" };
const DIVERGED: Doubt = { state: "suspect", cause: "divergence" };
const TICK_CHANGED: Doubt = { state: "unverified", cause: "tick-change" };
const CLOCK_STEP: Doubt = { state: "unverified", cause: "clock-step" };

const MISSED: Doubt = { state: "unverified", cause: "divergence" };

/** Between the stamp of an update and when its book has it. */
const TAKEN_US = 1_000;

/** Of changes and books whose hash says nothing. */
const DOUBTS: Partial<Record<Verdict, Doubt>> = {
  unverifiable: { state: "unverified", cause: "recipe" },
  pending: UNPROVEN,
  shed: { state: "unverified", cause: "lag" },
};

/**
 * The coverage of one token: spans that follow one another without a hole, made from what its
 * sessions hold, in order. Nothing but updates and notes goes in, so a store can always be asked.
 */
export class TokenLedger {
  readonly #spans: Span[] = [];
  /** Why there is no book, while there is none. */
  #absence: Doubt | undefined;
  /** Since when. */
  #pausedUs: number;
  /** Up to here everything is in a span. */
  #settledUs: number;
  /** What came since that no hash has proven. */
  #doubt: Doubt | undefined;
  /** Nothing is received since then. */
  #interrupted: NotedTime | undefined;
  /** The tick size has changed since the last proof. */
  #hasTickChanged = false;
  /** Times between which the clock was set. */
  readonly #steps: Span[] = [];
  /** The latest time from which the clock was set back. */
  #steppedBackUs = Number.NEGATIVE_INFINITY;
  /** In time that comes twice: the last proof in it, or when it began. */
  #provenAgainUs: number | undefined;
  /** Of times that came twice, what was told of them the second time. */
  readonly #again: Span[] = [];

  /** `hasBook`: it goes on with the book of another session. */
  constructor(startUs: number, hasBook: boolean) {
    this.#settledUs = startUs;
    this.#pausedUs = startUs;
    this.#absence = hasBook ? undefined : NO_BOOK;
  }

  get spans(): readonly Span[] {
    const isSure = ({ state }: Span) => state === "verified" || state === "unverified";
    const isStep = ({ cause }: Span) => cause === CLOCK_STEP.cause;
    let spans: readonly Span[] = this.#spans;
    for (const step of this.#steps) spans = laidOver(spans, step, isSure);
    for (const span of this.#again) spans = laidOver(spans, span, isStep);
    return spans;
  }

  /** Takes away the spans that cannot grow any more. */
  takeSettled(): Span[] {
    return this.#spans.splice(0, this.#spans.length - 1);
  }

  /** Whether the next book is the first one, at the start or after a pause. */
  get wantsBook(): boolean {
    return this.#absence !== undefined;
  }

  /** Takes an update that is no note; `isHeld`: its hash is the last one from before a pause. */
  update(type: UpdateType, verdict: Verdict, receivedUs: number, isHeld = false): void {
    if (type === "tick_size_change") this.#hasTickChanged = true;
    if (type !== "book" && type !== "price_change") return;
    if (type === "book" && this.#absence !== undefined) {
      const absence = this.#absence;
      this.#absence = undefined;
      // The hash has the time of the book's last change in it: there was none meanwhile.
      if (isHeld) this.#prove(receivedUs);
      else this.#break(this.#pausedUs, receivedUs, absence);
    }
    const interrupted = this.#interrupted;
    if (interrupted !== undefined && type === "price_change" && isProven(verdict)) {
      // The book is right, but without a fresh one nobody knows what was missed on the way.
      this.#break(interrupted.fromUs, receivedUs, { state: "gap", cause: interrupted.cause });
    }
    if (isProven(verdict)) this.#prove(receivedUs);
    // A hash that says no outweighs those that say nothing.
    else if (verdict !== "missed") this.#doubt ??= DOUBTS[verdict];
    else if (this.#doubt?.state !== "suspect") this.#doubt = this.#missed;
  }

  note(note: NotedTime): void {
    const { kind, cause, fromUs, toUs } = note;
    // What another program's note does not say cannot be laid over anything.
    if (!Number.isFinite(fromUs) || !Number.isFinite(toUs)) return;
    switch (kind) {
      case LEDGER_NOTE.gap:
      case LEDGER_NOTE.repair:
        this.#break(fromUs, toUs, { state: "gap", cause });
        break;
      case LEDGER_NOTE.suspect:
        this.#suspect(fromUs, toUs);
        break;
      case LEDGER_NOTE.interrupted:
        this.#interrupted = note;
        break;
      case LEDGER_NOTE.proof:
        this.#interrupted = undefined;
        // There was nothing to miss; whether the book is right, the hash before has told.
        if (this.#doubt === undefined) this.#prove(toUs);
        break;
      case LEDGER_NOTE.clockStep:
        this.#steps.push({
          ...CLOCK_STEP,
          fromUs: Math.min(fromUs, toUs),
          toUs: Math.max(fromUs, toUs),
        });
        if (toUs < fromUs) {
          this.#steppedBackUs = Math.max(this.#steppedBackUs, fromUs);
          this.#provenAgainUs = toUs;
        }
        break;
    }
  }

  /** A session was there, and is no more. What continues it has its book. */
  pruned(fromUs: number, toUs: number): void {
    this.#break(fromUs, toUs, PRUNED);
    this.#absence = undefined;
  }

  /** Nobody recorded from then on, until another session has its first book. */
  pause(us: number, cause: SpanCause): void {
    if (this.#interrupted !== undefined) this.end(us);
    // Another one may have to bring the first book still.
    if (this.#absence !== undefined) return;
    this.#absence = { state: "gap", cause };
    this.#pausedUs = us;
  }

  /** Nothing more comes: what no hash has proven by now stays so. */
  end(us: number): void {
    const interrupted = this.#interrupted;
    if (interrupted !== undefined) {
      this.#interrupted = undefined;
      this.#break(interrupted.fromUs, us, { state: "gap", cause: interrupted.cause });
    }
    this.#settleOpen(us);
    this.#doubt = undefined;
  }

  /** How hashes are made under another tick size may not be known. */
  get #missed(): Doubt {
    return this.#hasTickChanged ? TICK_CHANGED : MISSED;
  }

  /** What came since the last proof, should none follow. */
  #settleOpen(us: number): void {
    const doubt = this.#doubt ?? UNPROVEN;
    if (this.#absence === undefined) {
      this.#settle(doubt, us);
    } else {
      this.#settle(doubt, this.#pausedUs);
      this.#settle(this.#absence, us);
    }
  }

  #prove(us: number): void {
    if (this.#absence !== undefined) return;
    this.#settle(this.#doubt ?? PROVEN, us);
    this.#doubt = undefined;
    this.#hasTickChanged = false;
    if (this.#provenAgainUs !== undefined) {
      this.#provenAgainUs = us < this.#steppedBackUs ? us : undefined;
    }
  }

  /** A book was told to be wrong since the proof of `fromUs`, as that was taken. */
  #suspect(fromUs: number, toUs: number): void {
    const told = this.#spans.findLastIndex(({ cause }) => cause === MISSED.cause);
    const span = this.#spans[told];
    if (span?.state === MISSED.state && span.fromUs >= fromUs - TAKEN_US) {
      // A hash that was judged later has proven the book before it was told.
      this.#spans[told] = { ...span, ...DIVERGED };
      return;
    }
    // The last proof is known here to the microsecond.
    const sinceUs = Math.min(fromUs, this.#settledUs, this.#provenAgainUs ?? fromUs);
    this.#break(sinceUs, toUs, DIVERGED);
    this.#doubt = DIVERGED;
  }

  /** A time that is told of afterwards. */
  #break(fromUs: number, toUs: number, as: Doubt): void {
    const interrupted = this.#interrupted;
    this.#interrupted = undefined;
    if (interrupted !== undefined && interrupted.fromUs < fromUs) {
      this.#break(interrupted.fromUs, fromUs, { state: "gap", cause: interrupted.cause });
    }
    this.#settleOpen(fromUs);
    this.#doubt = undefined;
    if (fromUs < this.#steppedBackUs) this.#again.push({ ...as, fromUs, toUs });
    this.#settle(as, toUs);
  }

  #settle({ state, cause }: Doubt, toUs: number): void {
    const fromUs = this.#settledUs;
    // Of the time before, another span tells; a clock that was set back goes through it again.
    if (toUs <= fromUs) return;
    this.#settledUs = toUs;
    const last = this.#spans.at(-1);
    if (last?.state === state && last.cause === cause) {
      this.#spans[this.#spans.length - 1] = { ...last, toUs };
    } else this.#spans.push({ state, cause, fromUs, toUs });
  }
}
