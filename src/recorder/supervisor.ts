import { LEDGER_NOTE } from "../book/token-ledger.ts";
import type { MarketEvent } from "../format/market-event.ts";
import type { Clock, Timer } from "../ports/clock.ts";
import type { StorageWriter, WatchedBook } from "../store/storage-writer.ts";
import { BookWatch, type Findings } from "./book-watch.ts";
import { ClockWatch } from "./clock-watch.ts";
import { Overload } from "./overload.ts";

const LOOK_MS = 1_000;
const US_PER_MS = 1000;
const US_PER_SECOND = 1_000_000;

export const SET_BACK = "the clock was set back";
const SET_FORWARD = "the clock was set forward";

/** What the recorder says in a session of its own accord. */
export interface Remark {
  readonly kind: string;
  readonly cause: string;
  readonly fromUs: number;
  readonly toUs: number;
  readonly updates?: number;
}

export interface SupervisorOptions {
  readonly writer: StorageWriter;
  readonly clock: Clock;
  /** Stores a note, without a token with the channel. */
  note(remark: Remark, tokenId?: string): void;
  /** Has the venue send a token's book anew. */
  refetch(tokenId: string): void;
  /** This machine's clock was set, when it would have been `fromUs`: it says `toUs`. */
  clockStepped(fromUs: number, toUs: number): void;
  warn(text: string): void;
}

/**
 * Looks each second whether the books are still the venue's, whether there is time to prove it, and
 * whether the clock can be believed.
 */
export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #watch = new BookWatch();
  readonly #overload = new Overload();
  readonly #clockWatch: ClockWatch;
  /** Tokens whose fresh books were asked for, with when. */
  readonly #askedUs = new Map<string, number>();
  #timer: Timer | undefined;
  /** Tokens whose socket is open. */
  readonly #connected = new Set<string>();
  #lookedMs = 0;
  #lookedCpuMs = 0;
  #shedFromUs = 0;
  #suspect = 0;
  #refetches = 0;

  constructor(options: SupervisorOptions) {
    this.#options = options;
    const { clock } = options;
    this.#clockWatch = new ClockWatch(clock.nowUs(), clock.monotonicMs());
  }

  /** Spans in which a book was not the venue's. */
  get suspect(): number {
    return this.#suspect;
  }

  /** Fresh books asked for because of them. */
  get refetches(): number {
    return this.#refetches;
  }

  /** Whether hashes are made in a way that is not known. */
  get isDrifting(): boolean {
    return this.#watch.isDrifting;
  }

  start(): void {
    const { clock } = this.#options;
    this.#lookedMs = clock.monotonicMs();
    this.#lookedCpuMs = clock.cpuMs();
    this.#timer = clock.every(LOOK_MS, () => this.#look());
  }

  /** Nothing more comes: to be called before the sessions end. */
  stop(): void {
    this.#timer?.stop();
    this.disconnected([...this.#connected]);
    if (this.#overload.isOverloaded) this.#shedEnded();
  }

  /** These tokens' socket is open. */
  connected(tokenIds: readonly string[]): void {
    for (const tokenId of tokenIds) this.#connected.add(tokenId);
  }

  /** What waits on the socket that ended is judged, and what misses then is not waited for. */
  disconnected(tokenIds: readonly string[]): void {
    const ending = new Set(tokenIds.filter((tokenId) => this.#connected.delete(tokenId)));
    if (ending.size === 0) return;
    for (const tokenId of ending) this.#askedUs.delete(tokenId);
    this.#options.writer.judge(ending);
    if (this.#overload.isOverloaded) return;
    this.#tell(this.#watch.end(this.#bookUs, this.#books(), ending));
  }

  /** Nothing more of these tokens is recorded. */
  left(tokenIds: readonly string[]): void {
    this.disconnected(tokenIds);
    this.#watch.forget(tokenIds);
  }

  /** To be called with each message, before anything is done about it. */
  lookAtClock(): void {
    const { clock, note, warn, clockStepped } = this.#options;
    const toUs = clock.nowUs();
    const steppedUs = this.#clockWatch.look(toUs, clock.monotonicMs());
    if (steppedUs === 0) return;
    const fromUs = toUs - steppedUs;
    const cause = steppedUs > 0 ? SET_FORWARD : SET_BACK;
    warn(`${cause}, by ${(Math.abs(steppedUs) / US_PER_SECOND).toFixed(1)} s`);
    const step = { kind: LEDGER_NOTE.clockStep, cause, fromUs, toUs };
    note(step);
    for (const tokenId of this.#books().map((book) => book.tokenId)) note(step, tokenId);
    clockStepped(fromUs, toUs);
  }

  /** A message came whose first event this is. */
  heard(event: MarketEvent, receivedUs: number): void {
    // Books carry the time of their last change, and other types may be stamped back.
    if (event.type === "price_change") {
      const venueMs = event.change?.venueMs ?? Number(event.values[event.shape.timeSlot]);
      const receivedMs = receivedUs / US_PER_MS;
      this.#overload.heard(venueMs, receivedMs);
      const aheadMs = this.#clockWatch.heard(venueMs, receivedMs);
      if (aheadMs !== undefined) this.#warnOfClock(aheadMs);
    }
  }

  /** A book of the token came, and is with the writer. */
  booked(tokenId: string): void {
    const fromUs = this.#askedUs.get(tokenId);
    if (fromUs === undefined) return;
    this.#askedUs.delete(tokenId);
    this.#noteRefetch(tokenId, fromUs, "a fresh book came");
  }

  #look(): void {
    const { clock } = this.#options;
    const nowMs = clock.monotonicMs();
    this.lookAtClock();
    const cpuMs = clock.cpuMs();
    const change = this.#overload.look((cpuMs - this.#lookedCpuMs) / (nowMs - this.#lookedMs));
    this.#lookedMs = nowMs;
    this.#lookedCpuMs = cpuMs;
    if (change === "begun") this.#shedBegun();
    else if (change === "ended") this.#shedEnded();
    // What is shed cannot show that a book is right, and a new socket brings fresh books anyway.
    if (this.#overload.isOverloaded) return;
    const books = this.#books().filter(({ tokenId }) => this.#connected.has(tokenId));
    // What came a moment ago may have made a book right.
    for (const { tokenId, standing } of books) {
      if (standing.missedFromUs !== undefined) this.#options.writer.judgeLast(tokenId);
    }
    this.#tell(this.#watch.look(this.#bookUs, books));
  }

  #warnOfClock(aheadMs: number): void {
    const seconds = (Math.abs(aheadMs) / 1000).toFixed(1);
    const how = aheadMs < 0 ? "behind" : "ahead of";
    const or = aheadMs < 0 ? "" : ", or its messages take as long";
    this.#options.warn(`this machine's clock is ${seconds} s ${how} the venue's${or}`);
  }

  /** Now, by the clock of the books, which is never set back. */
  get #bookUs(): number {
    return this.#options.clock.monotonicMs() * US_PER_MS;
  }

  /** A time of the books as this machine's clock had it. */
  wallUs(bookUs: number): number {
    return this.#clockWatch.wallUs(bookUs);
  }

  #books(): WatchedBook[] {
    return [...this.#options.writer.watched()];
  }

  #tell({ drift, diverged, refetch }: Findings): void {
    if (drift !== undefined) this.#tellDrift(drift);
    for (const book of diverged) this.#tellDiverged(book);
    for (const tokenId of refetch) {
      const fromUs = this.#options.clock.nowUs();
      this.#askedUs.set(tokenId, fromUs);
      // One at the beginning too: whoever is killed meanwhile has no end.
      this.#noteRefetch(tokenId, fromUs, "a fresh book is asked for");
      this.#refetches++;
      this.#options.refetch(tokenId);
    }
  }

  /** What changes from the unsubscribing to the fresh book may not be sent. */
  #noteRefetch(tokenId: string, fromUs: number, cause: string): void {
    const toUs = Math.max(fromUs, this.#options.clock.nowUs());
    this.#options.note({ kind: "refetch", cause, fromUs, toUs }, tokenId);
  }

  #tellDiverged({ tokenId, standing, unproven }: WatchedBook): void {
    const { note, warn, clock } = this.#options;
    const fromUs = this.wallUs(standing.provenUs!);
    this.#suspect++;
    const toUs = clock.nowUs();
    note({ kind: "suspect", cause: "diverged", fromUs, toUs, updates: unproven }, tokenId);
    const since = new Date(fromUs / 1000).toISOString();
    warn(`the book of token ${tokenId} is not the venue's: no hash proves it since ${since}`);
  }

  #tellDrift(drift: "begun" | "ended"): void {
    const { note, warn, clock } = this.#options;
    const fromUs = this.wallUs(this.#watch.driftFromUs);
    const cause = drift === "begun" ? "hashes are missed everywhere" : "hashes are proven again";
    note({ kind: "recipe-drift", cause, fromUs, toUs: clock.nowUs() });
    if (drift === "begun") {
      warn("THE VENUE SEEMS TO MAKE ITS HASHES ANOTHER WAY: all is stored, nothing is verified");
    } else warn("the venue's hashes are proven again");
  }

  #shedBegun(): void {
    const { writer, clock, warn } = this.#options;
    writer.isShedding = true;
    this.#shedFromUs = clock.nowUs();
    this.#noteShed(this.#shedFromUs);
    const lag = (this.#overload.lagMs / 1000).toFixed(1);
    warn(`the processor is ${lag} s behind: hashes are not verified until it can follow`);
  }

  #shedEnded(): void {
    const { writer, clock, warn } = this.#options;
    writer.isShedding = false;
    this.#noteShed(clock.nowUs());
    warn("the processor follows again: hashes are verified");
  }

  /** One at the beginning too: whoever is killed meanwhile has no end. */
  #noteShed(toUs: number): void {
    const fromUs = this.#shedFromUs;
    this.#options.note({ kind: "shed", cause: "overload", fromUs, toUs });
  }
}
