import type { FileHead, FileKind } from "../format/file-head.ts";
import { FORMAT_VERSION } from "../format/limits.ts";
import { encodeMetadata, NO_NAMES, NO_SUMS, type SessionMetadata } from "../format/metadata.ts";
import { type BinarySnapshot, encodeSnapshot } from "../format/snapshot.ts";
import { saltOf } from "./rebuilt-segment.ts";
import type { SessionFacts } from "./session-facts.ts";
import type { SessionIdentity } from "./session-survey.ts";

const US_PER_MS = 1000;

/** What a session's segments are once they are repaired. */
export interface SegmentSums {
  readonly segments: number;
  readonly bytes: number;
  /** Whether the last one had its tail before. */
  readonly wasSealed: boolean;
}

/**
 * The metadata of a session that has ended, but for its sums. What only the metadata knew is kept if that is
 * readable: how it ended, its predecessor, repeats, what came of its hashes.
 */
export function rebuiltMetadata(
  { tokenId, market, sessionId, recorderId }: SessionIdentity,
  firstSequence: number,
  before: SessionMetadata | undefined,
  facts: SessionFacts,
  { segments, bytes, wasSealed }: SegmentSums,
): SessionMetadata {
  const startUs = facts.startUs ?? 0;
  const wasEnded = before !== undefined && before.end_reason !== null;
  const start = before?.start_timestamp ?? Math.floor(startUs / US_PER_MS);
  return {
    version: FORMAT_VERSION,
    session_id: sessionId,
    token_id: tokenId,
    start_timestamp: start,
    end_timestamp: wasEnded
      ? before.end_timestamp
      : Math.max(start, Math.floor(facts.endUs / US_PER_MS)),
    end_reason: before === undefined && wasSealed ? "end" : (before?.end_reason ?? "crash"),
    update_count: facts.updates,
    market,
    // That of an open session may be from before the last note of names.
    ...((wasEnded ? undefined : facts.names) ?? namesOf(before)),
    recorder_id: recorderId,
    first_sequence: firstSequence,
    predecessor: before?.predecessor ?? facts.predecessor,
    segments,
    bytes,
    repeats: before?.repeats ?? 0,
    hashes: before?.hashes ?? null,
    ...NO_SUMS,
  };
}

function namesOf(metadata: SessionMetadata | undefined) {
  if (metadata === undefined) return NO_NAMES;
  const { question, slug, outcome, end_date, event } = metadata;
  return { question, slug, outcome, end_date, event };
}

/** The bytes of a file; the same whenever it is made. */
export function metadataBytes(identity: SessionIdentity, metadata: SessionMetadata): Uint8Array {
  const head = headOf("metadata", identity);
  return encodeMetadata(saltOf(head), head, metadata);
}

export function snapshotBytes(identity: SessionIdentity, snapshot: BinarySnapshot): Uint8Array {
  const head = headOf("snapshot", identity);
  return encodeSnapshot(saltOf(head), head, snapshot);
}

function headOf(fileKind: FileKind, identity: SessionIdentity): FileHead {
  const { tokenId, market, sessionId, recorderId } = identity;
  return { fileKind, tokenId, market, sessionId, recorderId, segment: 0, firstSequence: 0 };
}
