import { decodeHeader } from "../src/format/chunk.ts";
import type { FileHead } from "../src/format/file-head.ts";
import { TAIL_BYTES } from "../src/format/segment-end.ts";
import { encodeSegment, type SourceMessage } from "./segment-bytes.ts";

/** A sealed segment of three blocks: small enough to be damaged in every possible way. */

export const SAMPLE_HEAD: FileHead = {
  fileKind: "segment",
  tokenId: "1001",
  market: "0xm",
  sessionId: "20300102-03-04-05",
  recorderId: "r",
  segment: 1,
  firstSequence: 1,
};

const START_US = 1_893_553_445_000_000;
const BOOK = `{"market":"0xm","asset_id":"1001","timestamp":"1","hash":"${"5e".repeat(20)}","bids":[{"price":"0.4","size":"10"}],"asks":[],"event_type":"book"}`;

function change(i: number): string {
  return `{"market":"0xm","asset_id":"1001","price":"0.${41 + i}","side":"BUY","size":"${i}","hash":"${`0${i}`.repeat(20)}","event_type":"price_change"}`;
}

function message(ms: number, text: string): SourceMessage {
  return { received_us: START_US + ms * 1000, socket: 1, text };
}

export const SAMPLE_BLOCKS: readonly (readonly SourceMessage[])[] = [
  [message(0, BOOK), message(1, change(1))],
  [message(2, change(2)), message(3, "INVALID OPERATION")],
  [message(4, change(3)), message(5, change(4)), message(6, `[${change(5)}]\n`)],
];

/** The sample with a salt; `sealed: false` leaves index and tail off. */
export function sampleSegment(salt: number, sealed = true): Uint8Array {
  return encodeSegment({ salt, head: SAMPLE_HEAD, blocks: SAMPLE_BLOCKS, sealed });
}

/** The byte ranges of a whole file's chunks, and of its tail at the end if it has one. */
export function chunkRanges(file: Uint8Array): { start: number; end: number }[] {
  const ranges: { start: number; end: number }[] = [];
  let start = 0;
  for (let header = decodeHeader(file); header; header = decodeHeader(file, start)) {
    const end = start + 64 + Math.ceil(header.storedLength / 8) * 8;
    ranges.push({ start, end });
    start = end;
  }
  if (start < file.length) ranges.push({ start, end: start + TAIL_BYTES });
  return ranges;
}
