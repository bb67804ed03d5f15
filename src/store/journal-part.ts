import { JournalRecords } from "../format/journal-record.ts";
import type { JournalEntry } from "./journal-entry.ts";

/**
 * What a journal keeps and removes as one: usually one file; more after trouble with the disk,
 * when what a poisoned file may have lost is written again to another.
 */
export class JournalPart {
  readonly paths: string[] = [];
  bytes = 0;
}

/** Records that are written in one chunk. */
export class JournalBatch {
  readonly part: JournalPart;
  readonly records = new JournalRecords();
  /** When its first record came, by the monotonic clock. */
  readonly sinceMs: number;
  /** Updates in it, without those that were copied from elsewhere. */
  updates = 0;
  /** The sessions that these are of. */
  readonly entries: JournalEntry[] = [];

  constructor(part: JournalPart, sinceMs: number) {
    this.part = part;
    this.sinceMs = sinceMs;
  }
}
