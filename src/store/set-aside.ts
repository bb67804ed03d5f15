import { dirname } from "node:path";
import type { ByteSource } from "../format/scan-file.ts";
import type { Fs } from "../ports/fs.ts";
import { publishParts } from "./publish.ts";

const PIECE_BYTES = 1024 * 1024;

/** The name under which what a repair replaces is kept: `<name>.broken`, or the next free one. */
function brokenPath(path: string, attempt: number): string {
  return attempt === 1 ? `${path}.broken` : `${path}.broken-${attempt}`;
}

/**
 * Where a copy of the file is kept, or would be. One of the very same bytes that is there already
 * is enough: an earlier repair was stopped before it replaced the file.
 */
export async function asideOf(fs: Fs, path: string): Promise<string> {
  for (let attempt = 1; ; attempt++) {
    const aside = brokenPath(path, attempt);
    if ((await fs.stat(aside)) === undefined || (await isCopy(fs, aside, path))) return aside;
  }
}

/** Keeps a copy of the file beside it, durably, and gives its path. */
export async function setAside(fs: Fs, path: string): Promise<string> {
  const aside = await asideOf(fs, path);
  if ((await fs.stat(aside)) !== undefined) {
    // Whoever made it may not have come to this.
    await fs.syncFile(aside);
    await fs.syncFolder(dirname(aside));
    return aside;
  }
  const file = await fs.open(path);
  try {
    await publishParts(fs, aside, pieces(file));
  } finally {
    await file.close();
  }
  return aside;
}

async function isCopy(fs: Fs, path: string, of: string): Promise<boolean> {
  const file = await fs.open(path);
  try {
    const other = await fs.open(of);
    try {
      return await hasSameBytes(file, other);
    } finally {
      await other.close();
    }
  } finally {
    await file.close();
  }
}

async function hasSameBytes(file: ByteSource, other: ByteSource): Promise<boolean> {
  const size = await file.size();
  if ((await other.size()) !== size) return false;
  for (let at = 0; at < size; at += PIECE_BYTES) {
    const [a, b] = [await file.read(at, PIECE_BYTES), await other.read(at, PIECE_BYTES)];
    if (Buffer.compare(a, b) !== 0) return false;
  }
  return true;
}

async function* pieces(file: ByteSource): AsyncGenerator<Uint8Array> {
  const size = await file.size();
  for (let at = 0; at < size; at += PIECE_BYTES) yield file.read(at, PIECE_BYTES);
}
