import { BlockReplay } from "../book/block-replay.ts";
import { DAMAGE, type Damage } from "../format/chunk-scanner.ts";
import { type Fs, systemFs } from "../ports/fs.ts";
import { throwDamage } from "./damage-error.ts";
import { readSegment, type TimeRange } from "./segment-reader.ts";
import { SessionFolder } from "./session-folder.ts";
import { Update } from "./update.ts";

export type SessionReaderOptions = Readonly<{
  /** Earliest receive time, microseconds since the epoch. Defaults to the beginning. */
  fromUs?: number;
  /** Latest receive time, included. Defaults to the end. */
  toUs?: number;
  /** Hears of every damaged place; reading goes on behind it. Defaults to an error thrown. */
  onDamage?: (path: string, damage: Damage) => void;
  fs?: Fs;
}>;

/**
 * Reads the updates of one session in order, one block in memory at a time.
 *
 * ```ts
 * for await (const update of new SessionReader(folder)) console.log(update.data);
 * ```
 */
export class SessionReader {
  readonly #folder: SessionFolder;
  readonly #fs: Fs;
  readonly #range: TimeRange | undefined;
  readonly #onDamage: (path: string, damage: Damage) => void;

  /** `session`: a session's folder, or what a `Store` lists. */
  constructor(session: string | SessionFolder, options: SessionReaderOptions = {}) {
    const { fromUs = Number.NEGATIVE_INFINITY, toUs = Number.POSITIVE_INFINITY } = options;
    this.#fs = options.fs ?? systemFs;
    this.#folder = typeof session === "string" ? new SessionFolder(this.#fs, session) : session;
    const bounded = Number.isFinite(fromUs) || Number.isFinite(toUs);
    this.#range = bounded ? { fromUs, toUs } : undefined;
    this.#onDamage = options.onDamage ?? throwDamage;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Update> {
    const metadata = await this.#folder.soundMetadata();
    const identity = await this.#folder.identity(metadata);
    const isOpen = metadata?.end_reason === null;
    const segments = await this.#folder.segments();
    for (const segment of segments) {
      for await (const part of readSegment(this.#fs, segment, identity, this.#range)) {
        if (part.kind === "damage") {
          // The writer may be in the middle of its last chunk.
          const beingWritten = isOpen && segment === segments.at(-1);
          if (beingWritten && part.damage.reason === DAMAGE.torn) continue;
          this.#onDamage(segment.path, part.damage);
        }
        if (part.kind !== "block") continue;
        const { rows, firstSequence } = part.block;
        // The block is enough: none needs another.
        const replay = new BlockReplay(part.block, identity);
        for (const [i, row] of rows.entries()) {
          if (!this.#wants(row.receivedUs)) continue;
          const event = replay.event(i);
          const { receivedUs: received_us, verdict, socket, place } = row;
          const arrival = { received_us, verdict, socket, place };
          yield new Update(identity, firstSequence + i, arrival, event);
        }
      }
    }
  }

  #wants(receivedUs: number): boolean {
    const range = this.#range;
    return range === undefined || (receivedUs >= range.fromUs && receivedUs <= range.toUs);
  }
}
