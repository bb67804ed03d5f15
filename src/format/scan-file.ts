import { ChunkScanner } from "./chunk-scanner.ts";
import type { ScannedPart } from "./scan-bytes.ts";

/** What can be read at any place, such as an open file. */
export interface ByteSource {
  /** Bytes now; it may grow. */
  size(): Promise<number>;
  /** The bytes at `[offset, offset + length)`; fewer only at the end. */
  read(offset: number, length: number): Promise<Uint8Array>;
}

/** Read at once: a header and a small payload need not cost two calls. */
const READ_BYTES = 64 * 1024;

export interface ScanOptions {
  /** A known start of a chunk; the file's start unless told. */
  readonly from?: number;
  /** The file's salt, where more is known than its first header says. */
  readonly salt?: number | undefined;
}

/**
 * The parts of a file, one chunk in memory at a time. A live file is read to the size that it has
 * when this starts.
 */
export async function* scanFile(
  file: ByteSource,
  { from = 0, salt }: ScanOptions = {},
): AsyncGenerator<ScannedPart> {
  const scanner = new ChunkScanner(await file.size(), from, salt);
  let window: Uint8Array = new Uint8Array();
  let windowAt = from;
  for (;;) {
    const step = scanner.step();
    if (step.kind === "need") {
      const { offset, length } = step;
      if (offset < windowAt || offset + length > windowAt + window.length) {
        window = await file.read(offset, Math.max(length, READ_BYTES));
        windowAt = offset;
      }
      scanner.feed(window.subarray(offset - windowAt, offset - windowAt + length));
    } else {
      yield step;
      if (step.kind === "end") return;
    }
  }
}
