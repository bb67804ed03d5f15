import { join } from "node:path";
import { decodeMetadata, type SessionMetadata } from "../format/metadata.ts";
import { onlyChunk } from "../format/scan-bytes.ts";
import type { Fs } from "../ports/fs.ts";
import { diskSize } from "./disk-size.ts";
import {
  channelFolder,
  isPruneLeftover,
  isSessionId,
  journalFolder,
  METADATA_NAME,
  marketFolder,
  recorderFolder,
} from "./paths.ts";
import type { LeftDamage } from "./repairs.ts";

/** Sealed sessions that are remembered at a time; those of a large store may be millions. */
const SESSIONS_MAX = 10_000;

/** A session that has its end. */
export interface SealedSession {
  readonly path: string;
  readonly recorderId: string;
  /** Receive time of its last update, epoch milliseconds. */
  readonly endMs: number;
  /** What it takes on the disk. */
  readonly bytes: number;
}

export interface StoreSurvey {
  /** What the whole store takes on the disk. */
  readonly bytes: number;
  /** The sealed sessions that ended first, the oldest first. */
  readonly sealed: readonly SealedSession[];
  /** Whether there are more. */
  readonly hasMore: boolean;
  /** Of removals that did not come to their end. */
  readonly leftovers: readonly string[];
  readonly left: readonly LeftDamage[];
}

/** Waits between one session and the next: who looks at a large store has other things to do. */
export type Pace = () => Promise<void>;

export interface SurveyOptions {
  readonly pace?: Pace;
  /** Recorders whose sessions are measured, but not remembered. */
  readonly foreign?: ReadonlySet<string>;
}

/** Measures a store and finds its oldest sealed sessions, by their metadata alone. */
export async function surveyStore(
  fs: Fs,
  basePath: string,
  options: SurveyOptions = {},
): Promise<StoreSurvey> {
  const survey = new Survey(fs, options);
  await survey.run(basePath);
  return survey;
}

class Survey implements StoreSurvey {
  bytes = 0;
  sealed: SealedSession[] = [];
  hasMore = false;
  readonly leftovers: string[] = [];
  readonly left: LeftDamage[] = [];
  readonly #fs: Fs;
  readonly #options: SurveyOptions;

  constructor(fs: Fs, options: SurveyOptions) {
    this.#fs = fs;
    this.#options = options;
  }

  async run(basePath: string): Promise<void> {
    await this.#journals(basePath);
    for (const parent of [marketFolder(basePath), channelFolder(basePath)]) {
      for (const token of await this.#fs.list(parent)) {
        await this.#token(join(parent, token));
      }
    }
    this.#keepOldest();
  }

  /** Locks of the whole store are not counted: they come and go with whoever asks. */
  async #journals(basePath: string): Promise<void> {
    for (const name of await this.#fs.list(journalFolder(basePath))) {
      const folder = recorderFolder(basePath, name);
      const isFolder = (await this.#fs.stat(folder))?.kind === "folder";
      if (isFolder) this.bytes += await diskSize(this.#fs, folder);
    }
  }

  async #token(folder: string): Promise<void> {
    for (const name of await this.#fs.list(folder)) {
      await this.#options.pace?.();
      const path = join(folder, name);
      try {
        const bytes = await diskSize(this.#fs, path);
        this.bytes += bytes;
        if (isPruneLeftover(name)) this.leftovers.push(path);
        if (isSessionId(name)) await this.#session(path, bytes);
      } catch (error) {
        const reason = `it cannot be looked at: ${error instanceof Error ? error.message : error}`;
        this.left.push({ file: path, reason });
      }
    }
  }

  async #session(path: string, bytes: number): Promise<void> {
    const metadata = await readSealed(this.#fs, path);
    if (metadata === undefined || this.#options.foreign?.has(metadata.recorder_id)) return;
    const { recorder_id: recorderId, end_timestamp: endMs } = metadata;
    this.sealed.push({ path, recorderId, endMs, bytes });
    if (this.sealed.length >= 2 * SESSIONS_MAX) this.#keepOldest();
  }

  #keepOldest(): void {
    this.sealed.sort((a, b) => a.endMs - b.endMs || (a.path < b.path ? -1 : 1));
    if (this.sealed.length <= SESSIONS_MAX) return;
    this.hasMore = true;
    this.sealed.length = SESSIONS_MAX;
  }
}

/** The metadata of a session that has its end. */
export type SealedMetadata = SessionMetadata & {
  readonly end_timestamp: number;
  readonly end_reason: NonNullable<SessionMetadata["end_reason"]>;
};

/** `undefined` for a session that is open, or is not there; `DAMAGED` where nobody can say. */
export async function readSealed(fs: Fs, path: string): Promise<SealedMetadata | undefined> {
  const bytes = await fs.readFile(join(path, METADATA_NAME));
  if (bytes === undefined) return undefined;
  const { header, stored } = onlyChunk(bytes, "metadata");
  const metadata = decodeMetadata(header, stored);
  const { end_timestamp, end_reason } = metadata;
  if (end_timestamp === null || end_reason === null) return undefined;
  return { ...metadata, end_timestamp, end_reason };
}
