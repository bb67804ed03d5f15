import type { SessionDescription } from "./session-description.ts";
import { isGap, type SessionItem, SessionItems } from "./session-items.ts";
import type { SessionReader } from "./session-reader.ts";

const US_PER_MS = 1000;

/** A session with what its metadata says. */
export interface DescribedSession {
  readonly reader: SessionReader;
  readonly description: SessionDescription;
}

export interface TrackOptions {
  /** Receive times, both included. */
  readonly fromUs: number;
  readonly toUs: number;
  /** Begins with the block that the book at `fromUs` is made from. */
  readonly withLead: boolean;
  /** When a recorder received its last update of any token: quiet tokens were recorded up to then. */
  readonly endOf: (recorderId: string) => number;
}

/**
 * All sessions of a token as one: rolls follow one another, and where a second recorder took over
 * while the first still recorded, the first is taken up to the second's first book.
 */
export class TokenTrack {
  readonly #options: TrackOptions;
  /** Not begun yet, in time. */
  readonly #waiting: DescribedSession[];
  #session: DescribedSession | undefined;
  #items: SessionItems | undefined;
  /** Of another recorder, which has begun and has no book yet. */
  #next: { readonly session: DescribedSession; readonly items: SessionItems } | undefined;
  /** Between two sessions. */
  #gap: SessionItem | undefined;

  constructor(sessions: readonly DescribedSession[], options: TrackOptions) {
    this.#options = options;
    this.#waiting = withinTimes(inTime(sessions), options);
  }

  /** `undefined` at the end, and before `advance` is called first. */
  get head(): SessionItem | undefined {
    return this.#gap ?? this.#items?.head;
  }

  /** Who recorded the head, or what comes first. */
  get recorderId(): string {
    return (this.#session ?? this.#waiting[0])?.description.recorder_id ?? "";
  }

  /** When the session that comes next begins, microseconds; nothing of it is read before that. */
  get startUs(): number {
    const [first] = this.#waiting;
    return first === undefined ? Number.POSITIVE_INFINITY : startUs(first);
  }

  /** At once where the next update is known. */
  advance(): Promise<void> | undefined {
    const items = this.#items;
    const isBetween = this.#gap !== undefined;
    this.#gap = undefined;
    const reading = isBetween ? undefined : items?.advance();
    const head = items?.head;
    const isAlone = this.#next === undefined && head !== undefined && this.startUs > usOf(head);
    return reading === undefined && isAlone ? undefined : this.#advanceBy(reading);
  }

  /** Lets go of all files. */
  async close(): Promise<void> {
    this.#waiting.length = 0;
    await this.#items?.close();
    await this.#next?.items.close();
  }

  async #advanceBy(reading: Promise<void> | undefined): Promise<void> {
    await reading;
    while (this.#items === undefined || this.#items.head === undefined) {
      if (!(await this.#goOn())) return;
    }
    await this.#overlap();
  }

  /** Goes on with the session behind the one that is at its end; false if there is none. */
  async #goOn(): Promise<boolean> {
    const before = this.#session;
    const lastUs = this.#items?.lastUs ?? 0;
    const next = this.#next ?? (await this.#open());
    this.#next = undefined;
    if (next === undefined) {
      this.#items = undefined;
      return false;
    }
    this.#session = next.session;
    this.#items = next.items;
    if (before === undefined || next.items.head === undefined) return true;
    const { end_reason, recorder_id, session_id, token_id } = before.description;
    if (next.session.description.predecessor === session_id) return true;
    const to_us = usOf(next.items.head);
    const from_us = Math.max(lastUs, Math.min(this.#options.endOf(recorder_id), to_us));
    const cause = end_reason === "crash" ? "crash" : "not-recording";
    this.#gap = { kind: "gap", token_id, cause, from_us, to_us: Math.max(from_us, to_us) };
    return true;
  }

  /** Looks at what another recorder has of the same time. */
  async #overlap(): Promise<void> {
    const head = this.#items?.head;
    if (head === undefined) return;
    const isOther = () =>
      this.#waiting[0]?.description.recorder_id !== this.#session?.description.recorder_id;
    if (this.#next === undefined && this.startUs <= usOf(head) && isOther()) {
      this.#next = await this.#open();
    }
    while (this.#next !== undefined) {
      const { session, items } = this.#next;
      if (items.head === undefined) this.#next = undefined;
      else if (usOf(items.head) > usOf(head)) return;
      else if (isBook(items.head)) {
        await this.#items?.close();
        this.#next = undefined;
        this.#session = session;
        this.#items = items;
      } else await items.advance();
    }
  }

  async #open() {
    const session = this.#waiting.shift();
    if (session === undefined) return undefined;
    const { fromUs, toUs, withLead } = this.#options;
    const range = {
      from: Number.isFinite(fromUs) ? fromUs : undefined,
      to: Number.isFinite(toUs) ? toUs : undefined,
    };
    const isLed = withLead && startUs(session) < fromUs;
    const cursor = isLed
      ? await session.reader.cursorFromBlock(fromUs, { to: range.to })
      : session.reader.cursor(range);
    const items = new SessionItems(cursor.pages());
    await items.advance();
    return { session, items };
  }
}

/** Where the head of a track stands in time, epoch microseconds. */
export function usOf(item: SessionItem): number {
  return isGap(item) ? item.from_us : item.received_us;
}

function isBook(item: SessionItem): boolean {
  return !isGap(item) && item.update_type === "book";
}

function startUs({ description }: DescribedSession): number {
  return description.start_timestamp * US_PER_MS;
}

function endUs({ description }: DescribedSession): number {
  return (description.end_timestamp ?? Number.POSITIVE_INFINITY) * US_PER_MS;
}

/** In time, without those that lie wholly within another recorder's. */
function inTime(sessions: readonly DescribedSession[]): DescribedSession[] {
  const sorted = sessions.toSorted(
    (a, b) =>
      startUs(a) - startUs(b) || a.description.first_sequence - b.description.first_sequence,
  );
  const kept: DescribedSession[] = [];
  for (const session of sorted) {
    const last = kept.at(-1);
    const isOther = last?.description.recorder_id !== session.description.recorder_id;
    if (last !== undefined && isOther && endUs(session) <= endUs(last)) continue;
    kept.push(session);
  }
  return kept;
}

/** Those that have something of the wanted times, and what leads to it. */
function withinTimes(
  sessions: readonly DescribedSession[],
  { fromUs, toUs, withLead }: TrackOptions,
): DescribedSession[] {
  const begun = sessions.filter((session) => startUs(session) <= toUs);
  const left = begun.filter((session) => endUs(session) + US_PER_MS > fromUs);
  const last = withLead
    ? begun.findLast((session) => endUs(session) + US_PER_MS <= fromUs)
    : undefined;
  return last === undefined ? left : [last, ...left];
}
