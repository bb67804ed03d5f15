import { join } from "node:path";
import { CHUNK_KIND } from "../format/chunk.ts";
import { scanFile } from "../format/scan-file.ts";
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
  for (const number of numbers.toSorted((a, b) => b - a)) {
    const { sequence, endUs, ...end } = await soundPart(fs, segmentPath(folder, number));
    if (number === segments) last = end;
    if (sequence > 0) return { numbers, segments, bytes, sequence, endUs, ...last };
  }
  return { numbers, segments, bytes, sequence: 0, endUs: 0, ...last };
}

async function soundPart(
  fs: Fs,
  path: string,
): Promise<Pick<SessionEnd, "sequence" | "endUs" | "soundBytes" | "isTorn">> {
  const file = await fs.open(path);
  try {
    let sequence = 0;
    let endUs = 0;
    for await (const part of scanFile(file)) {
      if (part.kind === "end") return { sequence, endUs, soundBytes: part.offset, isTorn: false };
      if (part.kind === "damage") {
        return { sequence, endUs, soundBytes: part.damage.offset, isTorn: true };
      }
      const { kind, firstSequence, records, maxUs } = part.header;
      if (kind !== CHUNK_KIND.block) continue;
      // Blocks behind a hole, which a power cut may leave, are in the journal still.
      if (sequence > 0 && firstSequence !== sequence + 1) {
        return { sequence, endUs, soundBytes: part.offset, isTorn: true };
      }
      sequence = firstSequence + records - 1;
      endUs = Math.max(endUs, maxUs);
    }
    return { sequence, endUs, soundBytes: 0, isTorn: false };
  } finally {
    await file.close();
  }
}
