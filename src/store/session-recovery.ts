import { join } from "node:path";
import type { Implied } from "../format/block.ts";
import { decodeBlock, decodeColumns } from "../format/block-reader.ts";
import { CHUNK_KIND } from "../format/chunk.ts";
import type { JournalSession } from "../format/journal-record.ts";
import { NO_SUMS, type SumsOfUpdates } from "../format/metadata.ts";
import { scanFile } from "../format/scan-file.ts";
import type { Fs } from "../ports/fs.ts";
import { BinaryStorage } from "./binary-storage.ts";
import { CHANNEL, SNAPSHOT_NAME, segmentNumber, segmentPath, UPDATES_FOLDER } from "./paths.ts";
import type { Replayer } from "./replayer.ts";
import { sumSegments } from "./segment-sums.ts";
import type { PackedBlock } from "./segment-writer.ts";
import { SessionFacts } from "./session-facts.ts";
import type { SessionFiles } from "./session-files.ts";
import { openMetadata } from "./session-metadata.ts";
import { SessionSums } from "./session-sums.ts";
import type { RecoveryPlace, UnsealedSession } from "./unsealed-session.ts";

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
 * segment, and the session is sealed. May be stopped at any point and begun again.
 */
export async function recoverSession(
  { fs, recorderId }: RecoveryPlace,
  { described, files, end }: UnsealedSession,
  replayer: Replayer,
  records: Uint8Array<ArrayBuffer>,
  lastUs: number | undefined,
): Promise<RecoveredSession> {
  const { tokenId } = described;
  const replayed = await replayer.replay({ records, described, after: end.sequence, lastUs });
  try {
    const sums = await sumsOf(fs, files.folder, end.numbers, described, replayed.blocks);
    for (const block of replayed.blocks) await files.append(block);
    await writeMissingSnapshot(fs, files, described);
    // What is counted as present must outlast the journal.
    for (const number of end.numbers) await fs.syncFile(segmentPath(files.folder, number));
    // The name of a new segment takes theirs with it.
    if (replayed.blocks.length === 0) await fs.syncFolder(join(files.folder, UPDATES_FOLDER));
    await files.seal(() => ({
      ...openMetadata(described, files.sessionId, recorderId),
      end_timestamp: Math.floor(Math.max(replayed.endUs, end.endUs) / 1000),
      end_reason: lastUs === undefined ? "roll" : "crash",
      update_count: replayed.sequence - described.firstSequence + 1,
      ...files.size,
      // Those of blocks that the recorder wrote went with it.
      hashes: end.sequence === 0 ? { ...replayed.counts } : null,
      ...sums,
    }));
  } catch (error) {
    // A file that nobody closes ends the process when it is collected.
    await files.abandon().catch(() => {});
    throw error;
  }
  return { tokenId, path: files.folder, updates: replayed.updates, lost: replayed.lost };
}

/** Of what its segments had, and of the blocks that come behind that. */
async function sumsOf(
  fs: Fs,
  folder: string,
  numbers: readonly number[],
  { tokenId, market, startUs, firstSequence, predecessor }: JournalSession,
  blocks: readonly PackedBlock[],
): Promise<SumsOfUpdates> {
  if (tokenId === CHANNEL) return NO_SUMS;
  const implied = { tokenId, market };
  const sums = new SessionSums({ startUs, firstSequence, hasBook: predecessor !== null });
  await sumSegments(fs, folder, numbers, implied, sums, blocks[0]?.content.firstSequence);
  for (const { content, packed } of blocks) {
    sums.take(decodeColumns({ ...content, ...packed }, packed.stored, implied), implied);
  }
  return sums.sums;
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

/** The first book in the segments that are there: the disk may have failed one. */
async function openingIn(
  fs: Fs,
  { folder }: SessionFiles,
  implied: Implied,
): Promise<SessionFacts["opening"]> {
  const facts = new SessionFacts(implied);
  const names = await fs.list(join(folder, UPDATES_FOLDER));
  for (const number of names.flatMap((name) => segmentNumber(name) ?? [])) {
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
