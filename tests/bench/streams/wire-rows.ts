import { fieldsOf } from "../../../src/format/market-event.ts";
import type { StreamBlock } from "./stream-blocks.ts";

/** An update as every container is given it. */
export interface WireRow {
  readonly receivedUs: number;
  readonly venueMs: number;
  readonly type: string;
  /** All other fields of the wire: texts, and the levels of a book. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/** The rows of blocks, so that nobody else holds more or fewer. */
export function wireRowsOf(blocks: readonly StreamBlock[]): WireRow[] {
  return blocks.flatMap(({ updates }) =>
    updates.map(({ event, arrival }) => {
      // What is the same in every row is said once for the file, by ours and by the others.
      const { market, asset_id, event_type, timestamp, ...fields } = fieldsOf(event);
      const venueMs = Number(timestamp);
      if (String(venueMs) !== timestamp) throw new Error(`${timestamp} is no venue time`);
      return { receivedUs: arrival.receivedUs, venueMs, type: event.type, fields };
    }),
  );
}
