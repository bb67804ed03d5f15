import { decode } from "@msgpack/msgpack";
import { CHUNK_KIND, decodeHeader } from "../../src/format/chunk.ts";
import { decodeFileHead } from "../../src/format/file-head.ts";
import { inspectWhole } from "../../src/format/inspect-whole.ts";
import {
  isUpdate,
  RECORD,
  RecordReader,
  readHeartbeat,
  readKeyframe,
  readSession,
  readUpdate,
} from "../../src/format/journal-record.ts";
import { fieldsOf } from "../../src/format/market-event.ts";
import { decodeMetadata } from "../../src/format/metadata.ts";
import { unpackWhole } from "../../src/format/payload.ts";
import { scanBytes } from "../../src/format/scan-bytes.ts";
import { decodeIndex, decodeTail, encodeTail } from "../../src/format/segment-end.ts";
import { decodeSnapshot } from "../../src/format/snapshot.ts";
import { salvage } from "../../src/store/salvage.ts";
import { HEADER_BYTES, joined } from "../hostile-bytes.ts";
import { JOURNAL_IMPLIED, journalBytes } from "../journal-bytes.ts";
import { chunkRanges } from "../sample-segment.ts";
import { encodeSegment } from "../segment-bytes.ts";
import { VECTOR_SOURCES } from "../vectors/sources.ts";
import { encodeVector } from "../vectors/vector.ts";
import { readWholeBlock } from "../whole-block.ts";
import type { Choice } from "./choice.ts";
import { harmedBlock, harmedBytes, harmedHeader, harmedJournal, harmedMap } from "./mutations.ts";

/** One kind of bytes that somebody may hand us. */
export interface FuzzTarget {
  readonly name: string;
  /** Bytes that are wrong somewhere; nearly all of their checksums are right. */
  make(choice: Choice): Uint8Array;
  /** Reads them as readers do: only a `PolybotError` may come out. */
  read(bytes: Uint8Array<ArrayBuffer>): unknown;
}

const SEGMENT_SOURCES = Object.values(VECTOR_SOURCES).flatMap((vector) =>
  vector.kind === "segment" ? [vector.source] : [],
);
const SEGMENTS = SEGMENT_SOURCES.map(encodeSegment);
const WHOLE_FILES = Object.values(VECTOR_SOURCES)
  .filter(({ kind }) => kind !== "segment")
  // A slice of a Buffer would be no copy.
  .map((vector) => Uint8Array.from(encodeVector(vector)));

/** The chunks of a kind in some files. */
function chunksOf(files: readonly Uint8Array[], kind: keyof typeof CHUNK_KIND): Uint8Array[] {
  return files.flatMap((file) =>
    chunkRanges(file)
      .map(({ start, end }) => file.slice(start, end))
      .filter((chunk) => decodeHeader(chunk)?.kind === CHUNK_KIND[kind]),
  );
}

/** A chunk's payload as its decoder gets it; no chunk at all is nothing to decode. */
function readChunk(
  chunk: Uint8Array,
  read: (header: NonNullable<ReturnType<typeof decodeHeader>>, stored: Uint8Array) => unknown,
): void {
  const header = decodeHeader(chunk);
  if (header === undefined) return;
  read(header, chunk.subarray(HEADER_BYTES, HEADER_BYTES + header.storedLength));
}

function openMap(chunk: Uint8Array): unknown {
  let value: unknown;
  readChunk(chunk, (header, stored) => {
    value = decode(unpackWhole(header, stored));
  });
  return value;
}

/** A target whose chunk holds one map. */
function mapTarget(
  name: string,
  chunks: readonly Uint8Array[],
  read: Parameters<typeof readChunk>[1],
): FuzzTarget {
  return {
    name,
    make: (choice) => {
      const chunk = choice.of(chunks);
      return choice.oneIn(6) ? harmedHeader(chunk, choice) : harmedMap(chunk, openMap, choice);
    },
    read: (bytes) => readChunk(bytes, read),
  };
}

/** The blocks of one token, or of the channel. */
function blockTarget(name: string, tokenId: string): FuzzTarget {
  const source = SEGMENT_SOURCES.filter(({ head }) => head.tokenId === tokenId);
  const chunks = chunksOf(source.map(encodeSegment), "block");
  const implied = source[0]!.head;
  return {
    name,
    make: (choice) => {
      const chunk = choice.of(chunks);
      if (choice.oneIn(8)) return harmedHeader(chunk, choice);
      const harmed = harmedBlock(chunk, choice);
      return choice.oneIn(8) ? harmedHeader(harmed, choice) : harmed;
    },
    read: (bytes) => readWholeBlock(bytes, implied),
  };
}

/** A whole file with harm to some chunks, their checksums mended, and to their order. */
export function harmedFile(file: Uint8Array, choice: Choice): Uint8Array {
  const chunks: Uint8Array[] = chunkRanges(file).map(({ start, end }) => file.slice(start, end));
  for (let i = choice.below(3); i >= 0 && chunks.length > 0; i--) {
    const at = choice.below(chunks.length);
    const chunk = chunks[at]!;
    const isChunk = decodeHeader(chunk) !== undefined;
    const changes = [
      [],
      [chunk, choice.of(chunks)],
      [isChunk ? harmedHeader(chunk, choice) : chunk],
      [harmedBytes(chunk, choice)],
    ];
    chunks.splice(at, 1, ...choice.of(changes));
  }
  return joined(...chunks);
}

async function readSegmentFile(bytes: Uint8Array): Promise<void> {
  for (const part of scanBytes(bytes)) if (part.kind === "end") break;
  await salvage({
    size: async () => bytes.length,
    read: async (offset, length) => bytes.subarray(offset, offset + length),
  });
}

const JOURNAL_CHUNKS = chunksOf([journalBytes(7, 2)], "journal");

/** Every record of a journal's chunk, each by the reader of its kind. */
function readJournal(stored: Uint8Array): void {
  const record = new RecordReader(stored);
  while (record.next()) {
    const { kind, body } = record;
    if (kind === RECORD.session) readSession(body);
    else if (kind === RECORD.keyframe) readKeyframe(body);
    else if (kind === RECORD.heartbeat) readHeartbeat(body);
    else if (isUpdate(record)) fieldsOf(readUpdate(record, JOURNAL_IMPLIED).event);
  }
}

/** Everything that reads bytes of files. */
export const FUZZ_TARGETS: readonly FuzzTarget[] = [
  blockTarget("block", "1001"),
  blockTarget("channel block", ""),
  mapTarget("head", chunksOf(SEGMENTS, "head"), decodeFileHead),
  mapTarget("index", chunksOf(SEGMENTS, "index"), decodeIndex),
  mapTarget("snapshot", chunksOf(WHOLE_FILES, "snapshot"), decodeSnapshot),
  {
    name: "journal",
    make: (choice) => harmedJournal(choice.of(JOURNAL_CHUNKS), choice),
    read: (bytes) => readChunk(bytes, (_, stored) => readJournal(stored)),
  },
  mapTarget("metadata", chunksOf(WHOLE_FILES, "metadata"), decodeMetadata),
  {
    name: "tail",
    make: (choice) => harmedBytes(encodeTail(choice.below(9), choice.below(2 ** 31)), choice),
    read: (bytes) => decodeTail(bytes, 0),
  },
  {
    name: "segment",
    make: (choice) => harmedFile(choice.of(SEGMENTS), choice),
    read: readSegmentFile,
  },
  {
    name: "whole file",
    make: (choice) => harmedFile(choice.of(WHOLE_FILES), choice),
    read: (bytes) => {
      inspectWhole(bytes, "metadata", decodeMetadata);
      inspectWhole(bytes, "snapshot", decodeSnapshot);
    },
  },
  {
    name: "raw bytes",
    make: (choice) => harmedBytes(choice.of([...SEGMENTS, ...WHOLE_FILES]), choice),
    read: readSegmentFile,
  },
];
