import type { Implied } from "../format/block.ts";
import { type BlockColumns, decodeColumns } from "../format/block-reader.ts";
import { CHUNK_KIND, type ChunkHeader } from "../format/chunk.ts";
import { PolybotError } from "../format/error.ts";
import type { FileHead } from "../format/file-head.ts";
import { scanFile } from "../format/scan-file.ts";
import { headIn } from "../format/segment-end.ts";
import { supersededFrom } from "../format/superseded.ts";
import type { Fs } from "../ports/fs.ts";
import { segmentPath } from "./paths.ts";
import type { SessionSums } from "./session-sums.ts";

/**
 * Sums up what a session's segments hold, as a reader would: nobody writes them meanwhile. What is
 * damaged in them is a gap. `numbers` ascend; from the update `until` on, other blocks have all again.
 */
export async function sumSegments(
  fs: Fs,
  folder: string,
  numbers: readonly number[],
  implied: Implied,
  sums: SessionSums,
  until = Number.POSITIVE_INFINITY,
): Promise<void> {
  const ends = await endsOf(fs, folder, numbers);
  for (const [i, number] of numbers.entries()) {
    const end = Math.min(ends[i]!, until);
    const file = await fs.open(segmentPath(folder, number));
    try {
      for await (const part of scanFile(file)) {
        if (part.kind !== "chunk" || part.header.kind !== CHUNK_KIND.block) continue;
        const { header, stored } = part;
        const block = orUndefined(() => checkedColumns(header, stored, implied));
        if (block !== undefined) sums.take(block, implied, end);
      }
    } finally {
      await file.close();
    }
  }
}

/** Checked as a whole, as by those who read its updates. */
function checkedColumns(header: ChunkHeader, stored: Uint8Array, implied: Implied): BlockColumns {
  const block = decodeColumns(header, stored, implied);
  block.columns.derived.groupEnds();
  return block;
}

/** For each segment from which update on it is not read. */
async function endsOf(fs: Fs, folder: string, numbers: readonly number[]): Promise<number[]> {
  // A single one need not be looked into.
  if (numbers.length === 1) return supersededFrom([undefined]);
  const heads: (FileHead | undefined)[] = [];
  for (const number of numbers) heads.push(await headOf(fs, segmentPath(folder, number)));
  return supersededFrom(heads);
}

async function headOf(fs: Fs, path: string): Promise<FileHead | undefined> {
  const file = await fs.open(path);
  try {
    for await (const part of scanFile(file)) {
      if (part.kind !== "chunk") continue;
      return orUndefined(() => headIn(part.header, part.stored));
    }
    return undefined;
  } finally {
    await file.close();
  }
}

function orUndefined<T>(decode: () => T): T | undefined {
  try {
    return decode();
  } catch (error) {
    if (error instanceof PolybotError) return undefined;
    throw error;
  }
}
