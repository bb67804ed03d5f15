import { dirname, join } from "node:path";
import type { Fs } from "../../src/ports/fs.ts";
import type { Random } from "../../src/ports/random.ts";
import { repair } from "../../src/store/repair.ts";
import { SimulatedDisk } from "../disk/simulated-disk.ts";
import { expectKept, expectSameFiles } from "./faulty-repairs.ts";
import type { Harm } from "./harms.ts";
import { takeOverAlone } from "./lone-locks.ts";
import type { Files, SmallStore } from "./small-store.ts";

/** Where the store lies on the simulated disk. */
const BASE = "/data";

/** A disk that has a store's only session, durably; and where that is. */
async function diskWith(store: SmallStore): Promise<{ disk: SimulatedDisk; session: string }> {
  const disk = new SimulatedDisk();
  const session = store.session.replace(store.path, BASE);
  const folders = new Set<string>();
  for (const [name, bytes] of store.files()) {
    const path = join(session, name);
    await disk.makeFolders(dirname(path));
    const file = await disk.create(path);
    await file.write(bytes, 0);
    await file.datasync();
    await file.close();
    for (let at = dirname(path); at !== "/"; at = dirname(at)) folders.add(at);
  }
  for (const folder of [...folders, "/"]) await disk.syncFolder(folder);
  return { disk, session };
}

async function filesOn(fs: Fs, session: string): Promise<Files> {
  const files = new Map<string, Uint8Array>();
  for (const folder of ["", "updates"]) {
    for (const name of await fs.list(join(session, folder))) {
      const path = join(folder, name);
      if ((await fs.stat(join(session, path)))?.kind !== "file") continue;
      files.set(path, Uint8Array.from((await fs.readFile(join(session, path)))!));
    }
  }
  return new Map([...files].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function repairOn(fs: Fs, session: string): ReturnType<typeof repair> {
  return repair([session], { fs, takeOver: takeOverAlone });
}

/**
 * Repairs a harmed store while the power is cut after every operation of the disk, `most` legal
 * images each: all that was there is there, and the next repair ends as an undisturbed one. Gives
 * the number of images.
 */
export async function expectPowerCutsHarmless(
  sound: SmallStore,
  { name, harm }: Harm,
  random: Random,
  most: number,
): Promise<number> {
  using store = sound.copy();
  harm(store);
  const { disk, session } = await diskWith(store);
  const before = await filesOn(disk, session);
  const images: [operation: number, image: SimulatedDisk][] = [];
  disk.onOperation = () => {
    for (const image of disk.powerCuts(random, most)) images.push([disk.operations, image]);
  };
  await repairOn(disk, session);
  disk.onOperation = () => {};
  const expected = await filesOn(disk, session);
  for (const [operation, image] of images) {
    try {
      expectKept(before, await filesOn(image, session));
      await repairOn(image, session);
      expectSameFiles(await filesOn(image, session), expected);
    } catch (cause) {
      throw new Error(`${name}, a power cut after operation ${operation}: ${cause}`, { cause });
    }
  }
  return images.length;
}
