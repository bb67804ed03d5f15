import { TokenBook } from "../book/token-book.ts";
import { addVerdicts, noVerdicts, type VerdictCounts } from "../book/verdict-counts.ts";
import type { Implied, Keyframe } from "../format/block.ts";
import { isUpdate, type JournalSession, readKeyframe } from "../format/journal-record.ts";
import { type MarketEvent, marketEvent } from "../format/market-event.ts";
import { repairNote } from "../format/repair-note.ts";
import { type Arrival, ownArrival } from "./arrival.ts";
import { OrderedRecords } from "./pending-records.ts";
import type { SearchBudget } from "./search-budget.ts";
import type { PackedBlock } from "./segment-writer.ts";
import type { SessionBlock } from "./session-block.ts";
import { SessionBlocks } from "./session-blocks.ts";

/** Records replayed in one go: whatever else the process does waits meanwhile. */
const RECORDS_AT_ONCE = 256;

/** What is asked of a replay; plain values, which another thread may be given. */
export interface ReplayRequest {
  /** As `PendingRecords` gives them. */
  readonly records: Uint8Array<ArrayBuffer>;
  readonly described: JournalSession;
  /** The last update that is in a segment; 0 without any. */
  readonly after: number;
  /**
   * When the recorder surely still lived, microseconds since the epoch; `undefined` if the session
   * was over before.
   */
  readonly lastUs: number | undefined;
}

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

/**
 * Makes blocks of what a dead recorder's journal holds of a session and its segments do not, as
 * the recorder would have, and ends them with a note of the crash, unless that came later. `DAMAGED`
 * for a record that cannot be read.
 */
export async function replayJournal(
  { records: pending, described, after, lastUs }: ReplayRequest,
  searches: SearchBudget,
): Promise<Replayed> {
  const { tokenId, market, firstSequence } = described;
  const implied = { tokenId, market };
  const collector = new Collector(implied, Math.max(after + 1, firstSequence), searches);
  const records = new OrderedRecords(pending);
  let updates = 0;
  let keyframe: { readonly sequence: number; readonly body: Uint8Array } | undefined;
  for (let i = 0; i < records.count; i++) {
    if (i % RECORDS_AT_ONCE === 0) await new Promise((resolve) => setImmediate(resolve));
    const record = records.at(i);
    const { sequence } = record;
    if (sequence < firstSequence) continue;
    if (!isUpdate(record)) {
      keyframe = { sequence, body: record.body };
      continue;
    }
    const update = record.update(implied);
    collector.goTo(sequence, update.receivedUs);
    if (keyframe?.sequence === sequence) collector.goOn(keyframe.body);
    collector.add(update.event, update);
    updates++;
  }
  const { lost } = collector;
  return { updates, lost, ...collector.finish(lastUs) };
}

/** Blocks of a session, with the book that they need, which does not outlive a hole. */
class Collector {
  lost = 0;
  readonly #implied: Implied;
  readonly #searches: SearchBudget;
  readonly #packed: PackedBlock[] = [];
  readonly #counts = noVerdicts();
  #book: TokenBook;
  #blocks: SessionBlocks;
  #endUs = 0;

  constructor(implied: Implied, first: number, searches: SearchBudget) {
    this.#implied = implied;
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
    const finished = ({ writer }: SessionBlock) => {
      const { content, packed } = writer.finish();
      this.#packed.push({ content, packed });
    };
    return new SessionBlocks(this.#implied, this.#book, finished, { firstSequence });
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
