import { expect } from "bun:test";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { Glob } from "bun";

interface Print {
  readonly path: string;
  /** One that was replaced by another of the same bytes has another. */
  readonly inode: number;
  readonly bytes: Uint8Array;
}

/** What files are at a moment. Those that their writer publishes anew are left out. */
export function filePrints(folders: readonly string[]): Print[] {
  const patterns = new Glob("**/*.{bin,wal}");
  const paths = folders.flatMap((folder) =>
    [...patterns.scanSync(folder)].map((name) => join(folder, name)),
  );
  return paths.map((path) => ({
    path,
    inode: statSync(path).ino,
    bytes: Uint8Array.from(readFileSync(path)),
  }));
}

/** Every file is still there, with all that it had. It may be longer. */
export function expectOnlyLonger(prints: readonly Print[]): void {
  for (const { path, inode, bytes } of prints) {
    const now = readFileSync(path).subarray(0, bytes.length);
    const same = { inode: statSync(path).ino === inode, bytes: Buffer.compare(now, bytes) === 0 };
    expect({ path, ...same }).toEqual({ path, inode: true, bytes: true });
  }
}
