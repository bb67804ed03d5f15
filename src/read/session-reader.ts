import type { Damage } from "../format/chunk-scanner.ts";
import { type Clock, systemClock } from "../ports/clock.ts";
import { type Fs, systemFs } from "../ports/fs.ts";
import type { Batch } from "./batch.ts";
import { batchesIn } from "./batches.ts";
import { BlockMap } from "./block-map.ts";
import { bookAt } from "./book-at.ts";
import { throwDamage, throwGone } from "./damage-error.ts";
import type { RecordedBook } from "./recorded-book.ts";
import { type CursorStart, SessionCursor } from "./session-cursor.ts";
import { describeSession, type SessionDescription } from "./session-description.ts";
import { SessionFolder } from "./session-folder.ts";
import { type Time, timeUs } from "./time.ts";
import type { Update } from "./update.ts";
import { passes, type TimeKind, timesOf, type UpdateFilter } from "./update-filter.ts";

export interface SessionReaderOptions {
  /** Hears of every damaged place; reading goes on behind it. Defaults to an error thrown. */
  readonly onDamage?: (path: string, damage: Damage) => void;
  /** Hears that the session was pruned before all of it was read. Defaults to an error thrown. */
  readonly onGone?: (path: string) => void;
  readonly fs?: Fs;
  readonly clock?: Clock;
}

/** How often a session that is followed is looked at. */
const POLL_MS = 100;

/**
 * Reads one session, while it is written too: updates that its recorder has only in its journal so
 * far come with the verdict `pending`. One block is in memory at a time.
 *
 * ```ts
 * for await (const update of new SessionReader(folder)) console.log(update.data);
 * ```
 */
export class SessionReader {
  /** The session's folder. */
  readonly path: string;
  readonly #folder: SessionFolder;
  readonly #options: Required<SessionReaderOptions>;
  #map: BlockMap | undefined;

  /** `session`: a session's folder, or what a `Store` lists. */
  constructor(session: string | SessionFolder, options: SessionReaderOptions = {}) {
    const { onDamage = throwDamage, onGone = throwGone } = options;
    const { fs = systemFs, clock = systemClock } = options;
    this.#options = { onDamage, onGone, fs, clock };
    this.#folder = typeof session === "string" ? new SessionFolder(fs, session) : session;
    this.path = this.#folder.path;
  }

  /** Its metadata, counted anew where there is none yet. */
  describe(): Promise<SessionDescription> {
    return describeSession(this.#folder, this.#options.fs);
  }

  /** All updates that are there now, in order. */
  [Symbol.asyncIterator](): AsyncGenerator<Update> {
    return this.updates();
  }

  /** The updates that are there now and pass the filter, in order. `BAD_INPUT` for a wrong time. */
  async *updates(filter: UpdateFilter = {}): AsyncGenerator<Update> {
    const isWanted = passes(filter);
    for await (const page of this.cursor(filter).pages()) {
      for (const update of page) if (isWanted(update)) yield update;
    }
  }

  /**
   * The same, waiting for more until the session ends. What comes so is a prefix of what the
   * session holds in the end, but for what a power cut takes back.
   */
  async *follow(filter: UpdateFilter = {}): AsyncGenerator<Update> {
    const isWanted = passes(filter);
    const cursor = this.cursor(filter);
    for (;;) {
      for await (const update of cursor.fresh()) if (isWanted(update)) yield update;
      if (cursor.isSealed) return;
      await this.#options.clock.sleep(POLL_MS);
    }
  }

  /**
   * Whole blocks as columns, in order: those at the ends may hold updates of before `from` and of
   * after `to`. What is only in a recorder's journal so far is in none. `BAD_INPUT` for a wrong time.
   */
  async *batches(range: Pick<UpdateFilter, "from" | "to"> = {}): AsyncGenerator<Batch> {
    const { fs, onDamage } = this.#options;
    yield* batchesIn({ fs, folder: this.#folder, map: this.#blocks, onDamage }, timesOf(range));
  }

  /**
   * The book after all updates that were received (or stamped by the venue) up to a time;
   * `undefined` if there was none yet. One block is read.
   */
  async bookAt(time: Time, clock: TimeKind = "received"): Promise<RecordedBook | undefined> {
    const { fs, onDamage } = this.#options;
    const cursor = (start: CursorStart | undefined) => this.cursor({}, start);
    const source = { fs, folder: this.#folder, map: this.#blocks, cursor, onDamage };
    return bookAt(source, timeUs(time), clock);
  }

  get #blocks(): BlockMap {
    const { fs, onDamage } = this.#options;
    this.#map ??= new BlockMap(fs, this.#folder, onDamage);
    return this.#map;
  }

  /** For who looks at several sessions in turn: blocks without a wanted time are passed over. */
  cursor(filter: UpdateFilter = {}, start?: CursorStart): SessionCursor {
    const { fs, onDamage, onGone } = this.#options;
    const isBounded = filter.from !== undefined || filter.to !== undefined;
    const range = isBounded && filter.clock !== "venue" ? timesOf(filter) : undefined;
    const options = { range, onDamage, onGone, ...(start !== undefined && { start }) };
    return new SessionCursor(fs, this.#folder, options);
  }

  /**
   * The same from the block on that the book of a time is made from: updates up to the time lead to
   * it. `BAD_INPUT` for a wrong time.
   */
  async cursorFromBlock(time: Time, filter: Pick<UpdateFilter, "to"> = {}): Promise<SessionCursor> {
    const us = timeUs(time);
    const place = (await this.#blocks.places()).findLast(({ minUs }) => minUs <= us);
    if (place === undefined) return this.cursor(filter);
    const { firstSequence: sequence, segment, offset } = place;
    return this.cursor(filter, { sequence, segment: segment.number, offset });
  }
}
