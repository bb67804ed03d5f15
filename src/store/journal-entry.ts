import type { Implied } from "../format/block.ts";
import type { JournalSession } from "../format/journal-record.ts";
import type { JournalBatch, JournalPart } from "./journal-part.ts";

/** What a journal asks of a session that keeps one of its files from being removed. */
export interface JournaledSession {
  /** What its updates imply. */
  readonly implied: Implied;
  /** As the journal names it. */
  readonly described: JournalSession;
  /** The last update whose block is in a segment, durable or not. */
  readonly storedSequence: number;
  /** Updates that wait in the open block. */
  readonly openRows: number;
  /** Lets the open block go to its segment. */
  closeBlock(): void;
  /** Makes the blocks in its segments durable, and says so to the journal. */
  sync(): Promise<void>;
}

/** A session as its journal knows it. */
export class JournalEntry {
  /** In its recorder, from 1. */
  readonly number: number;
  readonly session: JournaledSession;
  /** The part in which it was named last. */
  namedIn: JournalPart | undefined;
  /** Updates up to here are in durable blocks. */
  released = 0;
  /** Updates up to here are durable in the journal, or were before they were released. */
  durable = 0;
  /** Updates up to here were copied from an older part. */
  copied = 0;
  /** The last update that it was given, and the batch that has it. */
  last = 0;
  batch: JournalBatch | undefined;
  /** Of each part that holds others, the last one. */
  readonly #pins = new Map<JournalPart, number>();

  constructor(number: number, session: JournaledSession) {
    this.number = number;
    this.session = session;
  }

  /** The last update in the part that is in no durable block; 0 if it holds none. */
  pinOf(part: JournalPart): number {
    return this.#pins.get(part) ?? 0;
  }

  pin(part: JournalPart, sequence: number): void {
    this.#pins.set(part, Math.max(this.pinOf(part), sequence));
  }

  /** What the one part held stands in the other too. */
  move(from: JournalPart, to: JournalPart): void {
    const sequence = this.pinOf(from);
    this.#pins.delete(from);
    if (sequence > 0) this.pin(to, sequence);
    this.copied = Math.max(this.copied, sequence);
  }

  /** Updates up to `sequence` are in durable blocks. */
  release(sequence: number): void {
    this.released = Math.max(this.released, sequence);
    for (const [part, last] of this.#pins) if (last <= this.released) this.#pins.delete(part);
  }
}
