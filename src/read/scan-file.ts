import { ChunkScanner } from "../format/chunk-scanner.ts";
import type { ScannedPart } from "../format/scan-bytes.ts";
import { errorCode, type Fs, type ReadFile } from "../ports/fs.ts";

/** Read at once: a header and a small payload need not cost two calls. */
const READ_BYTES = 64 * 1024;

/**
 * The parts of a file from a known start of a chunk on, one chunk in memory at a time. A live
 * file is read to the size that it has when this starts.
 */
export async function* scanFile(file: ReadFile, from = 0): AsyncGenerator<ScannedPart> {
  const scanner = new ChunkScanner(await file.size(), from);
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

/**
 * The parts of the file at `path`, from where `start` says on. What the system refuses to open or
 * read is damage like any other: one bad file must not hide the rest of a store.
 */
export async function* scanPath(
  fs: Fs,
  path: string,
  start: (file: ReadFile) => Promise<number> = async () => 0,
): AsyncGenerator<ScannedPart> {
  let file: ReadFile | undefined;
  try {
    file = await fs.open(path);
    yield* scanFile(file, await start(file));
  } catch (error) {
    if (errorCode(error) === "") throw error;
    const reason = `it cannot be read: ${(error as Error).message}`;
    yield { kind: "damage", damage: { offset: 0, length: 0, reason } };
    yield { kind: "end", end: "open", offset: 0 };
  } finally {
    await file?.close();
  }
}
