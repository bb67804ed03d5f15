import type { LeftDamage } from "./repairs.ts";

/** A session that was removed, or would be. */
export interface PrunedSession {
  readonly session: string;
  /** `""` for the channel. */
  readonly token_id: string;
  /** Of its market, as REST calls it; `""` while unknown. */
  readonly slug: string;
  readonly outcome: string;
  /** Receive times of its first and last update, epoch milliseconds. */
  readonly start_timestamp: number;
  readonly end_timestamp: number;
  readonly update_count: number;
  /** What it took on the disk. */
  readonly bytes: number;
}

/** Sessions of one recorder that should have been removed, but are not ours to change. */
export interface SkippedSessions {
  readonly recorder_id: string;
  readonly pid: number;
  readonly host: string;
  readonly sessions: readonly string[];
  /** What they take on the disk. */
  readonly bytes: number;
}

/** What a prune has done, or would do. */
export interface Prunes {
  readonly dry_run: boolean;
  /** What the store took on the disk before, and takes now. */
  bytes_before: number;
  bytes: number;
  readonly pruned: PrunedSession[];
  readonly skipped: SkippedSessions[];
  /** What could not be looked at or removed, and why. */
  readonly left: LeftDamage[];
}
