import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { SimulatedDisk } from "../disk/simulated-disk.ts";
import { takeOverAlone } from "./lone-locks.ts";
import type { PrunedStore } from "./pruned-store.ts";

/** Where the store lies on the simulated disk. */
export const BASE = "/data";

/** Locks of a disk that no other process sees. */
export const LONE_LOCKS = { takeOver: takeOverAlone, takePruneLock: () => ({ release() {} }) };

/** A disk that has a store's files, durably. */
export async function diskWith(store: PrunedStore): Promise<SimulatedDisk> {
  const disk = new SimulatedDisk();
  const folders = new Set<string>();
  for (const name of store.files().keys()) {
    const path = join(BASE, name);
    await disk.makeFolders(dirname(path));
    await disk.writeFile(path, readFileSync(join(store.path, name)));
    await disk.syncFile(path);
    for (let at = dirname(path); at !== "/"; at = dirname(at)) folders.add(at);
  }
  for (const folder of [...folders, "/"]) await disk.syncFolder(folder);
  return disk;
}
