import { join } from "node:path";
import type { Fs } from "../ports/fs.ts";
import { UPDATES_FOLDER } from "./paths.ts";
import { isTemporary } from "./publish.ts";

/** What a session has that has just begun is small; longer files are not looked through. */
const BYTES_MAX = 1_000_000;

/**
 * The files of a session, if it has none but such as a power cut has left full of zeros, or as were
 * never published: nothing of it was ever durable. `undefined` if any byte of another is set.
 */
export async function blankFiles(fs: Fs, sessionPath: string): Promise<string[] | undefined> {
  const files: string[] = [];
  for (const folder of [sessionPath, join(sessionPath, UPDATES_FOLDER)]) {
    for (const name of await fs.list(folder)) {
      const path = join(folder, name);
      const stat = await fs.stat(path);
      if (stat?.kind !== "file") continue;
      if (isTemporary(name)) {
        files.push(path);
        continue;
      }
      if (stat.size > BYTES_MAX) return undefined;
      const bytes = await fs.readFile(path);
      if (bytes?.some((byte) => byte !== 0)) return undefined;
      files.push(path);
    }
  }
  return files;
}
