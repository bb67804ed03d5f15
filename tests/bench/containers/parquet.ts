import { parquetReadObjects, type SchemaElement } from "hyparquet";
import { type ColumnSource, parquetWriteBuffer } from "hyparquet-writer";
import type { WireRow } from "../streams/wire-rows.ts";
import { fromBinary, HASH_KEYS, toBinary } from "./binary-hash.ts";
import { type Container, unzstd, zstd } from "./container.ts";

/** A column's encoding, and its part of the schema without its name. */
interface ColumnKind {
  readonly encoding?: "DELTA_BINARY_PACKED" | "PLAIN" | "RLE_DICTIONARY";
  readonly element: Omit<SchemaElement, "name">;
  readonly below?: readonly SchemaElement[];
}

const TIME: ColumnKind = { encoding: "DELTA_BINARY_PACKED", element: { type: "INT64" } };
/** Smaller than integers for prices and sizes, and what the wire spelled comes back. */
const TEXT: ColumnKind = {
  encoding: "RLE_DICTIONARY",
  element: { type: "BYTE_ARRAY", converted_type: "UTF8" },
};
const LEVELS: ColumnKind = {
  element: { converted_type: "LIST", num_children: 1 },
  below: [
    { name: "list", repetition_type: "REPEATED", num_children: 1 },
    { name: "element", repetition_type: "REQUIRED", num_children: 2 },
    { name: "price", repetition_type: "REQUIRED", ...TEXT.element },
    { name: "size", repetition_type: "REQUIRED", ...TEXT.element },
  ],
};

type Cells = Readonly<Record<string, unknown>>;

/** A table with a column for each field, and nulls where a type has none. */
export function parquet(title: string, rowGroupSize: number): Container {
  return {
    title,
    write: (rows) => write(rows.map(cellsOf), rowGroupSize),
    read: async (bytes) => {
      const file = new Uint8Array(bytes).buffer;
      return (await parquetReadObjects({ file, compressors: { ZSTD: unzstd } })).map(rowOf);
    },
  };
}

function write(rows: readonly Cells[], rowGroupSize: number): Uint8Array {
  const names = [...new Set(rows.flatMap((cells) => Object.keys(cells)))];
  const columnData = names.map((name): ColumnSource => {
    const { encoding } = kindOf(name);
    // The range of the receive time is what a reader by time looks for; other ranges only cost.
    const statistics = name === "received_us";
    const data = rows.map((cells) => cells[name] ?? null);
    return { name, data, statistics, ...(encoding && { encoding }) };
  });
  const schema = names.flatMap((name): SchemaElement[] => {
    const { element, below = [] } = kindOf(name);
    const repetition_type = rows.every((cells) => name in cells) ? "REQUIRED" : "OPTIONAL";
    return [{ name, repetition_type, ...element }, ...below];
  });
  const file = parquetWriteBuffer({
    columnData,
    schema: [{ name: "root", num_children: names.length }, ...schema],
    codec: "ZSTD",
    compressors: { ZSTD: zstd },
    rowGroupSize,
  });
  return new Uint8Array(file);
}

function kindOf(name: string): ColumnKind {
  if (name === "received_us" || name === "timestamp") return TIME;
  if (name === "bids" || name === "asks") return LEVELS;
  const hash = HASH_KEYS.get(name);
  if (hash === undefined) return TEXT;
  // A dictionary of hashes is no smaller: most of them come once.
  return { encoding: "PLAIN", element: { type: "FIXED_LEN_BYTE_ARRAY", type_length: hash.bytes } };
}

function cellsOf({ receivedUs, venueMs, type, fields }: WireRow): Cells {
  const cells = Object.entries(fields).map(([name, value]) => [name, toBinary(name, value)]);
  const times = { received_us: BigInt(receivedUs), timestamp: BigInt(venueMs) };
  return { ...times, type, ...Object.fromEntries(cells) };
}

function rowOf({ received_us, timestamp, type, ...cells }: Record<string, unknown>): WireRow {
  const present = Object.entries(cells).filter(([, value]) => value !== null);
  const fields = Object.fromEntries(present.map(([name, v]) => [name, fromBinary(name, v)]));
  return {
    receivedUs: Number(received_us),
    venueMs: Number(timestamp),
    type: String(type),
    fields,
  };
}
