import { CHUNK_KIND, type ChunkHeader } from "./chunk.ts";
import { damaged } from "./damaged.ts";
import type { FileHead } from "./file-head.ts";
import { asArray, asCount, asFields, asText, asTextOrNull } from "./packed-value.ts";
import type { LagCounts } from "./receive-lag.ts";
import { decodeWholeFile, encodeWholeFile } from "./whole-file.ts";

/** What the venue's REST services call a token; `""` while unknown. */
export interface Names {
  readonly question: string;
  readonly slug: string;
  readonly outcome: string;
  /** ISO 8601. */
  readonly end_date: string;
  /** The slug of the event that its market is part of. */
  readonly event: string;
}

export const NO_NAMES: Names = { question: "", slug: "", outcome: "", end_date: "", event: "" };

/** Why a session was sealed. */
const END_REASONS = ["end", "roll", "crash"] as const;
export type EndReason = (typeof END_REASONS)[number];

/** `metadata.bin`: a cache of what the session's chunks say; it can be made anew from them. */
export interface SessionMetadata extends Names {
  readonly version: number;
  readonly session_id: string;
  readonly token_id: string;
  /** Receive time of the first update, epoch milliseconds. */
  readonly start_timestamp: number;
  /** Of the last update; `null` while the session is open. */
  readonly end_timestamp: number | null;
  /** `null` while the session is open. */
  readonly end_reason: EndReason | null;
  readonly update_count: number;
  /** Condition id. */
  readonly market: string;
  readonly recorder_id: string;
  readonly first_sequence: number;
  /** The session that this one continues after a roll. */
  readonly predecessor: string | null;
  readonly segments: number;
  /** Bytes of all segments. */
  readonly bytes: number;
  /** Announcements of new markets that came again and were not stored again. */
  readonly repeats: number;
  /** What came of the venue's hashes, by name; `null` while the session is open. */
  readonly hashes: Readonly<Record<string, number>> | null;
  /** Of its updates alone; `null` while the session is open, and of the channel. */
  readonly coverage: CoverageSums | null;
  readonly receive_lag: LagCounts | null;
}

/** What metadata sums up of a session's updates. */
export type SumsOfUpdates = Pick<SessionMetadata, "coverage" | "receive_lag">;

/** Of a session that is open. */
export const NO_SUMS: SumsOfUpdates = { coverage: null, receive_lag: null };

/** Time by its states (docs/COVERAGE.md), microseconds. */
const COVERAGE_SUMS = [
  "verified_us",
  "unverified_us",
  "suspect_us",
  "gap_us",
  "gaps",
  "longest_gap_us",
] as const;

export type CoverageSums = Readonly<Record<(typeof COVERAGE_SUMS)[number], number>>;

export function encodeMetadata(
  salt: number,
  head: FileHead,
  metadata: SessionMetadata,
): Uint8Array<ArrayBuffer> {
  const content = {
    kind: CHUNK_KIND.metadata,
    minUs: metadata.start_timestamp * 1000,
    maxUs: (metadata.end_timestamp ?? metadata.start_timestamp) * 1000,
    firstSequence: metadata.first_sequence,
  };
  return encodeWholeFile(salt, head, content, metadata);
}

export function decodeMetadata(header: ChunkHeader, stored: Uint8Array): SessionMetadata {
  const fields = decodeWholeFile(header, stored);
  return {
    version: asCount(fields.version),
    session_id: asText(fields.session_id),
    token_id: asText(fields.token_id),
    start_timestamp: asCount(fields.start_timestamp),
    end_timestamp: fields.end_timestamp === null ? null : asCount(fields.end_timestamp),
    end_reason: fields.end_reason === null ? null : asEndReason(fields.end_reason),
    update_count: asCount(fields.update_count),
    market: asText(fields.market),
    question: asText(fields.question),
    slug: asText(fields.slug),
    outcome: asText(fields.outcome),
    end_date: asText(fields.end_date),
    event: asText(fields.event),
    recorder_id: asText(fields.recorder_id),
    first_sequence: asCount(fields.first_sequence),
    predecessor: asTextOrNull(fields.predecessor),
    segments: asCount(fields.segments),
    bytes: asCount(fields.bytes),
    repeats: asCount(fields.repeats),
    hashes: fields.hashes === null ? null : asCounts(fields.hashes),
    coverage: fields.coverage === null ? null : asCoverage(fields.coverage),
    receive_lag: fields.receive_lag === null ? null : asLags(fields.receive_lag),
  };
}

function asCoverage(value: unknown): CoverageSums {
  const fields = asFields(value);
  const sums = COVERAGE_SUMS.map((name) => [name, asCount(fields[name])]);
  return Object.fromEntries(sums) as CoverageSums;
}

function asLags(value: unknown): LagCounts {
  return asArray(value).map((pair) => {
    const [upToMs, changes] = asArray(pair);
    if (!Number.isSafeInteger(upToMs)) throw damaged("a bound of receive lags is no number");
    return [upToMs as number, asCount(changes)];
  });
}

function asCounts(value: unknown): Record<string, number> {
  const counts = Object.entries(asFields(value)).map(([name, count]) => [name, asCount(count)]);
  return Object.fromEntries(counts) as Record<string, number>;
}

/** `DAMAGED` for a reason that this version does not know. */
export function asEndReason(value: unknown): EndReason {
  const reason = END_REASONS.find((known) => known === value);
  if (reason === undefined) throw damaged("a session ended for an unknown reason");
  return reason;
}
