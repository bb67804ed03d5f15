/** A damaged or missing place. */
export interface Problem {
  readonly file: string;
  /** Byte in the file; `null` where the whole file is meant. */
  readonly offset: number | null;
  /** Chunk number in the file, where it is known. */
  readonly block: number | null;
  readonly reason: string;
  /** The updates that are lost with it, where that is known. */
  readonly first_sequence: number | null;
  readonly last_sequence: number | null;
  /** The one bit that is wrong, if one alone can be: its byte in the file, and 0 for the lowest. */
  readonly flipped_bit: { readonly offset: number; readonly bit: number } | null;
}

/** Updates by what was found out about their hashes. */
export interface HashCounts {
  /** Made again from the books. */
  checked: number;
  /** Of those, in blocks whose evidence says that the venue sent these. */
  matched: number;
  /** Stored as the venue sent them, and not made again. */
  literal: number;
  /** In blocks that contradict their evidence. */
  failed: number;
}

export interface Verification {
  sessions: number;
  /** Sessions without an end: being written, or of a recorder that died. */
  open: number;
  /** Those of them whose recorder is known to be dead. */
  crashed: number;
  segments: number;
  blocks: number;
  updates: number;
  /** Of all segments. */
  bytes: number;
  /** Damaged places: as many as `problems`. */
  damaged: number;
  /** Updates that were lost before, and of which notes of repairs tell. */
  lost: number;
  /** Sessions that are not there any more, as tombstones tell. */
  pruned: number;
  hashes: HashCounts;
  problems: Problem[];
}

export function noVerification(): Verification {
  return {
    sessions: 0,
    open: 0,
    crashed: 0,
    segments: 0,
    blocks: 0,
    updates: 0,
    bytes: 0,
    damaged: 0,
    lost: 0,
    pruned: 0,
    hashes: { checked: 0, matched: 0, literal: 0, failed: 0 },
    problems: [],
  };
}

const COUNTS = [
  "sessions",
  "open",
  "crashed",
  "segments",
  "blocks",
  "updates",
  "bytes",
  "damaged",
  "lost",
  "pruned",
] as const;
const HASH_COUNTS = ["checked", "matched", "literal", "failed"] as const;

export function addVerification(sum: Verification, part: Verification): void {
  for (const name of COUNTS) sum[name] += part[name];
  for (const name of HASH_COUNTS) sum.hashes[name] += part.hashes[name];
  sum.problems.push(...part.problems);
  sum.damaged = sum.problems.length;
}

/** What a problem says where nothing more is known. */
export const NOTHING_MORE = {
  offset: null,
  block: null,
  first_sequence: null,
  last_sequence: null,
  flipped_bit: null,
} as const;
