import { RunningBook } from "../../src/book/running-book.ts";
import { decodeBlock } from "../../src/format/block-reader.ts";
import { CHUNK_HEADER_BYTES, decodeHeader, encodeChunk } from "../../src/format/chunk.ts";
import { seededRandom } from "../../src/ports/random.ts";
import { CAPTURES_VARIABLE } from "../captures.ts";
import {
  type ReceivedStream,
  realStream,
  simulatedStream,
  withModelTimes,
} from "./streams/received-stream.ts";
import { type BlockInput, blocksOf, filledWriter } from "./streams/stream-blocks.ts";

/** What an update costs on disk, part by part, and how long its way there and back is. */

const ROWS = [1, 10, 100, 1000, 4096];
/** The rows of a block in the tables of parts. */
const USUAL_ROWS = 1000;
const SEED = 1;
const TEXTS = 20_000;
const HOT_PER_SECOND = 50;
const SLOW_PER_SECOND = 0.5;
/** Parts that are not taken into the sum: hashes and best prices follow from the book. */
const DERIVABLE = ["hash", "best_bid", "best_ask"];
const ROUNDS = 7;
const NS_PER_US = 1000;

export async function run(): Promise<string[]> {
  const streams = [...realStreams(), ...simulatedStreams()];
  const missing = `${CAPTURES_VARIABLE} names no folder of captures: only the simulation`;
  return [
    ...(streams[0]?.title === "real" ? [] : [missing]),
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

function realStreams(): ReceivedStream[] {
  const stream = realStream(seededRandom(SEED));
  return stream === undefined ? [] : [stream];
}

/** Each with the model's receive times, and with those of the exchange's own line. */
function simulatedStreams(): ReceivedStream[] {
  const hot = simulatedStream("hot, arrival", HOT_PER_SECOND, TEXTS);
  const slow = simulatedStream("slow, arrival", SLOW_PER_SECOND, TEXTS);
  const random = seededRandom(SEED);
  return [
    { ...withModelTimes(hot, random), title: "hot" },
    { ...withModelTimes(slow, random), title: "slow" },
    hot,
    slow,
  ];
}

interface Sizes {
  readonly parts: ReadonlyMap<string, number>;
  readonly sum: number;
  readonly withDerivable: number;
}

/** Bytes an update, over all blocks. */
function sizesOf(stream: ReceivedStream, rowsPerBlock: number): Sizes {
  const blocks = blocksOf(stream, rowsPerBlock);
  const parts = new Map<string, number>();
  const add = (name: string, bytes: number) => {
    const share = bytes / (blocks.length * rowsPerBlock);
    parts.set(name, (parts.get(name) ?? 0) + share);
  };
  for (const input of blocks) {
    const finished = filledWriter(stream, input).finish();
    const chunk = encodeChunk(1, 1, finished.content, finished.packed);
    let rest = chunk.length - CHUNK_HEADER_BYTES;
    add("chunk header", CHUNK_HEADER_BYTES);
    for (const { name, bytes } of finished.parts) {
      add(name, bytes);
      rest -= bytes;
    }
    add("lengths, padding", rest);
  }
  const withDerivable = [...parts.values()].reduce((sum, bytes) => sum + bytes, 0);
  const derivable = DERIVABLE.reduce((sum, name) => sum + (parts.get(name) ?? 0), 0);
  return { parts, sum: withDerivable - derivable, withDerivable };
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

function table(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  return rows.map((row) =>
    row
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[i]! + 2)))
      .join(""),
  );
}
