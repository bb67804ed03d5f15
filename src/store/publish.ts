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

/** What `publish` leaves behind when its process dies on the way. */
export function isTemporary(name: string): boolean {
  return name.endsWith(".tmp");
}

/** Publishes a file piece by piece, durably: it need not fit into memory. Gives its length. */
export async function publishParts(
  fs: Fs,
  path: string,
  parts: AsyncIterable<Uint8Array>,
): Promise<number> {
  const temporary = `${path}.${crypto.randomUUID()}.tmp`;
  let length = 0;
  try {
    const file = await fs.create(temporary);
    try {
      for await (const bytes of parts) {
        for (let done = 0; done < bytes.length; ) {
          const written = await file.write(bytes.subarray(done), length);
          done += written;
          length += written;
        }
      }
      await file.datasync();
    } finally {
      await file.close();
    }
    await fs.rename(temporary, path);
  } catch (error) {
    await fs.remove(temporary).catch(() => {});
    throw error;
  }
  await fs.syncFolder(dirname(path));
  return length;
}
