import type { ChunkHeader } from "../../src/format/chunk.ts";
import { scanBytes } from "../../src/format/scan-bytes.ts";
import { METADATA_NAME, SNAPSHOT_NAME } from "../../src/store/paths.ts";
import { sampleSession } from "./sample-session.ts";

/** Kinds of files, to be damaged in every way. */
export interface FileKind {
  readonly name: string;
  readonly path: string;
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

function kind(name: string, end: string, isWhole: FileKind["isWhole"]): FileKind {
  const [path, file] = OWN.find(([candidate]) => candidate.endsWith(end))!;
  return { name, path, file, foreign: FOREIGN.get(path)!, chunks: scan(file).chunks.size, isWhole };
}

const hasBoth = ({ numbers }: Scan) => numbers.length === 2;

export const FILE_KINDS: readonly FileKind[] = [
  kind("segment", "000000001.bin", ({ isSealed }) => isSealed),
  kind("snapshot", SNAPSHOT_NAME, hasBoth),
  kind("metadata", METADATA_NAME, hasBoth),
];
