import { CHUNK_HEADER_BYTES, CHUNK_KIND, decodeHeader } from "../format/chunk.ts";
import { PolybotError } from "../format/error.ts";
import type { FileHead } from "../format/file-head.ts";
import { scanFile } from "../format/scan-file.ts";
import { decodeIndex, decodeTail, type IndexEntry, TAIL_BYTES } from "../format/segment-end.ts";
import { errorCode, type Fs, type ReadFile } from "../ports/fs.ts";

/** What a finished segment says of its blocks. */
export interface SegmentIndex {
  readonly head: FileHead;
  readonly entries: IndexEntry[];
  /** Where it stands. */
  readonly offset: number;
}

/** The index of a segment, by its tail; `undefined` where only a scan can tell. */
export async function readIndex(fs: Fs, path: string): Promise<SegmentIndex | undefined> {
  let file: ReadFile | undefined;
  try {
    file = await fs.open(path);
    return await indexIn(file);
  } catch (error) {
    // Whoever reads the blocks tells of it.
    if (errorCode(error) === "") throw error;
    return undefined;
  } finally {
    await file?.close();
  }
}

export async function indexIn(file: ReadFile): Promise<SegmentIndex | undefined> {
  const size = await file.size();
  const salt = decodeHeader(await file.read(0, CHUNK_HEADER_BYTES))?.salt;
  if (salt === undefined || size < TAIL_BYTES) return undefined;
  const offset = decodeTail(await file.read(size - TAIL_BYTES, TAIL_BYTES), salt);
  if (offset === undefined || offset >= size) return undefined;
  for await (const part of scanFile(file, { from: offset })) {
    if (part.kind !== "chunk" || part.header.kind !== CHUNK_KIND.index) return undefined;
    try {
      return { ...decodeIndex(part.header, part.stored), offset };
    } catch (error) {
      if (!(error instanceof PolybotError)) throw error;
      return undefined;
    }
  }
  return undefined;
}
