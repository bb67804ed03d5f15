import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { POLYBOT } from "../polybot-process.ts";
import type { Trouble } from "./troubled-recorder.ts";

/** What a disk holds beside the free space: its removal is what ends the trouble. */
const BALLAST_BYTES = 16 * 1024 * 1024;

/** A file system in memory with so much free space; `undefined` where none may be mounted. */
export function smallDisk(folder: string, freeBytes: number): (Trouble & Disposable) | undefined {
  const path = join(folder, "disk");
  mkdirSync(path);
  const size = `size=${freeBytes + BALLAST_BYTES}`;
  const mounted = Bun.spawnSync(["mount", "-t", "tmpfs", "-o", size, "tmpfs", path]);
  if (mounted.exitCode !== 0) return undefined;
  const ballast = join(path, "ballast");
  writeFileSync(ballast, new Uint8Array(BALLAST_BYTES));
  return {
    store: join(path, "data"),
    under: [],
    code: "ENOSPC",
    relieve: async () => rmSync(ballast),
    [Symbol.dispose]: () => void Bun.spawnSync(["umount", path]),
  };
}

/** A limit on the length of a file, to the byte. */
export function shortFiles(folder: string, bytes: number): Trouble & Disposable {
  return {
    store: join(folder, "data"),
    under: ["prlimit", `--fsize=${bytes}:unlimited`, POLYBOT],
    code: "EFBIG",
    async relieve({ pid }) {
      Bun.spawnSync(["prlimit", `--pid=${pid}`, "--fsize=unlimited:unlimited"]);
    },
    [Symbol.dispose]() {},
  };
}
