import { CHUNK_KIND } from "../format/chunk.ts";
import { isUpdate, RECORD, RecordReader } from "../format/journal-record.ts";
import { scanBytes } from "../format/scan-bytes.ts";
import type { Clock, Timer } from "../ports/clock.ts";
import type { Fs } from "../ports/fs.ts";
import type { Journal } from "./journal.ts";
import type { JournalEntry } from "./journal-entry.ts";
import type { JournalPart } from "./journal-part.ts";
import { inLanes } from "./lanes.ts";

const PASS_MS = 1000;
/** So many parts need not be trimmed. */
const PARTS_KEPT = 4;
/** From here on trimming takes all it can get. */
const PARTS_MAX = 8;
/** Segments made durable in a pass otherwise: each costs a sync of the file and its folders. */
const SYNCS_A_PASS = 64;
/** Segments made durable at the same time. */
const LANES = 8;
/** A block of so many updates is worth writing; of fewer, their records are copied. */
const WORTH_ROWS = 250;
/** Of those that were copied before: thousands of busy sessions would be copied without end. */
const WORTH_ROWS_AGAIN = 50;
/** Closed blocks may take so much of the room that the queue has: the stream needs the rest. */
const ROOM_SHARE = 0.5;

/**
 * Keeps a journal short: what its oldest part holds is made durable in segments, or copied to its
 * newest part, and then the part is removed.
 */
export class JournalTrim {
  readonly #journal: Journal;
  readonly #fs: Fs;
  readonly #clock: Clock;
  /** How many updates may still wait for the disk. */
  readonly #room: () => number;
  #timer: Timer | undefined;
  #pass: Promise<void> | undefined;
  #isStopped = false;

  constructor(journal: Journal, fs: Fs, clock: Clock, room: () => number) {
    this.#journal = journal;
    this.#room = room;
    this.#fs = fs;
    this.#clock = clock;
  }

  start(): void {
    this.#timer ??= this.#clock.every(PASS_MS, () => {
      this.#pass ??= this.#trim()
        // Trouble with the disk: the next pass tries again.
        .catch(() => {})
        .finally(() => {
          this.#pass = undefined;
        });
    });
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#timer?.stop();
    await this.#pass;
  }

  /** Removes the oldest part if there are too many and nothing needs it; more where it is late. */
  async #trim(): Promise<void> {
    if (this.#journal.parts.length <= PARTS_KEPT) return;
    do {
      const part = this.#journal.parts[0]!;
      await this.#relieve(part);
      if (this.#pinning(part).length > 0) return;
      await this.#journal.sync();
      await this.#journal.removeOldest();
    } while (this.#isLate && !this.#isStopped);
  }

  get #isLate(): boolean {
    return this.#journal.parts.length > PARTS_MAX;
  }

  /** Does what can be done now so that a part is not needed any more. */
  async #relieve(part: JournalPart): Promise<void> {
    const pinning = this.#pinning(part);
    const stored = pinning.filter((entry) => entry.pinOf(part) <= entry.session.storedSequence);
    // Of a session that failed, and others that cannot be synced, records are copied.
    const few = await syncAll(this.#isLate ? stored : stored.slice(0, SYNCS_A_PASS));
    let room = Math.max(1, this.#room() * ROOM_SHARE);
    for (const entry of pinning) {
      if (entry.pinOf(part) <= entry.session.storedSequence) continue;
      const { openRows } = entry.session;
      if (openRows < worthRows(entry)) few.push(entry);
      else if (room > 0) {
        // Its pin goes when the block is durable.
        entry.session.closeBlock();
        room -= openRows;
      }
    }
    await this.#copy(part, few);
    for (const entry of this.#journal.entries) {
      if (entry.namedIn === part) this.#journal.rename(entry);
    }
  }

  #pinning(part: JournalPart): JournalEntry[] {
    return [...this.#journal.entries].filter((entry) => entry.pinOf(part) > 0);
  }

  async #copy(part: JournalPart, entries: readonly JournalEntry[]): Promise<void> {
    if (entries.length === 0) return;
    const wanted = new Map(entries.map((entry) => [entry.number, entry]));
    for (const path of part.paths) {
      const bytes = await this.#fs.readFile(path);
      if (bytes === undefined) continue;
      for (const found of scanBytes(bytes)) {
        if (found.kind !== "chunk" || found.header.kind !== CHUNK_KIND.journal) continue;
        const records = new RecordReader(found.stored);
        while (records.next()) {
          const entry = wanted.get(records.session);
          const isNeeded = isUpdate(records) || records.kind === RECORD.keyframe;
          if (entry !== undefined && isNeeded && records.sequence > entry.released) {
            this.#journal.copy(entry, records);
          }
        }
      }
    }
    for (const entry of entries) entry.move(part, this.#journal.parts.at(-1)!);
  }
}

function worthRows({ copied, released }: JournalEntry): number {
  return copied > released ? WORTH_ROWS_AGAIN : WORTH_ROWS;
}

/** Gives back those that could not be synced. */
async function syncAll(entries: readonly JournalEntry[]): Promise<JournalEntry[]> {
  const failed: JournalEntry[] = [];
  await inLanes(LANES, entries, async (entry) => {
    await entry.session.sync().catch(() => failed.push(entry));
  });
  return failed;
}
