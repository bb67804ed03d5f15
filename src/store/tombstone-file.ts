import { join } from "node:path";
import { PolybotError } from "../format/error.ts";
import { onlyChunk } from "../format/scan-bytes.ts";
import {
  decodeTombstones,
  encodeTombstones,
  type Tombstone,
  type TombstonesOwner,
} from "../format/tombstones.ts";
import type { Fs } from "../ports/fs.ts";
import { TOMBSTONES_NAME } from "./paths.ts";
import { publish } from "./publish.ts";
import { randomSalt } from "./segment-writer.ts";
import { setAside } from "./set-aside.ts";

/** The tombstones in a token's folder; `DAMAGED` if the file is not whole. */
export async function readTombstones(fs: Fs, folder: string): Promise<Tombstone[]> {
  const bytes = await fs.readFile(join(folder, TOMBSTONES_NAME));
  if (bytes === undefined) return [];
  const { header, stored } = onlyChunk(bytes, "pruned");
  return decodeTombstones(header, stored);
}

/**
 * Adds tombstones to those in a token's folder, durably. A damaged file is kept beside the new one,
 * and its path given: what it told is lost.
 */
export async function addTombstones(
  fs: Fs,
  folder: string,
  owner: TombstonesOwner,
  added: readonly Tombstone[],
): Promise<string | undefined> {
  const path = join(folder, TOMBSTONES_NAME);
  let known: Tombstone[] = [];
  let broken: string | undefined;
  try {
    known = await readTombstones(fs, folder);
  } catch (error) {
    if (!(error instanceof PolybotError)) throw error;
    broken = await setAside(fs, path);
  }
  // Those that are there already are of a prune that was stopped.
  const others = known.filter((old) => !added.some((session) => isSameSession(session, old)));
  const all = [...others, ...added].sort((a, b) => a.start_timestamp - b.start_timestamp);
  await publish(fs, path, encodeTombstones(randomSalt(), owner, all), { sync: true });
  return broken;
}

/** An id alone may come again after a clock was set back. */
export function isSameSession(
  a: Pick<Tombstone, "recorder_id" | "start_timestamp">,
  b: Pick<Tombstone, "recorder_id" | "start_timestamp">,
): boolean {
  return a.recorder_id === b.recorder_id && a.start_timestamp === b.start_timestamp;
}
