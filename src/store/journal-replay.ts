import { TokenBook } from "../book/token-book.ts";
import { addVerdicts, noVerdicts, type VerdictCounts } from "../book/verdict-counts.ts";
import type { Implied, Keyframe } from "../format/block.ts";
import { type JournalSession, readKeyframe, readUpdate } from "../format/journal-record.ts";
import { type MarketEvent, marketEvent } from "../format/market-event.ts";
import { repairNote } from "../format/repair-note.ts";
import { type Arrival, ownArrival } from "./arrival.ts";
import type { PendingRecords } from "./dead-journal.ts";
import type { SearchBudget } from "./search-budget.ts";
import type { PackedBlock } from "./segment-writer.ts";
import { type BlockLimits, SessionBlocks } from "./session-blocks.ts";

/** Updates replayed in one go: whatever else the process does waits meanwhile. */
const UPDATES_AT_ONCE = 256;

/** What a journal gives back of a session. */
export interface Replayed {
  readonly blocks: readonly PackedBlock[];
  /** Updates from the journal. */
  readonly updates: number;
  /** Updates that neither the journal nor a segment has. */
  readonly lost: number;
  /** The number of the last one. */
  readonly sequence: number;
  /** Latest receive time, microseconds since the epoch. */
  readonly endUs: number;
  readonly counts: VerdictCounts;
}

export interface ReplayOptions {
  /** The last update that is in a segment; 0 without any. */
  readonly after: number;
  /**
   * When the recorder surely still lived, microseconds since the epoch; `undefined` if the session
   * was over before.
   */
  readonly lastUs: number | undefined;
  readonly limits: BlockLimits;
  readonly searches: SearchBudget;
}

/**
 * Makes blocks of what a dead recorder's journal holds of a session and its segments do not, as
 * the recorder would have, and ends them with a note of the crash, unless that came later.
 */
export async function replayJournal(
  pending: PendingRecords,
  described: JournalSession,
  { after, lastUs, limits, searches }: ReplayOptions,
): Promise<Replayed> {
  const { tokenId, market, firstSequence } = described;
  const implied = { tokenId, market };
  const first = Math.max(after + 1, firstSequence);
  const sequences = [...pending.updates.keys()].filter((sequence) => sequence >= first);
  sequences.sort((a, b) => a - b);
  const collector = new Collector(implied, first, limits, searches);
  for (const [i, sequence] of sequences.entries()) {
    if (i % UPDATES_AT_ONCE === 0) await new Promise((resolve) => setImmediate(resolve));
    const update = readUpdate(pending.updates.get(sequence)!, implied);
    collector.goTo(sequence, update.receivedUs);
    const keyframe = pending.keyframes.get(sequence);
    if (keyframe !== undefined) collector.goOn(keyframe);
    collector.add(update.event, update);
  }
  const { lost } = collector;
  return { updates: sequences.length, lost, ...collector.finish(lastUs) };
}

/** Blocks of a session, with the book that they need, which does not outlive a hole. */
class Collector {
  lost = 0;
  readonly #implied: Implied;
  readonly #limits: BlockLimits;
  readonly #searches: SearchBudget;
  readonly #packed: PackedBlock[] = [];
  readonly #counts = noVerdicts();
  #book: TokenBook;
  #blocks: SessionBlocks;
  #endUs = 0;

  constructor(implied: Implied, first: number, limits: BlockLimits, searches: SearchBudget) {
    this.#implied = implied;
    this.#limits = limits;
    this.#searches = searches;
    this.#book = this.#newBook();
    this.#blocks = this.#newBlocks(first);
  }

  /** The next update has this number: what is missing before it is lost. */
  goTo(sequence: number, receivedUs: number): void {
    const first = this.#blocks.sequence;
    if (sequence === first) return;
    const last = sequence - 1;
    const updates = sequence - first;
    const fromUs = this.#endUs === 0 ? receivedUs : this.#endUs;
    this.add(repairNote({ first, last, updates, fromUs, toUs: receivedUs }), ownArrival(fromUs));
    this.lost += updates;
    this.#end();
    this.#book = this.#newBook();
    this.#blocks = this.#newBlocks(sequence);
  }

  /** The recorder's book before the next update, with what it skipped. */
  goOn(body: Uint8Array): void {
    const { keyframe, recipe } = readKeyframe(body);
    if (keyframe === null || isSame(keyframe, this.#book.keyframe())) return;
    this.#blocks.close();
    this.#book.end();
    this.#book.goOn(keyframe, recipe);
  }

  add(event: MarketEvent, arrival: Arrival): void {
    const { receivedUs } = arrival;
    this.#endUs = Math.max(this.#endUs, receivedUs);
    this.#blocks.append(event, arrival, this.#endUs);
    this.#book.pass(this.#endUs);
  }

  finish(lastUs: number | undefined): Omit<Replayed, "updates" | "lost"> {
    if (lastUs !== undefined) {
      const atUs = Math.max(this.#endUs, lastUs);
      this.add(crashNote(atUs), ownArrival(atUs));
    }
    this.#end();
    return {
      blocks: this.#packed,
      sequence: this.#blocks.sequence - 1,
      endUs: this.#endUs,
      counts: this.#counts,
    };
  }

  #end(): void {
    this.#book.end();
    this.#blocks.flush();
    addVerdicts(this.#counts, this.#book.counts);
  }

  #newBook(): TokenBook {
    const { maySearch } = this.#searches;
    return new TokenBook({ ...this.#implied, maySearch });
  }

  #newBlocks(firstSequence: number): SessionBlocks {
    const limits = this.#limits;
    const options = { limits, firstSequence };
    return new SessionBlocks(
      this.#implied,
      this.#book,
      ({ writer }) => {
        this.#packed.push(writer.finish());
      },
      options,
    );
  }
}

const CRASH = "crash";

/** What came after `atUs` is lost: at most 50 ms of messages if the process was killed. */
function crashNote(atUs: number): MarketEvent {
  const cause = "the recorder died";
  return marketEvent("note", { kind: CRASH, cause, from_us: atUs, to_us: atUs, updates: 0 });
}

function isSame(a: Keyframe, b: Keyframe | null): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
