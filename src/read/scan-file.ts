import { ChunkScanner } from "../format/chunk-scanner.ts";
import type { ScannedPart } from "../format/scan-bytes.ts";
import type { ReadFile } from "../ports/fs.ts";

/**
 * The parts of a file from a known start of a chunk on, one chunk in memory at a time. A live
 * file is read to the size that it has when this starts.
 */
export async function* scanFile(file: ReadFile, from = 0): AsyncGenerator<ScannedPart> {
  const scanner = new ChunkScanner(await file.size(), from);
  for (;;) {
    const step = scanner.step();
    if (step.kind === "need") {
      scanner.feed(await file.read(step.offset, step.length));
    } else {
      yield step;
      if (step.kind === "end") return;
    }
  }
}
