import { join } from "node:path";
import { CHUNK_KIND, type ChunkHeader } from "../format/chunk.ts";
import { PolybotError } from "../format/error.ts";
import type { FileHead } from "../format/file-head.ts";
import { scanFile } from "../format/scan-file.ts";
import { headIn } from "../format/segment-end.ts";
import type { Fs } from "../ports/fs.ts";
import { segmentNumber, segmentPath, UPDATES_FOLDER } from "./paths.ts";

/** How far the segments of a session that was not sealed go. */
export interface SessionEnd {
  /** Of the segments; one that the disk failed may be gone. */
  readonly numbers: readonly number[];
  /** The number of the last one, 0 without any. */
  readonly segments: number;
  /** Bytes of all segments. */
  readonly bytes: number;
  /** The last update that is there with all before it in its segment; 0 without any. */
  readonly sequence: number;
  /** Latest receive time in it, microseconds since the epoch; 0 without any. */
  readonly endUs: number;
  /** Bytes of the last segment up to where it is as it was written. */
  readonly soundBytes: number;
  /** Whether the last segment goes on behind that, with a chunk that was never finished, say. */
  readonly isTorn: boolean;
}

export const NO_SEGMENTS: SessionEnd = {
  numbers: [],
  segments: 0,
  bytes: 0,
  sequence: 0,
  endUs: 0,
  soundBytes: 0,
  isTorn: false,
};

/** Looks at the last segments only, and checks blocks by their checksums. */
export async function findSessionEnd(fs: Fs, folder: string): Promise<SessionEnd> {
  const numbers = (await fs.list(join(folder, UPDATES_FOLDER))).flatMap(
    (name) => segmentNumber(name) ?? [],
  );
  let bytes = 0;
  for (const number of numbers) {
    bytes += (await fs.stat(segmentPath(folder, number)))?.size ?? 0;
  }
  const segments = Math.max(0, ...numbers);
  let last: Pick<SessionEnd, "soundBytes" | "isTorn"> = { soundBytes: 0, isTorn: false };
  // From here on a later segment was to have all again, and readers take it from there.
  let supersededFrom = Number.POSITIVE_INFINITY;
  for (const number of numbers.toSorted((a, b) => b - a)) {
    const part = await soundPart(fs, segmentPath(folder, number));
    const { soundBytes, isTorn, head, endUs } = part;
    if (number === segments) last = { soundBytes, isTorn };
    const sequence = Math.min(part.sequence, supersededFrom - 1);
    if (part.sequence > 0) return { numbers, segments, bytes, sequence, endUs, ...last };
    if (head?.resumes) supersededFrom = Math.min(supersededFrom, head.firstSequence);
  }
  return { numbers, segments, bytes, sequence: 0, endUs: 0, ...last };
}

/** A segment up to where it is as it was written. */
interface SoundPart extends Pick<SessionEnd, "sequence" | "endUs" | "soundBytes" | "isTorn"> {
  readonly head: FileHead | undefined;
}

async function soundPart(fs: Fs, path: string): Promise<SoundPart> {
  const file = await fs.open(path);
  try {
    let sequence = 0;
    let endUs = 0;
    let head: FileHead | undefined;
    for await (const part of scanFile(file)) {
      if (part.kind === "end")
        return { sequence, endUs, head, soundBytes: part.offset, isTorn: false };
      if (part.kind === "damage") {
        return { sequence, endUs, head, soundBytes: part.damage.offset, isTorn: true };
      }
      head ??= soundHead(part.header, part.stored);
      const { kind, firstSequence, records, maxUs } = part.header;
      if (kind !== CHUNK_KIND.block) continue;
      // Blocks behind a hole, which a power cut may leave, are in the journal still.
      if (sequence > 0 && firstSequence !== sequence + 1) {
        return { sequence, endUs, head, soundBytes: part.offset, isTorn: true };
      }
      sequence = firstSequence + records - 1;
      endUs = Math.max(endUs, maxUs);
    }
    return { sequence, endUs, head, soundBytes: 0, isTorn: false };
  } finally {
    await file.close();
  }
}

/** As readers take it: a head that cannot be read says nothing. */
function soundHead(header: ChunkHeader, stored: Uint8Array): FileHead | undefined {
  try {
    return headIn(header, stored);
  } catch (error) {
    if (error instanceof PolybotError) return undefined;
    throw error;
  }
}
