import { mkdirSync, rmSync } from "node:fs";

const IMAGE_BYTES = 64 * 1024 * 1024;

/** A mounted file system that lies in a file: a copy of the file is what a power cut leaves. */
export interface DiskImage extends Disposable {
  readonly file: string;
  /** Where it is mounted. */
  readonly path: string;
}

/** A new ext4; `undefined` where none may be mounted. */
export function newDisk(file: string): DiskImage | undefined {
  const made = run(["truncate", `--size=${IMAGE_BYTES}`, file]) && run(["mkfs.ext4", "-qF", file]);
  return made ? mounted(file) : undefined;
}

/** What would be left of a disk if the power went now. */
export function afterPowerCut({ file }: DiskImage, copy: string): DiskImage {
  if (!run(["cp", "--sparse=always", file, copy])) throw new Error(`cannot copy ${file}`);
  const left = mounted(copy);
  if (left === undefined) throw new Error(`cannot mount ${copy}`);
  return left;
}

function mounted(file: string): DiskImage | undefined {
  const path = `${file}-mounted`;
  mkdirSync(path);
  if (!run(["mount", "-o", "loop", file, path])) return undefined;
  return {
    file,
    path,
    [Symbol.dispose]() {
      run(["umount", path]);
      rmSync(file);
    },
  };
}

function run(command: readonly string[]): boolean {
  return Bun.spawnSync([...command]).exitCode === 0;
}
