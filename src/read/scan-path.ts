import type { ScannedPart } from "../format/scan-bytes.ts";
import { scanFile } from "../format/scan-file.ts";
import { errorCode, type Fs, type ReadFile } from "../ports/fs.ts";

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
    yield* scanFile(file, { from: await start(file) });
  } catch (error) {
    if (errorCode(error) === "") throw error;
    const reason = `it cannot be read: ${(error as Error).message}`;
    yield { kind: "damage", damage: { offset: 0, length: 0, reason } };
    yield { kind: "end", end: "open", offset: 0 };
  } finally {
    await file?.close();
  }
}
