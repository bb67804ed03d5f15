import { decodeBlock } from "../../src/format/block-reader.ts";
import { CHUNK_HEADER_BYTES, decodeHeader, encodeChunk } from "../../src/format/chunk.ts";
import { table } from "./report/table.ts";
import { sizesOf } from "./streams/block-sizes.ts";
import { measuredStreams } from "./streams/measured-streams.ts";
import type { ReceivedStream } from "./streams/received-stream.ts";
import { blocksOf, type StreamUpdate } from "./streams/stream-blocks.ts";

/** What an update costs on disk, part by part, and how long its way back is. */

const ROWS = [1, 10, 100, 1000, 4096];
/** The rows of a block in the tables of parts. */
const USUAL_ROWS = 1000;
const ROUNDS = 7;
const NS_PER_US = 1000;

export async function run(): Promise<string[]> {
  const { streams, missing } = measuredStreams();
  return [
    ...missing,
    "bytes an update, everything included (a real stream's hashes are taken for derived):",
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
    ...ROWS.map((rowsPerBlock) => sizesOf(stream, rowsPerBlock).sum.toFixed(2)),
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
    ["sum", ...sizes.map(({ sum }) => sum.toFixed(2))],
  ]);
}

function speeds(stream: ReceivedStream): string {
  const blocks = blocksOf(stream, USUAL_ROWS);
  const lines = blocks.flatMap(({ updates }) => updates.map(lineOf));
  const chunks = blocks.map(({ writer }) => {
    const { content, packed } = writer.finish();
    return encodeChunk(1, 1, content, packed);
  });
  const ways = {
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
  const [decode, parse] = times.map(median) as [number, number];
  return (
    `${stream.title}: decode to rows ${decode.toFixed(0)} (${(parse / decode).toFixed(1)} x ` +
    `JSON.parse), JSON.parse of a line ${parse.toFixed(0)}`
  );
}

/** The same update as JSON Lines. */
function lineOf({ event, arrival }: StreamUpdate): string {
  const fields = event.shape.slots.map(({ key }, i) => [key, event.values[i]]);
  return JSON.stringify({ received_us: arrival.receivedUs, ...Object.fromEntries(fields) });
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
