import type { ChunkHeader } from "../../src/format/chunk.ts";
import { scanBytes } from "../../src/format/scan-bytes.ts";
import { METADATA_NAME, SNAPSHOT_NAME } from "../../src/store/paths.ts";
import { journalBytes } from "../journal-bytes.ts";
import { sampleSession } from "./sample-session.ts";

const SEGMENT_END = "000000001.bin";

/** A kind of files, to be damaged in every way. */
export interface FileKind {
  readonly name: string;
  readonly file: Uint8Array;
  /** The same file under another salt. */
  readonly foreign: Uint8Array;
  /** How many chunks the file has. */
  readonly chunks: number;
  /** Whether a file that ends so, at the edge of a chunk, can be told from a whole one. */
  isWhole(scan: Scan): boolean;
}

/** What a scan gives, as far as checksums tell: payloads are compared, not decoded. */
export interface Scan {
  /** By number: header and payload, as one text. */
  readonly chunks: ReadonlyMap<number, string>;
  readonly numbers: readonly number[];
  readonly damaged: number;
  readonly isSealed: boolean;
}

export function scan(file: Uint8Array): Scan {
  const chunks = new Map<number, string>();
  const numbers: number[] = [];
  let damaged = 0;
  let isSealed = false;
  for (const part of scanBytes(file)) {
    if (part.kind === "damage") damaged++;
    if (part.kind === "end") isSealed = part.end === "sealed";
    if (part.kind !== "chunk") continue;
    chunks.set(part.header.number, chunkText(part.header, part.stored));
    numbers.push(part.header.number);
  }
  return { chunks, numbers, damaged, isSealed };
}

function chunkText(
  { kind, codec, records, firstSequence, rawCrc }: ChunkHeader,
  stored: Uint8Array,
) {
  return `${kind} ${codec} ${records} ${firstSequence} ${rawCrc} ${Buffer.from(stored).toString("latin1")}`;
}

const OWN = [...sampleSession(0x5a17)];
const FOREIGN = sampleSession(0xf0e1);

type Bytes = Pick<FileKind, "file" | "foreign">;

function kind(name: string, { file, foreign }: Bytes, isWhole: FileKind["isWhole"]): FileKind {
  return { name, file, foreign, chunks: scan(file).chunks.size, isWhole };
}

/** The file of a session whose name ends so, and where it lies in the sample. */
export function ofSession(end: string): Bytes & { readonly path: string } {
  const [path, file] = OWN.find(([candidate]) => candidate.endsWith(end))!;
  return { path, file, foreign: FOREIGN.get(path)! };
}

const hasChunks =
  (count: number) =>
  ({ numbers }: Scan) =>
    numbers.length === count;
const journal = { file: journalBytes(0x5a17, 8), foreign: journalBytes(0xf0e1, 8) };

export const FILE_KINDS: readonly FileKind[] = [
  kind("segment", ofSession(SEGMENT_END), ({ isSealed }) => isSealed),
  kind("snapshot", ofSession(SNAPSHOT_NAME), hasChunks(2)),
  kind("metadata", ofSession(METADATA_NAME), hasChunks(2)),
  // Nothing but its length tells a journal that was cut between two chunks.
  kind("journal", journal, hasChunks(9)),
];

/** Files of a session, by the ends of their paths. */
export const SESSION_FILES = [SEGMENT_END, SNAPSHOT_NAME, METADATA_NAME];
