import { join } from "node:path";
import { CHUNK_KIND } from "../format/chunk.ts";
import { PolybotError } from "../format/error.ts";
import { decodeFileHead } from "../format/file-head.ts";
import type { JournalSession } from "../format/journal-record.ts";
import type { SessionMetadata } from "../format/metadata.ts";
import { scanBytes } from "../format/scan-bytes.ts";
import type { Fs } from "../ports/fs.ts";
import { BinaryStorage } from "./binary-storage.ts";
import { METADATA_NAME, segmentPath, sessionIdsFrom, tokenFolder } from "./paths.ts";
import { publishParts } from "./publish.ts";
import { findSessionEnd, NO_SEGMENTS, type SessionEnd } from "./session-end.ts";
import { type FilesPlace, SessionFiles } from "./session-files.ts";
import { openMetadata } from "./session-metadata.ts";
import { surveySession } from "./session-survey.ts";
import { setAside } from "./set-aside.ts";
import { isSameSession, readTombstones } from "./tombstone-file.ts";

const PIECE_BYTES = 1024 * 1024;

/** Where the sessions of a dead recorder lie. */
export interface RecoveryPlace extends FilesPlace {
  /** Folders that sessions were found to have: those without a name may look alike. */
  readonly taken: Set<string>;
}

/** A session that was not sealed, with the folder that it goes on in. */
export interface UnsealedSession {
  readonly number: number;
  readonly described: JournalSession;
  readonly files: SessionFiles;
  readonly end: SessionEnd;
}

/**
 * Finds or makes the session's folder, and how far its segments go. `undefined` if the session
 * was sealed. `untilUs`: when the token's next session began.
 */
export async function findUnsealed(
  place: RecoveryPlace,
  number: number,
  described: JournalSession,
  untilUs: () => number,
): Promise<UnsealedSession | undefined> {
  const { fs, basePath, recorderId } = place;
  const { tokenId, market, startUs } = described;
  const found = await findFolder(place, described, untilUs);
  if (found?.isSealed) return undefined;
  const files = new SessionFiles(place);
  // Should this be stopped, the next recovery finds the folder by it: it is durable before any
  // block is there.
  const name = async (folder: string, sessionId: string) => {
    const metadata = openMetadata(described, sessionId, recorderId);
    await new BinaryStorage(fs).writeMetadata(join(folder, METADATA_NAME), metadata, true);
  };
  if (found === undefined) {
    await files.create(tokenId, market, startUs / 1000);
    await name(files.folder, files.sessionId);
    return { number, described, files, end: NO_SEGMENTS };
  }
  const folder = join(tokenFolder(basePath, tokenId, recorderId), found.sessionId);
  if (!found.isNamed) {
    await fs.makeFolders(folder);
    await name(folder, found.sessionId);
  }
  let end = await findSessionEnd(fs, folder);
  if (end.isTorn || (end.segments > 0 && end.soundBytes === 0)) {
    await cutTorn(fs, folder, end);
    end = await findSessionEnd(fs, folder);
  }
  await files.adopt(tokenId, market, found.sessionId, end);
  return { number, described, files, end };
}

/**
 * Makes the last segment anew without what was not finished in it, which the journal has. The
 * original is kept beside it. One that was begun and has nothing yet goes: no segment is empty.
 */
async function cutTorn(fs: Fs, folder: string, end: SessionEnd): Promise<void> {
  const { segments, soundBytes, isTorn } = end;
  const path = segmentPath(folder, segments);
  const aside = isTorn ? await setAside(fs, path) : path;
  if (soundBytes === 0) await fs.remove(path);
  else await publishParts(fs, path, firstBytes(fs, aside, soundBytes));
}

async function* firstBytes(fs: Fs, path: string, length: number): AsyncGenerator<Uint8Array> {
  const file = await fs.open(path);
  try {
    for (let at = 0; at < length; at += PIECE_BYTES) {
      yield await file.read(at, Math.min(PIECE_BYTES, length - at));
    }
  } finally {
    await file.close();
  }
}

/** A session's folder. */
interface FoundFolder {
  readonly sessionId: string;
  readonly isSealed: boolean;
  /** Metadata says whose it is. */
  readonly isNamed: boolean;
}

/** The session's folder, if it has one. */
async function findFolder(
  place: RecoveryPlace,
  described: JournalSession,
  untilUs: () => number,
): Promise<FoundFolder | undefined> {
  const { fs, basePath, recorderId } = place;
  const { tokenId, sessionId, startUs } = described;
  const parent = tokenFolder(basePath, tokenId, recorderId);
  if (await isPruned(place, parent, startUs)) return { sessionId, isSealed: true, isNamed: true };
  const ids = sessionId === "" ? await fs.list(parent) : [sessionId];
  for (const id of ids) {
    if (place.taken.has(join(parent, id))) continue;
    const metadata = await soundMetadata(place, join(parent, id));
    const isIt =
      metadata === undefined
        ? await beginsWith(place, join(parent, id), described)
        : metadata.recorder_id === recorderId &&
          metadata.start_timestamp === Math.floor(startUs / 1000);
    if (!isIt && sessionId === "") continue;
    place.taken.add(join(parent, id));
    const isNamed = metadata !== undefined;
    const isSealed = isIt && isNamed && metadata.end_reason !== null;
    return { sessionId: id, isSealed, isNamed };
  }
  // Two sessions in one folder are none of a recorder's.
  if (sessionId !== "") return { sessionId, isSealed: true, isNamed: true };
  return findNameless(place, parent, described, untilUs);
}

/** Whether the session was removed after its end: the journal may not say yet that it had one. */
async function isPruned(
  { fs, recorderId }: RecoveryPlace,
  folder: string,
  startUs: number,
): Promise<boolean> {
  const session = { recorder_id: recorderId, start_timestamp: Math.floor(startUs / 1000) };
  try {
    return (await readTombstones(fs, folder)).some((pruned) => isSameSession(pruned, session));
  } catch (error) {
    if (error instanceof PolybotError) return false;
    throw error;
  }
}

/**
 * The folder that the session would have been given, if a power cut left no metadata in it, and no
 * block that is not the session's: a recorder that lives has metadata there before any segment.
 */
async function findNameless(
  place: RecoveryPlace,
  parent: string,
  described: JournalSession,
  untilUs: () => number,
): Promise<FoundFolder | undefined> {
  const ids = new Set(await place.fs.list(parent));
  const endUs = untilUs();
  for (const id of sessionIdsFrom(described.startUs / 1000)) {
    if (!ids.has(id)) break;
    const folder = join(parent, id);
    if (place.taken.has(folder)) continue;
    if (!(await mayBeOf(place, folder, described, endUs))) continue;
    place.taken.add(folder);
    return { sessionId: id, isSealed: false, isNamed: false };
  }
  return undefined;
}

/** Whether a folder has files, and none of them is another session's. */
async function mayBeOf(
  { fs, recorderId }: RecoveryPlace,
  folder: string,
  { firstSequence, startUs }: JournalSession,
  endUs: number,
): Promise<boolean> {
  const { metadata, snapshot, segments, identity } = await surveySession(fs, folder);
  if (metadata === undefined && snapshot === undefined && segments.size === 0) return false;
  if (metadata?.content !== undefined) return false;
  if (identity !== undefined && identity.recorderId !== recorderId) return false;
  return [...segments.values()].every(({ chunks }) =>
    chunks.every(({ header }) => {
      if (header.kind !== CHUNK_KIND.block) return true;
      const isInTime = header.minUs >= startUs && header.maxUs < endUs;
      return isInTime && header.firstSequence >= firstSequence;
    }),
  );
}

/** Whether a folder's first segment tells by its own that it is the session's. */
async function beginsWith(
  { fs, recorderId }: RecoveryPlace,
  folder: string,
  { startUs, firstSequence }: JournalSession,
): Promise<boolean> {
  const path = segmentPath(folder, 1);
  if ((await fs.stat(path)) === undefined) return false;
  const file = await fs.open(path);
  try {
    for (const part of scanBytes(await file.read(0, PIECE_BYTES))) {
      if (part.kind !== "chunk") continue;
      const { header, stored } = part;
      if (header.kind === CHUNK_KIND.head) {
        if (decodeFileHead(header, stored).recorderId !== recorderId) return false;
      } else if (header.kind === CHUNK_KIND.block) {
        const isFirst = header.firstSequence === firstSequence;
        return isFirst && header.minUs <= startUs && startUs <= header.maxUs;
      }
    }
    return false;
  } finally {
    await file.close();
  }
}

/** `undefined` also for damaged metadata: it was never durable, and is made anew. */
async function soundMetadata(
  { fs }: RecoveryPlace,
  folder: string,
): Promise<SessionMetadata | undefined> {
  try {
    return await new BinaryStorage(fs).readMetadata(join(folder, METADATA_NAME));
  } catch (error) {
    if (error instanceof PolybotError) return undefined;
    throw error;
  }
}
