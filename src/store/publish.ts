import { dirname } from "node:path";
import type { Fs } from "../ports/fs.ts";

/**
 * Publishes a whole file: readers see the old content or the new, never a part. With `sync` it
 * is also durable when this resolves; without, a power cut may lose it, and only it.
 */
export async function publish(
  fs: Fs,
  path: string,
  bytes: Uint8Array,
  { sync }: { readonly sync: boolean },
): Promise<void> {
  const temporary = `${path}.${crypto.randomUUID()}.tmp`;
  try {
    await fs.writeFile(temporary, bytes);
    if (sync) await fs.syncFile(temporary);
    await fs.rename(temporary, path);
  } catch (error) {
    await fs.remove(temporary).catch(() => {});
    throw error;
  }
  if (sync) await fs.syncFolder(dirname(path));
}
