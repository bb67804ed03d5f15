import { dirname, join } from "node:path";
import { type Fs, systemFs } from "../ports/fs.ts";
import { diskSize } from "./disk-size.ts";
import { TOMBSTONES_NAME } from "./paths.ts";
import { type TakePruneLock, takePruneLock } from "./prune-lock.ts";
import type { Prunes } from "./prunes.ts";
import { livingOwner } from "./recorder-lock.ts";
import { removeDurablyAside, removeSessions } from "./removal.ts";
import {
  type Pace,
  readSealed,
  type SealedSession,
  type StoreSurvey,
  surveyStore,
} from "./store-survey.ts";
import { type TakeOver, takeOver } from "./take-lock.ts";

/** What is to go: sealed sessions only, the one that ended first before all others. */
export interface PruneAim {
  /** Until the store takes no more than this on the disk. */
  readonly maxBytes?: number;
  /** And all whose last update came before this, epoch milliseconds. */
  readonly endedBeforeMs?: number;
}

export interface OwnRecorder {
  readonly recorderId: string;
  /** Waits for the sessions that are being sealed: their files are still used. */
  sealed(): Promise<void>;
}

export interface PruneOptions extends PruneAim {
  /** Says what would be done, and changes nothing. */
  readonly dryRun?: boolean;
  /** The recorder that this process is: its lock is held already. */
  readonly own?: OwnRecorder;
  readonly pace?: Pace;
  /** Asked between tokens: what is not done is left for the next time. */
  readonly mayGoOn?: () => boolean;
  readonly fs?: Fs;
  /** Locks live on a real disk even where `fs` does not. */
  readonly takeOver?: TakeOver;
  readonly takePruneLock?: TakePruneLock;
}

/**
 * Removes the oldest sealed sessions of a store, each whole, and keeps a tombstone of each. Sessions
 * that are open stay, and so do those of other recorders that live, which are named. Pruning again
 * changes nothing. `PRUNE_RUNNING` if another process prunes the store.
 */
export async function prune(basePath: string, options: PruneOptions): Promise<Prunes> {
  const lock = options.dryRun ? undefined : (options.takePruneLock ?? takePruneLock)(basePath);
  try {
    const run = new PruneRun(basePath, options);
    await run.run();
    return run.prunes;
  } finally {
    lock?.release();
  }
}

class PruneRun {
  readonly prunes: Prunes;
  readonly #basePath: string;
  readonly #options: PruneOptions;
  readonly #fs: Fs;
  /** Recorders whose lock somebody else has. */
  readonly #foreign = new Set<string>();

  constructor(basePath: string, options: PruneOptions) {
    const { dryRun = false, fs = systemFs } = options;
    this.#basePath = basePath;
    this.#options = options;
    this.#fs = fs;
    const nothing = { pruned: [], skipped: [], left: [] };
    this.prunes = { dry_run: dryRun, bytes_before: 0, bytes: 0, ...nothing };
  }

  async run(): Promise<void> {
    const { prunes } = this;
    let survey = await this.#survey();
    prunes.bytes_before = survey.bytes;
    for (;;) {
      const before = prunes.pruned.length + this.#foreign.size;
      prunes.bytes = survey.bytes;
      prunes.left.push(...survey.left);
      await this.#finish(survey.leftovers);
      await this.#prune(survey.sealed);
      // What was too much to be remembered comes now, unless nothing would come of it.
      const isVain = prunes.pruned.length + this.#foreign.size === before;
      if (!survey.hasMore || isVain || prunes.dry_run || !this.#mayGoOn) return;
      survey = await this.#survey();
      prunes.left.length = 0;
    }
  }

  get #mayGoOn(): boolean {
    return this.#options.mayGoOn?.() ?? true;
  }

  #survey(): Promise<StoreSurvey> {
    const { pace } = this.#options;
    const options = { foreign: this.#foreign, ...(pace && { pace }) };
    return surveyStore(this.#fs, this.#basePath, options);
  }

  /** What is aside has its tombstone and is no session any more: no recorder's lock is needed. */
  async #finish(leftovers: readonly string[]): Promise<void> {
    for (const path of leftovers) {
      if (this.prunes.dry_run || !this.#mayGoOn) return;
      const bytes = await diskSize(this.#fs, path);
      await this.#orLeft(path, async () => {
        await removeDurablyAside(this.#fs, [path]);
        this.prunes.bytes -= bytes;
      });
    }
  }

  async #prune(sealed: readonly SealedSession[]): Promise<void> {
    let candidates = sealed;
    for (;;) {
      const chosen = this.#choose(candidates);
      if (chosen.length === 0 || !this.#mayGoOn) return;
      const byRecorder = Map.groupBy(chosen, ({ recorderId }) => recorderId);
      for (const [recorderId, sessions] of byRecorder) await this.#ofRecorder(recorderId, sessions);
      const tried = new Set(chosen);
      candidates = candidates.filter((session) => !tried.has(session));
    }
  }

  /** As many of the oldest as have to go. */
  #choose(candidates: readonly SealedSession[]): SealedSession[] {
    const { maxBytes = Number.POSITIVE_INFINITY, endedBeforeMs = 0 } = this.#options;
    const chosen: SealedSession[] = [];
    let { bytes } = this.prunes;
    for (const session of candidates) {
      if (this.#foreign.has(session.recorderId)) continue;
      if (bytes <= maxBytes && session.endMs >= endedBeforeMs) break;
      chosen.push(session);
      bytes -= session.bytes;
    }
    return chosen;
  }

  async #ofRecorder(recorderId: string, sessions: readonly SealedSession[]): Promise<void> {
    const { own, dryRun } = this.#options;
    // One's own lock is never asked for.
    const isOwn = recorderId === own?.recorderId;
    if (isOwn) await own?.sealed();
    const take = this.#options.takeOver ?? takeOver;
    const lock = isOwn || dryRun ? undefined : await take(this.#basePath, recorderId, this.#fs);
    try {
      const owner = isOwn || lock ? undefined : livingOwner(this.#basePath, recorderId);
      if (owner !== undefined || (lock === undefined && !isOwn && !dryRun)) {
        this.#skip(recorderId, sessions, owner ?? { pid: 0, host: "unknown" });
        return;
      }
      for (const ofToken of Map.groupBy(sessions, ({ path }) => dirname(path)).values()) {
        if (!this.#mayGoOn) return;
        await this.#orLeft(dirname(ofToken[0]!.path), () => this.#ofToken(recorderId, ofToken));
      }
    } finally {
      await lock?.release();
    }
  }

  /** A living recorder's, or one's whose sessions are recovered or repaired right now. */
  #skip(
    recorderId: string,
    sessions: readonly SealedSession[],
    { pid, host }: { readonly pid: number; readonly host: string },
  ): void {
    this.#foreign.add(recorderId);
    const paths = sessions.map(({ path }) => path);
    const bytes = sessions.reduce((sum, session) => sum + session.bytes, 0);
    this.prunes.skipped.push({ recorder_id: recorderId, pid, host, sessions: paths, bytes });
  }

  async #ofToken(recorderId: string, sessions: readonly SealedSession[]): Promise<void> {
    const { prunes } = this;
    const paths = sessions.map(({ path }) => path);
    const tombstones = join(dirname(paths[0]!), TOMBSTONES_NAME);
    const told = await diskSize(this.#fs, tombstones);
    const { removed, broken } = prunes.dry_run
      ? { removed: await this.#readAll(paths), broken: undefined }
      : await removeSessions(this.#fs, paths, recorderId);
    prunes.bytes += (await diskSize(this.#fs, tombstones)) - told;
    const sizes = new Map(sessions.map(({ path, bytes }) => [path, bytes]));
    for (const { path, metadata } of removed) {
      const { token_id, slug, outcome, start_timestamp, end_timestamp, update_count } = metadata;
      const bytes = sizes.get(path)!;
      prunes.bytes -= bytes;
      const named = { session: path, token_id, slug, outcome };
      prunes.pruned.push({ ...named, start_timestamp, end_timestamp, update_count, bytes });
    }
    if (broken !== undefined) {
      const reason = "it holds tombstones and is damaged: a new file was begun";
      prunes.left.push({ file: broken, reason });
    }
    await this.#options.pace?.();
  }

  async #readAll(paths: readonly string[]) {
    const found = await Promise.all(
      paths.map(async (path) => ({ path, metadata: await readSealed(this.#fs, path) })),
    );
    return found.flatMap(({ path, metadata }) => (metadata ? [{ path, metadata }] : []));
  }

  /** What the disk refuses of one token need not keep the others. */
  async #orLeft(file: string, run: () => Promise<void>): Promise<void> {
    try {
      await run();
    } catch (error) {
      const reason = `it cannot be pruned: ${error instanceof Error ? error.message : error}`;
      this.prunes.left.push({ file, reason });
    }
  }
}
