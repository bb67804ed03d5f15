import { join } from "node:path";
import type { Implied } from "../format/block.ts";
import { decodeBlock } from "../format/block-reader.ts";
import { CHUNK_KIND } from "../format/chunk.ts";
import { PolybotError } from "../format/error.ts";
import type { FileHead } from "../format/file-head.ts";
import type { SumsOfUpdates } from "../format/metadata.ts";
import { scanFile } from "../format/scan-file.ts";
import { headIn } from "../format/segment-end.ts";
import { supersededFrom } from "../format/superseded.ts";
import type { Fs } from "../ports/fs.ts";
import { segmentNumber, segmentPath, UPDATES_FOLDER } from "./paths.ts";
import { SessionSums, type SumsStart } from "./session-sums.ts";

/**
 * Sums up what a session's segments hold, as a reader would: nobody writes them meanwhile. What is
 * damaged in them is a gap.
 */
export async function sumSegments(
  fs: Fs,
  folder: string,
  implied: Implied,
  start: SumsStart,
): Promise<SumsOfUpdates> {
  const sums = new SessionSums(start);
  const names = await fs.list(join(folder, UPDATES_FOLDER));
  const numbers = names.flatMap((name) => segmentNumber(name) ?? []).sort((a, b) => a - b);
  const heads: (FileHead | undefined)[] = [];
  for (const number of numbers) heads.push(await headOf(fs, segmentPath(folder, number)));
  const ends = supersededFrom(heads);
  for (const [i, number] of numbers.entries()) {
    const file = await fs.open(segmentPath(folder, number));
    try {
      for await (const part of scanFile(file)) {
        if (part.kind !== "chunk" || part.header.kind !== CHUNK_KIND.block) continue;
        const { header, stored } = part;
        const block = orUndefined(() => decodeBlock(header, stored, implied));
        if (block !== undefined) sums.take(block, implied, ends[i]!);
      }
    } finally {
      await file.close();
    }
  }
  return sums.sums;
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
