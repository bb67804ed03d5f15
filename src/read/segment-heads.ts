import type { FileHead } from "../format/file-head.ts";
import type { Fs } from "../ports/fs.ts";
import { readSegment } from "./segment-reader.ts";
import type { Identity, SegmentFile } from "./session-folder.ts";

/** The heads of segments, each `undefined` where it is not whole or another's. */
export async function readHeads(
  fs: Fs,
  segments: readonly SegmentFile[],
  identity: Identity,
): Promise<(FileHead | undefined)[]> {
  const heads: (FileHead | undefined)[] = [];
  for (const segment of segments) heads.push(await headOf(fs, segment, identity));
  return heads;
}

async function headOf(
  fs: Fs,
  segment: SegmentFile,
  identity: Identity,
): Promise<FileHead | undefined> {
  for await (const part of readSegment(fs, segment, identity)) {
    return part.kind === "head" && part.head.segment === segment.number ? part.head : undefined;
  }
  return undefined;
}
