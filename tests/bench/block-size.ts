import { RunningBook } from "../../src/book/running-book.ts";
import { decodeBlock } from "../../src/format/block-reader.ts";
import { CHUNK_HEADER_BYTES, decodeHeader, encodeChunk } from "../../src/format/chunk.ts";
import { table } from "./report/table.ts";
import { sizesOf } from "./streams/block-sizes.ts";
import { measuredStreams } from "./streams/measured-streams.ts";
import type { ReceivedStream } from "./streams/received-stream.ts";
import { type BlockInput, blocksOf, filledWriter } from "./streams/stream-blocks.ts";

/** What an update costs on disk, part by part, and how long its way there and back is. */

const ROWS = [1, 10, 100, 1000, 4096];
/** The rows of a block in the tables of parts. */
const USUAL_ROWS = 1000;
const ROUNDS = 7;
const NS_PER_US = 1000;

export async function run(): Promise<string[]> {
  const { streams, missing } = measuredStreams();
  return [
    ...missing,
    "bytes an update, chunk header included, without hashes and best prices (with them):",
    ...sizeTable(streams),
    "",
    `bytes an update by part, ${USUAL_ROWS} a block:`,
    ...partTable(streams),
    "",
    `nanoseconds of processor an update, ${USUAL_ROWS} a block, medians of ${ROUNDS} interleaved rounds:`,
    ...streams.slice(0, 3).map(speeds),
  ];
}

function sizeTable(streams: readonly ReceivedStream[]): string[] {
  const rows = streams.map((stream) => [
    stream.title,
    ...ROWS.map((rowsPerBlock) => {
      const { sum, withDerivable } = sizesOf(stream, rowsPerBlock);
      return `${sum.toFixed(2)} (${withDerivable.toFixed(2)})`;
    }),
  ]);
  return table([["updates a block", ...ROWS.map(String)], ...rows]);
}

function partTable(streams: readonly ReceivedStream[]): string[] {
  const sizes = streams.map((stream) => sizesOf(stream, USUAL_ROWS));
  const names = [...new Set(sizes.flatMap(({ parts }) => [...parts.keys()]))];
  const rows = names.map((name) => [name, ...sizes.map(({ parts }) => parts.get(name) ?? 0)]);
  const shown = rows.filter(([, ...bytes]) => bytes.some((value) => Number(value) >= 0.005));
  return table([
    ["", ...streams.map(({ title }) => title)],
    ...shown.map(([name, ...bytes]) => [
      String(name),
      ...bytes.map((value) => Number(value).toFixed(3)),
    ]),
    ["sum without hashes, best prices", ...sizes.map(({ sum }) => sum.toFixed(2))],
  ]);
}

function speeds(stream: ReceivedStream): string {
  const blocks = blocksOf(stream, USUAL_ROWS);
  const chunks = blocks.map((input) => {
    const { content, packed } = filledWriter(stream, input).finish();
    return encodeChunk(1, 1, content, packed);
  });
  const lines = blocks.flatMap(linesOf);
  const ways = {
    encode: () => blocks.forEach((input) => void filledWriter(stream, input).finish()),
    decode: () => {
      for (const chunk of chunks) {
        const header = decodeHeader(chunk)!;
        const end = CHUNK_HEADER_BYTES + header.storedLength;
        decodeBlock(header, chunk.subarray(CHUNK_HEADER_BYTES, end), stream);
      }
    },
    parse: () => lines.forEach((line) => void JSON.parse(line)),
  };
  const times = Object.keys(ways).map(() => [] as number[]);
  for (let round = 0; round < ROUNDS; round++) {
    Object.values(ways).forEach((way, i) => {
      const before = process.cpuUsage();
      way();
      const { user, system } = process.cpuUsage(before);
      times[i]!.push(((user + system) * NS_PER_US) / lines.length);
    });
  }
  const [encode, decode, parse] = times.map(median) as [number, number, number];
  const beside = (ns: number) => `${ns.toFixed(0)} (${(parse / ns).toFixed(1)} x JSON.parse)`;
  return (
    `${stream.title}: encode ${beside(encode)}, decode to rows ${beside(decode)}, ` +
    `JSON.parse of a line ${parse.toFixed(0)}`
  );
}

/** The same rows as JSON Lines. */
function linesOf({ keyframe, rows }: BlockInput): string[] {
  const book = new RunningBook(keyframe);
  return rows.map((row) => {
    const { shape, values } = book.restore(row);
    const fields = shape.slots.map(({ key }, i) => [key, values[i]]);
    return JSON.stringify({ received_us: row.receivedUs, ...Object.fromEntries(fields) });
  });
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
