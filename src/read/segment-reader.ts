import type { Block } from "../format/block-reader.ts";
import { decodeBlock } from "../format/block-reader.ts";
import { CHUNK_HEADER_BYTES, CHUNK_KIND, SKIPPABLE_KIND } from "../format/chunk.ts";
import type { Damage, FileEnd } from "../format/chunk-scanner.ts";
import { PolybotError } from "../format/error.ts";
import { decodeFileHead, type FileHead } from "../format/file-head.ts";
import type { ScannedPart } from "../format/scan-bytes.ts";
import { decodeIndex, type IndexEntry } from "../format/segment-end.ts";
import type { Fs, ReadFile } from "../ports/fs.ts";
import { scanPath } from "./scan-path.ts";
import { indexIn } from "./segment-index.ts";
import type { Identity, SegmentFile } from "./session-folder.ts";

/** Receive times, whole microseconds since the epoch, both ends included. */
export interface TimeRange {
  readonly fromUs: number;
  readonly toUs: number;
}

export type SegmentPart =
  | { readonly kind: "head"; readonly head: FileHead }
  | { readonly kind: "block"; readonly block: Block; readonly place: IndexEntry }
  | { readonly kind: "index"; readonly entries: readonly IndexEntry[] }
  | { readonly kind: "damage"; readonly damage: Damage }
  | { readonly kind: "end"; readonly end: FileEnd; readonly offset: number };

/**
 * The blocks of a segment with what is wrong between them. With a range, blocks outside it are
 * left out, and passed over unread where the segment has an index. `from`: a known start of a
 * chunk.
 */
export async function* readSegment(
  fs: Fs,
  { path }: SegmentFile,
  identity: Identity,
  { range, from = 0 }: { readonly range?: TimeRange; readonly from?: number } = {},
): AsyncGenerator<SegmentPart> {
  const start = (file: ReadFile) =>
    range === undefined || from > 0 ? Promise.resolve(from) : firstOffset(file, range);
  for await (const part of scanPath(fs, path, start)) {
    if (part.kind === "chunk") yield* decodePart(part, identity, range);
    else yield part;
  }
}

type ChunkPart = Extract<ScannedPart, { kind: "chunk" }>;

function* decodePart(
  { offset, header, stored }: ChunkPart,
  identity: Identity,
  range: TimeRange | undefined,
): Generator<SegmentPart> {
  const length = CHUNK_HEADER_BYTES + stored.length;
  try {
    if (header.kind === CHUNK_KIND.block) {
      if (range && (header.maxUs < range.fromUs || header.minUs > range.toUs)) return;
      yield {
        kind: "block",
        block: decodeBlock(header, stored, identity),
        place: { offset, ...header },
      };
    } else if (header.kind === CHUNK_KIND.index) {
      yield { kind: "index", entries: decodeIndex(header, stored).entries };
    } else if (header.kind === CHUNK_KIND.head && header.number === 0) {
      yield { kind: "head", head: decodeFileHead(header, stored) };
    } else if (header.kind < SKIPPABLE_KIND) {
      const reason = `a chunk of kind ${header.kind} has no place here`;
      yield { kind: "damage", damage: { offset, length, reason, header } };
    }
  } catch (error) {
    if (!(error instanceof PolybotError)) throw error;
    yield { kind: "damage", damage: { offset, length, reason: error.message, header } };
  }
}

/** Where a sealed segment's first block in the range stands; 0 where only a scan can tell. */
async function firstOffset(file: ReadFile, range: TimeRange): Promise<number> {
  const index = await indexIn(file);
  if (index === undefined) return 0;
  const isInRange = ({ minUs, maxUs }: IndexEntry) => maxUs >= range.fromUs && minUs <= range.toUs;
  return Math.min(index.entries.find(isInRange)?.offset ?? index.offset, index.offset);
}
