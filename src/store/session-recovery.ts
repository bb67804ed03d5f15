import { join } from "node:path";
import { PolybotError } from "../format/error.ts";
import type { JournalSession } from "../format/journal-record.ts";
import { FORMAT_VERSION } from "../format/limits.ts";
import type { SessionMetadata } from "../format/metadata.ts";
import type { Fs } from "../ports/fs.ts";
import { BinaryStorage } from "./binary-storage.ts";
import type { DeadSession } from "./dead-journal.ts";
import { type Replayed, replayJournal } from "./journal-replay.ts";
import { openingSnapshot } from "./opening-snapshot.ts";
import { METADATA_NAME, SNAPSHOT_NAME, segmentPath, tokenFolder } from "./paths.ts";
import { publishParts } from "./publish.ts";
import type { SearchBudget } from "./search-budget.ts";
import { USUAL_LIMITS } from "./session-blocks.ts";
import { findSessionEnd, type SessionEnd } from "./session-end.ts";
import { type FilesPlace, SessionFiles } from "./session-files.ts";
import { setAside } from "./set-aside.ts";

const PIECE_BYTES = 1024 * 1024;

/** Where the sessions of a dead recorder lie, and what replaying them may cost. */
export interface RecoveryPlace extends FilesPlace {
  readonly searches: SearchBudget;
}

/** What came of a session whose recorder died. */
export interface RecoveredSession {
  readonly tokenId: string;
  readonly path: string;
  /** Updates that only the journal had. */
  readonly updates: number;
  /** Updates of which neither the journal nor a segment is left. */
  readonly lost: number;
}

/**
 * Brings a session of a dead recorder to its end: what only the journal holds goes to a new
 * segment, and the session is sealed. May be stopped at any point and begun again. `undefined`
 * if the session was sealed already.
 */
export async function recoverSession(
  place: RecoveryPlace,
  session: DeadSession,
  described: JournalSession,
  lastUs: number,
): Promise<RecoveredSession | undefined> {
  const { fs, basePath, searches, recorderId } = place;
  const found = await findFolder(place, described);
  if (found === "sealed") return undefined;
  const files = new SessionFiles(place);
  const { tokenId, market, startUs } = described;
  if (found === undefined) {
    await files.create(tokenId, market, startUs / 1000);
    // Should this be stopped, the next recovery finds the folder by it.
    await files.writeMetadata(openMetadata(described, files.sessionId, recorderId));
  } else {
    const folder = join(tokenFolder(basePath, tokenId, recorderId), found);
    await cutTorn(fs, folder, await findSessionEnd(fs, folder));
    await files.adopt(tokenId, market, found, await findSessionEnd(fs, folder));
  }
  const end = await findSessionEnd(fs, files.folder);
  const replayed = await replayJournal(session, described, {
    after: end.sequence,
    lastUs,
    limits: USUAL_LIMITS,
    searches,
  });
  for (const block of replayed.blocks) await files.append(block);
  await writeMissingSnapshot(place, files, described, replayed);
  // What is counted as present must outlast the journal.
  for (let number = 1; number <= end.segments; number++) {
    await fs.syncFile(segmentPath(files.folder, number));
  }
  await files.seal(() => ({
    ...openMetadata(described, files.sessionId, recorderId),
    end_timestamp: Math.floor(replayed.endUs / 1000),
    end_reason: "crash",
    update_count: replayed.sequence - described.firstSequence + 1,
    ...files.size,
    // Those of blocks that the recorder wrote went with it.
    hashes: end.sequence === 0 ? { ...replayed.counts } : null,
  }));
  return { tokenId, path: files.folder, updates: replayed.updates, lost: replayed.lost };
}

/**
 * Makes the last segment anew without what was not finished in it, which the journal has. The
 * original is kept beside it. One that was begun and has nothing yet goes: no segment is empty.
 */
async function cutTorn(fs: Fs, folder: string, end: SessionEnd): Promise<void> {
  const { segments, soundBytes, isTorn } = end;
  const path = segmentPath(folder, segments);
  const aside = isTorn ? await setAside(fs, path) : path;
  if (segments > 0 && soundBytes === 0) await fs.remove(path);
  else if (isTorn) await publishParts(fs, path, firstBytes(fs, aside, soundBytes));
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

/** The session's id, if it has a folder. */
async function findFolder(
  place: RecoveryPlace,
  { tokenId, sessionId, startUs }: JournalSession,
): Promise<string | "sealed" | undefined> {
  const { fs, basePath, recorderId } = place;
  const parent = tokenFolder(basePath, tokenId, recorderId);
  const ids = sessionId === "" ? await fs.list(parent) : [sessionId];
  for (const id of ids) {
    const metadata = await soundMetadata(place, join(parent, id));
    const isIt =
      metadata?.recorder_id === recorderId &&
      metadata.start_timestamp === Math.floor(startUs / 1000);
    if (isIt && metadata.end_reason !== null) return "sealed";
    if (isIt || sessionId !== "") return id;
  }
  return undefined;
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

async function writeMissingSnapshot(
  { fs }: RecoveryPlace,
  files: SessionFiles,
  { tokenId, market, names }: JournalSession,
  { opening }: Replayed,
): Promise<void> {
  if (opening === undefined) return;
  const path = join(files.folder, SNAPSHOT_NAME);
  const isSound = await new BinaryStorage(fs).readSnapshot(path).then(
    () => true,
    () => false,
  );
  if (isSound) return;
  const { event, receivedUs } = opening;
  const snapshot = openingSnapshot(tokenId, market, event, receivedUs);
  if (snapshot !== undefined) await files.writeSnapshot({ ...snapshot, outcome: names.outcome });
}

function openMetadata(
  { tokenId, market, startUs, firstSequence, predecessor, names }: JournalSession,
  sessionId: string,
  recorderId: string,
): SessionMetadata {
  return {
    version: FORMAT_VERSION,
    session_id: sessionId,
    token_id: tokenId,
    start_timestamp: Math.floor(startUs / 1000),
    end_timestamp: null,
    end_reason: null,
    update_count: 0,
    market,
    ...names,
    recorder_id: recorderId,
    first_sequence: firstSequence,
    predecessor,
    segments: 0,
    bytes: 0,
    repeats: 0,
    hashes: null,
  };
}
