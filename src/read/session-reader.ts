import type { Damage } from "../format/chunk-scanner.ts";
import { type Clock, systemClock } from "../ports/clock.ts";
import { type Fs, systemFs } from "../ports/fs.ts";
import { throwDamage, throwGone } from "./damage-error.ts";
import { SessionCursor } from "./session-cursor.ts";
import { SessionFolder } from "./session-folder.ts";
import type { Update } from "./update.ts";

export type SessionReaderOptions = Readonly<{
  /** Earliest receive time, microseconds since the epoch. Defaults to the beginning. */
  fromUs?: number;
  /** Latest receive time, included. Defaults to the end. */
  toUs?: number;
  /**
   * Waits for more while the session is written, and ends with it. What comes so is a prefix of
   * what the session holds in the end, but for what a power cut takes back.
   */
  follow?: boolean;
  /** Hears of every damaged place; reading goes on behind it. Defaults to an error thrown. */
  onDamage?: (path: string, damage: Damage) => void;
  /** Hears that the session was pruned before all of it was read. Defaults to an error thrown. */
  onGone?: (path: string) => void;
  fs?: Fs;
  clock?: Clock;
}>;

/** How often a session that is followed is looked at. */
const POLL_MS = 100;

/**
 * Reads the updates of one session in order, one block in memory at a time. Those that its
 * recorder has only in its journal so far come too; their verdict is `pending`.
 *
 * ```ts
 * for await (const update of new SessionReader(folder)) console.log(update.data);
 * ```
 */
export class SessionReader {
  readonly #folder: SessionFolder;
  readonly #options: SessionReaderOptions;
  readonly #fs: Fs;

  /** `session`: a session's folder, or what a `Store` lists. */
  constructor(session: string | SessionFolder, options: SessionReaderOptions = {}) {
    this.#options = options;
    this.#fs = options.fs ?? systemFs;
    this.#folder = typeof session === "string" ? new SessionFolder(this.#fs, session) : session;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Update> {
    const { follow = false, clock = systemClock } = this.#options;
    const cursor = this.cursor();
    for (;;) {
      yield* cursor.fresh();
      if (!follow || cursor.isSealed) return;
      await clock.sleep(POLL_MS);
    }
  }

  /** For who looks at several sessions in turn. */
  cursor(): SessionCursor {
    const { fromUs = Number.NEGATIVE_INFINITY, toUs = Number.POSITIVE_INFINITY } = this.#options;
    const isBounded = Number.isFinite(fromUs) || Number.isFinite(toUs);
    return new SessionCursor(this.#fs, this.#folder, {
      range: isBounded ? { fromUs, toUs } : undefined,
      onDamage: this.#options.onDamage ?? throwDamage,
      onGone: this.#options.onGone ?? throwGone,
    });
  }
}
