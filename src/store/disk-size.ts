import { join } from "node:path";
import type { Fs } from "../ports/fs.ts";

/** What usual file systems give out at a time. */
const DISK_BLOCK_BYTES = 4096;
/** From a token's folder to a segment; deeper ones are none of the store's. */
const DEPTH_MAX = 4;

/**
 * What a file or folder takes on a disk, about as `du` has it: whole blocks. Thousands of small
 * files take far more than what is in them. 0 for what is not there.
 */
export async function diskSize(fs: Fs, path: string, depthMax = DEPTH_MAX): Promise<number> {
  const stat = await fs.stat(path);
  if (stat === undefined) return 0;
  if (stat.kind === "file") return Math.ceil(stat.size / DISK_BLOCK_BYTES) * DISK_BLOCK_BYTES;
  let bytes = DISK_BLOCK_BYTES;
  if (depthMax === 0) return bytes;
  for (const name of await fs.list(path)) {
    bytes += await diskSize(fs, join(path, name), depthMax - 1);
  }
  return bytes;
}
