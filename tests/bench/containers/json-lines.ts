import type { WireRow } from "../streams/wire-rows.ts";
import { type Container, unzstd, zstd } from "./container.ts";

/** The whole stream as one compressed file. */
export const jsonLines: Container = {
  title: "JSON Lines",
  write: (rows) => zstd(Buffer.from(rows.map((row) => `${lineOf(row)}\n`).join(""))),
  read: (bytes) => Buffer.from(unzstd(bytes)).toString().trimEnd().split("\n").map(rowOf),
};

function lineOf({ receivedUs, venueMs, type, fields }: WireRow): string {
  return JSON.stringify({ received_us: receivedUs, timestamp: venueMs, type, ...fields });
}

function rowOf(line: string): WireRow {
  const { received_us, timestamp, type, ...fields } = JSON.parse(line);
  return { receivedUs: received_us, venueMs: timestamp, type, fields };
}
