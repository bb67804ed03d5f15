import { RunningBook } from "../../../src/book/running-book.ts";
import { fieldsOf } from "../../../src/format/market-event.ts";
import type { BlockInput } from "./stream-blocks.ts";

/** An update as every container is given it. */
export interface WireRow {
  readonly receivedUs: number;
  readonly venueMs: number;
  readonly type: string;
  /** All other fields of the wire: texts, and the levels of a book. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/** The rows of blocks, read back out of them, so that nobody else holds more or fewer. */
export function wireRowsOf(blocks: readonly BlockInput[]): WireRow[] {
  return blocks.flatMap(({ keyframe, rows }) => {
    const book = new RunningBook(keyframe);
    return rows.map((row) => {
      // What is the same in every row is said once for the file, by ours and by the others.
      const { market, asset_id, event_type, timestamp, ...fields } = fieldsOf(book.restore(row));
      const venueMs = Number(timestamp);
      if (String(venueMs) !== timestamp) throw new Error(`${timestamp} is no venue time`);
      return { receivedUs: row.receivedUs, venueMs, type: row.type, fields };
    });
  });
}
