import type { Container } from "./containers/container.ts";
import { jsonLines } from "./containers/json-lines.ts";
import { JSON_MESSAGES, MESSAGE_PACK, mcap } from "./containers/mcap.ts";
import { parquet } from "./containers/parquet.ts";
import { table } from "./report/table.ts";
import { sizesOf } from "./streams/block-sizes.ts";
import { measuredStreams } from "./streams/measured-streams.ts";
import type { ReceivedStream } from "./streams/received-stream.ts";
import { blocksOf } from "./streams/stream-blocks.ts";
import { type WireRow, wireRowsOf } from "./streams/wire-rows.ts";

/** What an update costs on disk in other containers that hold the same, beside our blocks. */

const ROWS = [100, 1000, 4096];
/** The rows of a block that the others are compared with. */
const USUAL_ROWS = 1000;

interface Family {
  readonly name: string;
  /** Ours is to be so many times smaller than the smallest of them. */
  readonly times: number;
  readonly containers: readonly Container[];
}

const FAMILIES: readonly Family[] = [
  { name: "JSON Lines", times: 5, containers: [jsonLines] },
  {
    name: "Parquet",
    times: 4.5,
    containers: [parquet("Parquet 1k", 1000), parquet("Parquet 100k", 100_000)],
  },
  {
    name: "MCAP",
    times: 5,
    containers: [
      mcap("MCAP JSON", JSON_MESSAGES, true),
      mcap("JSON, no index", JSON_MESSAGES, false),
      mcap("MCAP msgpack", MESSAGE_PACK, true),
      mcap("msgpack, no index", MESSAGE_PACK, false),
    ],
  },
];

export async function run(): Promise<string[]> {
  const { streams, missing } = measuredStreams();
  const rows: string[][] = [];
  const books: string[] = [];
  // One after the other: together they would need the memory of all.
  for (const stream of streams) {
    const wireRows = wireRowsOf(blocksOf(stream, USUAL_ROWS));
    rows.push(await comparison(stream, wireRows));
    books.push(await bookShare(stream, wireRows));
  }
  return [
    ...missing,
    `bytes an update (x ours at ${USUAL_ROWS}), each read back and equal; all others zstd 19.`,
    "Ours also says how updates stood in messages, and starts each block with the whole book: the",
    "others hold books only where the wire had them. Yes and no compare with the smallest of a kind.",
    ...table([head(), ...rows]),
    "",
    ...books,
  ];
}

function head(): string[] {
  return [
    "",
    ...ROWS.map((rowsPerBlock) => `ours ${rowsPerBlock}`),
    ...FAMILIES.flatMap(({ containers }) => containers.map(({ title }) => title)),
    ...FAMILIES.map(({ name, times }) => `${name} >= ${times}x`),
  ];
}

async function comparison(stream: ReceivedStream, rows: readonly WireRow[]): Promise<string[]> {
  const ours = sizesOf(stream, USUAL_ROWS);
  const cells: string[] = [];
  const answers: string[] = [];
  for (const { times, containers } of FAMILIES) {
    const sizes: number[] = [];
    for (const container of containers) sizes.push(await bytesAnUpdate(container, rows));
    cells.push(...sizes.map((size) => `${size.toFixed(2)} (${(size / ours.sum).toFixed(2)}x)`));
    answers.push(Math.min(...sizes) >= times * ours.sum ? "yes" : "no");
  }
  const sums = ROWS.map((rowsPerBlock) => sizesOf(stream, rowsPerBlock).sum.toFixed(2));
  return [stream.title, ...sums, ...cells, ...answers];
}

async function bytesAnUpdate(container: Container, rows: readonly WireRow[]): Promise<number> {
  const bytes = await container.write(rows);
  if (!Bun.deepEquals(await container.read(bytes), rows)) {
    throw new Error(`${container.title} gave other rows back`);
  }
  return bytes.length / rows.length;
}

async function bookShare(stream: ReceivedStream, rows: readonly WireRow[]): Promise<string> {
  const others = rows.filter(({ type }) => type !== "book");
  if (others.length === rows.length) {
    return `${stream.title}: no book, so its hashes are taken for derived`;
  }
  const [whole, rest] = await Promise.all([jsonLines.write(rows), jsonLines.write(others)]);
  const { parts } = sizesOf(stream, USUAL_ROWS);
  const levels = (parts.get("level price") ?? 0) + (parts.get("level size") ?? 0);
  return (
    `${stream.title}: ${rows.length - others.length} books in ${rows.length} updates, ` +
    `${((whole.length - rest.length) / rows.length).toFixed(2)} bytes an update of JSON Lines; ` +
    `levels of books and keyframes of ours ${levels.toFixed(2)}`
  );
}
