import type { GroupVerdict } from "./judged-group.ts";

/** What came of the hashes of a token, or of many. */
export interface VerdictCounts {
  /** Groups judged for good, and the updates in those whose hash proved the book. */
  groups: number;
  updates: number;
  /** Groups by their verdicts, which add up to `groups`. */
  matched: number;
  late: number;
  searched: number;
  missed: number;
  unverifiable: number;
  shed: number;
  /** Proven groups that named other best prices than their book has. */
  best_differing: number;
  /** Later books, and those that were not the running one. */
  books: number;
  books_differing: number;
}

export function noVerdicts(): VerdictCounts {
  return {
    groups: 0,
    updates: 0,
    matched: 0,
    late: 0,
    searched: 0,
    missed: 0,
    unverifiable: 0,
    shed: 0,
    best_differing: 0,
    books: 0,
    books_differing: 0,
  };
}

const VERDICT_COUNT_NAMES = Object.keys(noVerdicts()) as (keyof VerdictCounts)[];

export function countGroup(counts: VerdictCounts, verdict: GroupVerdict, updates: number): void {
  counts.groups++;
  counts[verdict]++;
  if (verdict === "matched" || verdict === "late" || verdict === "searched") {
    counts.updates += updates;
  }
}

export function addVerdicts(to: VerdictCounts, from: Readonly<VerdictCounts>): void {
  for (const name of VERDICT_COUNT_NAMES) to[name] += from[name];
}
