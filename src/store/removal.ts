import { basename, dirname, join } from "node:path";
import { CHUNK_HEADER_BYTES, CHUNK_KIND, decodeHeader } from "../format/chunk.ts";
import { scanFile } from "../format/scan-file.ts";
import { decodeIndex, decodeTail, TAIL_BYTES } from "../format/segment-end.ts";
import type { Tombstone, TombstonesOwner } from "../format/tombstones.ts";
import { errorCode, type Fs } from "../ports/fs.ts";
import { asidePath, segmentPath } from "./paths.ts";
import { readSealed, type SealedMetadata } from "./store-survey.ts";
import { addTombstones } from "./tombstone-file.ts";

/** What was removed of one token. */
export interface Removal {
  readonly removed: readonly { readonly path: string; readonly metadata: SealedMetadata }[];
  /** Where a damaged file of tombstones is kept, if there was one. */
  readonly broken: string | undefined;
}

/**
 * Removes sealed sessions of one token and recorder, whole. Tombstones come first, durably; then
 * the folders go aside in one step each; their files go when that is durable, too. So a session is
 * there whole or not at all, and what is not there has its tombstone, wherever this is stopped.
 * Sessions that are not there any more, or not sealed, are passed over.
 */
export async function removeSessions(
  fs: Fs,
  paths: readonly string[],
  recorderId: string,
): Promise<Removal> {
  const removed: { path: string; metadata: SealedMetadata }[] = [];
  for (const path of paths) {
    const metadata = await readSealed(fs, path);
    if (metadata?.recorder_id === recorderId) removed.push({ path, metadata });
  }
  const [first] = removed;
  if (first === undefined) return { removed, broken: undefined };
  const folder = dirname(first.path);
  const tombstones: Tombstone[] = [];
  for (const session of removed) tombstones.push(await tombstoneOf(fs, session));
  const tokenId = first.metadata.token_id;
  const owner: TombstonesOwner = { tokenId, recorderId: tokenId === "" ? recorderId : "" };
  const broken = await addTombstones(fs, folder, owner, tombstones);
  for (const { path } of removed) await fs.rename(path, asidePath(path));
  await removeDurablyAside(
    fs,
    removed.map(({ path }) => asidePath(path)),
  );
  return { removed, broken };
}

/** Removes what was put aside, once it is durable that it was. */
export async function removeDurablyAside(fs: Fs, paths: readonly string[]): Promise<void> {
  for (const folder of new Set(paths.map((path) => dirname(path)))) await fs.syncFolder(folder);
  for (const path of paths) await removeAll(fs, path);
}

async function removeAll(fs: Fs, path: string): Promise<void> {
  try {
    // First of all: a link to a folder is removed, not what it leads to.
    await fs.remove(path);
    return;
  } catch (error) {
    if (!IS_FOLDER.has(errorCode(error))) throw error;
  }
  for (const name of await fs.list(path)) await removeAll(fs, join(path, name));
  await fs.removeFolder(path);
}

/** How systems refuse to remove a folder as a file. */
const IS_FOLDER = new Set(["EISDIR", "EPERM"]);

async function tombstoneOf(
  fs: Fs,
  { path, metadata }: { readonly path: string; readonly metadata: SealedMetadata },
): Promise<Tombstone> {
  const { first_sequence, update_count, segments } = metadata;
  // Lost updates, of which notes of a repair tell, are not counted there.
  const indexed = segments === 0 ? 0 : await lastIndexed(fs, segmentPath(path, segments));
  return {
    session_id: basename(path),
    recorder_id: metadata.recorder_id,
    first_sequence,
    last_sequence: Math.max(first_sequence + update_count - 1, indexed),
    start_timestamp: metadata.start_timestamp,
    end_timestamp: metadata.end_timestamp,
    end_reason: metadata.end_reason,
    update_count,
    bytes: metadata.bytes,
    predecessor: metadata.predecessor,
  };
}

/** The last update that a segment's index names; 0 without a sound one. */
async function lastIndexed(fs: Fs, path: string): Promise<number> {
  if ((await fs.stat(path)) === undefined) return 0;
  const file = await fs.open(path);
  try {
    const size = await file.size();
    const salt = decodeHeader(await file.read(0, CHUNK_HEADER_BYTES))?.salt;
    if (salt === undefined || size < TAIL_BYTES) return 0;
    const from = decodeTail(await file.read(size - TAIL_BYTES, TAIL_BYTES), salt);
    if (from === undefined) return 0;
    for await (const part of scanFile(file, { from })) {
      if (part.kind !== "chunk" || part.header.kind !== CHUNK_KIND.index) return 0;
      const last = decodeIndex(part.header, part.stored).entries.at(-1);
      return last === undefined ? 0 : last.firstSequence + last.records - 1;
    }
    return 0;
  } finally {
    await file.close();
  }
}
