import { CHUNK_KIND } from "../format/chunk.ts";
import { FORMAT_VERSION } from "../format/limits.ts";
import { NO_NAMES, NO_SUMS, type SessionMetadata } from "../format/metadata.ts";
import { type Fs, systemFs } from "../ports/fs.ts";
import { scanPath } from "./scan-path.ts";
import type { SessionFolder } from "./session-folder.ts";

/** Metadata of a session with where it lies and how it stands. */
export interface SessionDescription extends SessionMetadata {
  readonly path: string;
  /** `open` has no end: it is being written, or its recorder died. */
  readonly state: "open" | "sealed";
}

/** Descriptions of a store's sessions, but of those that are pruned meanwhile. */
export async function* describeSessions(
  sessions: readonly SessionFolder[],
  fs: Fs = systemFs,
): AsyncGenerator<SessionDescription> {
  for (const session of sessions) {
    const description = await describeSession(session, fs);
    // Only what has no metadata can be one that is not there.
    if (description.update_count > 0 || !(await session.isGone())) yield description;
  }
}

/**
 * What a sealed session's metadata says. An open session's is from its beginning, and a damaged
 * one says nothing: then the blocks themselves are counted.
 */
export async function describeSession(
  session: SessionFolder,
  fs: Fs = systemFs,
): Promise<SessionDescription> {
  const { path } = session;
  const metadata = await session.soundMetadata();
  const state = metadata?.end_reason === null ? "open" : "sealed";
  if (metadata !== undefined && state === "sealed" && !session.isLoneSegment) {
    return { ...metadata, path, state };
  }
  const counted = await countBlocks(session, fs);
  // What has only its journal so far has its start from there.
  if (metadata !== undefined && counted.update_count === 0) {
    const { segments, bytes } = counted;
    return { ...metadata, update_count: 0, segments, bytes, path, state };
  }
  if (metadata !== undefined) return { ...metadata, ...counted, path, state };
  const identity = await session.identity(undefined);
  return {
    version: FORMAT_VERSION,
    session_id: identity.sessionId,
    token_id: identity.tokenId,
    end_reason: null,
    market: identity.market,
    ...NO_NAMES,
    recorder_id: identity.recorderId,
    predecessor: null,
    repeats: 0,
    hashes: null,
    ...NO_SUMS,
    ...counted,
    path,
    state: session.isLone ? "sealed" : "open",
  };
}

type Counted = Pick<
  SessionMetadata,
  "start_timestamp" | "end_timestamp" | "update_count" | "first_sequence" | "segments" | "bytes"
>;

async function countBlocks(session: SessionFolder, fs: Fs): Promise<Counted> {
  const segments = await session.segments();
  let minUs = Number.POSITIVE_INFINITY;
  let maxUs = 0;
  let updates = 0;
  let firstSequence: number | undefined;
  for (const { path } of segments) {
    for await (const part of scanPath(fs, path)) {
      if (part.kind !== "chunk" || part.header.kind !== CHUNK_KIND.block) continue;
      minUs = Math.min(minUs, part.header.minUs);
      maxUs = Math.max(maxUs, part.header.maxUs);
      updates += part.header.records;
      firstSequence ??= part.header.firstSequence;
    }
  }
  return {
    start_timestamp: updates === 0 ? 0 : Math.floor(minUs / 1000),
    end_timestamp: updates === 0 ? null : Math.floor(maxUs / 1000),
    update_count: updates,
    first_sequence: firstSequence ?? 1,
    segments: segments.length,
    bytes: segments.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}
