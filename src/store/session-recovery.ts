import { join } from "node:path";
import type { Implied } from "../format/block.ts";
import { decodeBlock } from "../format/block-reader.ts";
import { CHUNK_KIND } from "../format/chunk.ts";
import { PolybotError } from "../format/error.ts";
import { decodeFileHead } from "../format/file-head.ts";
import type { JournalSession } from "../format/journal-record.ts";
import { FORMAT_VERSION } from "../format/limits.ts";
import type { SessionMetadata } from "../format/metadata.ts";
import { scanBytes } from "../format/scan-bytes.ts";
import { scanFile } from "../format/scan-file.ts";
import type { Fs } from "../ports/fs.ts";
import { BinaryStorage } from "./binary-storage.ts";
import type { PendingRecords } from "./dead-journal.ts";
import { replayJournal } from "./journal-replay.ts";
import { CHANNEL, METADATA_NAME, SNAPSHOT_NAME, segmentPath, tokenFolder } from "./paths.ts";
import { publishParts } from "./publish.ts";
import type { SearchBudget } from "./search-budget.ts";
import { USUAL_LIMITS } from "./session-blocks.ts";
import { findSessionEnd, NO_SEGMENTS, type SessionEnd } from "./session-end.ts";
import { SessionFacts } from "./session-facts.ts";
import { type FilesPlace, SessionFiles } from "./session-files.ts";
import { setAside } from "./set-aside.ts";

const PIECE_BYTES = 1024 * 1024;

/** Where the sessions of a dead recorder lie, and what replaying them may cost. */
export interface RecoveryPlace extends FilesPlace {
  readonly searches: SearchBudget;
  /** Folders that sessions were found to have: those without a name may look alike. */
  readonly taken: Set<string>;
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

/** A session that was not sealed, with the folder that it goes on in. */
export interface UnsealedSession {
  readonly number: number;
  readonly described: JournalSession;
  readonly files: SessionFiles;
  readonly end: SessionEnd;
}

/**
 * Finds or makes the session's folder, and how far its segments go. `undefined` if the session
 * was sealed.
 */
export async function findUnsealed(
  place: RecoveryPlace,
  number: number,
  described: JournalSession,
): Promise<UnsealedSession | undefined> {
  const { fs, basePath, recorderId } = place;
  const { tokenId, market, startUs } = described;
  const found = await findFolder(place, described);
  if (found === "sealed") return undefined;
  const files = new SessionFiles(place);
  if (found === undefined) {
    await files.create(tokenId, market, startUs / 1000);
    // Should this be stopped, the next recovery finds the folder by it: it is durable before any
    // block is there.
    const metadata = openMetadata(described, files.sessionId, recorderId);
    await new BinaryStorage(fs).writeMetadata(join(files.folder, METADATA_NAME), metadata, true);
    return { number, described, files, end: NO_SEGMENTS };
  }
  const folder = join(tokenFolder(basePath, tokenId, recorderId), found);
  let end = await findSessionEnd(fs, folder);
  if (end.isTorn || (end.segments > 0 && end.soundBytes === 0)) {
    await cutTorn(fs, folder, end);
    end = await findSessionEnd(fs, folder);
  }
  await files.adopt(tokenId, market, found, end);
  return { number, described, files, end };
}

/**
 * Brings a session of a dead recorder to its end: what only the journal holds goes to a new
 * segment, and the session is sealed. May be stopped at any point and begun again.
 */
export async function recoverSession(
  { fs, searches, recorderId }: RecoveryPlace,
  { described, files, end }: UnsealedSession,
  pending: PendingRecords,
  lastUs: number,
): Promise<RecoveredSession> {
  const { tokenId } = described;
  const replayed = await replayJournal(pending, described, {
    after: end.sequence,
    lastUs,
    limits: USUAL_LIMITS,
    searches,
  });
  try {
    for (const block of replayed.blocks) await files.append(block);
    await writeMissingSnapshot(fs, files, described);
    // What is counted as present must outlast the journal.
    for (const number of end.numbers) await fs.syncFile(segmentPath(files.folder, number));
    await files.seal(() => ({
      ...openMetadata(described, files.sessionId, recorderId),
      end_timestamp: Math.floor(replayed.endUs / 1000),
      end_reason: "crash",
      update_count: replayed.sequence - described.firstSequence + 1,
      ...files.size,
      // Those of blocks that the recorder wrote went with it.
      hashes: end.sequence === 0 ? { ...replayed.counts } : null,
    }));
  } catch (error) {
    // A file that nobody closes ends the process when it is collected.
    await files.abandon().catch(() => {});
    throw error;
  }
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

/** The session's id, if it has a folder. */
async function findFolder(
  place: RecoveryPlace,
  described: JournalSession,
): Promise<string | "sealed" | undefined> {
  const { fs, basePath, recorderId } = place;
  const { tokenId, sessionId, startUs } = described;
  const parent = tokenFolder(basePath, tokenId, recorderId);
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
    return isIt && metadata !== undefined && metadata.end_reason !== null ? "sealed" : id;
  }
  // Two sessions in one folder are none of a recorder's.
  return sessionId === "" ? undefined : "sealed";
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

/** Whoever made the blocks with the first book may have died before it came to that. */
async function writeMissingSnapshot(
  fs: Fs,
  files: SessionFiles,
  { tokenId, market, names }: JournalSession,
): Promise<void> {
  if (tokenId === CHANNEL) return;
  const path = join(files.folder, SNAPSHOT_NAME);
  const isSound = await new BinaryStorage(fs).readSnapshot(path).then(
    () => true,
    () => false,
  );
  if (isSound) return;
  const opening = await openingIn(fs, files, { tokenId, market });
  if (opening !== undefined) await files.writeSnapshot({ ...opening, outcome: names.outcome });
}

/** The first book in the session's segments. */
async function openingIn(
  fs: Fs,
  { folder, size }: SessionFiles,
  implied: Implied,
): Promise<SessionFacts["opening"]> {
  const facts = new SessionFacts(implied);
  for (let number = 1; number <= size.segments; number++) {
    const file = await fs.open(segmentPath(folder, number));
    try {
      for await (const part of scanFile(file)) {
        if (part.kind !== "chunk" || part.header.kind !== CHUNK_KIND.block) continue;
        facts.take(decodeBlock(part.header, part.stored, implied));
        if (facts.opening !== undefined) return facts.opening;
      }
    } finally {
      await file.close();
    }
  }
  return undefined;
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
