import type { JournalSession } from "../format/journal-record.ts";
import { FORMAT_VERSION } from "../format/limits.ts";
import { NO_SUMS, type SessionMetadata } from "../format/metadata.ts";

/** The metadata of a session that has no end yet, and nothing in its segments. */
export function openMetadata(
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
    ...NO_SUMS,
  };
}
