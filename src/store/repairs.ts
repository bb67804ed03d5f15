/** A file that was made anew, or put aside because nothing of it is left. */
export interface RepairedFile {
  readonly file: string;
  readonly reason: string;
  /** Where what it was before is kept; `null` if there was nothing, or all of it is in the file. */
  readonly kept_as: string | null;
}

/** Updates that are lost, as a note in the file tells from now on. */
export interface LostUpdates {
  readonly file: string;
  readonly first_sequence: number;
  readonly last_sequence: number;
  /** 0 if nobody knows how many. */
  readonly updates: number;
}

/** A session that was not touched, because its recorder lives. */
export interface LivingSession {
  readonly session: string;
  readonly recorder_id: string;
  readonly pid: number;
  readonly host: string;
}

/** Damage that only a person can judge. */
export interface LeftDamage {
  readonly file: string;
  readonly reason: string;
}

/** What a repair has done, or would do. */
export interface Repairs {
  readonly dry_run: boolean;
  sessions: number;
  /** Sessions of which a file was changed. */
  repaired: number;
  readonly files: RepairedFile[];
  readonly lost: LostUpdates[];
  readonly living: LivingSession[];
  readonly left: LeftDamage[];
}
