import { PolybotError } from "../format/error.ts";
import { type Clock, systemClock } from "../ports/clock.ts";
import { type Fs, systemFs } from "../ports/fs.ts";
import { type Random, systemRandom } from "../ports/random.ts";
import type { SyncMode } from "./journal.ts";
import type { Recovery } from "./recovery.ts";
import { replayThread } from "./replay-thread.ts";
import type { Replayer } from "./replayer.ts";
import type { SessionRoll } from "./session-roll.ts";
import type { TakeLock, TakeOver } from "./take-lock.ts";

export type StorageConfig = Readonly<{
  /** `false`: every call does nothing. Defaults to true. */
  enabled?: boolean;
  /** The storage path; `stream/` is made in it. */
  basePath: string;
  /** Longest update file, in megabytes of 10^6 bytes; fractions allowed. Defaults to 100. */
  maxFileSizeMb?: number;
  /** Updates that may wait for the disk before calls wait for it. Defaults to 65,536. */
  bufferSize?: number;
  /**
   * When received updates are made durable: every so many milliseconds, after every write, or
   * whenever the system does. They are written within 50 ms in any case. Defaults to 200.
   */
  sync?: SyncMode;
  /** When a session gives way to another, at the end of a UTC hour or day. Defaults to `day`. */
  roll?: SessionRoll;
  /** Hears of what recorders that died left in the store, and of what came of it. */
  onRecovered?: (recovery: Recovery) => void;
}>;

export type StoragePorts = Readonly<{
  fs: Fs;
  clock: Clock;
  random: Random;
  /** Defaults to the real one. */
  takeLock?: TakeLock;
  takeOver?: TakeOver;
  /** Defaults to this thread. */
  startReplayer?: () => Promise<Replayer>;
}>;

export const DEFAULT_MAX_FILE_MB = 100;
export const DEFAULT_BUFFER_SIZE = 65_536;
export const DEFAULT_SYNC_MS = 200;
export const DEFAULT_ROLL: SessionRoll = "day";
/** Under this a segment could not hold its own head and end. */
export const MIN_FILE_MB = 0.002;

export const systemPorts: StoragePorts = {
  fs: systemFs,
  clock: systemClock,
  random: systemRandom,
  startReplayer: replayThread,
};

const BYTES_PER_MB = 1_000_000;

/** Longest segment. */
export function segmentBytesOf({ maxFileSizeMb = DEFAULT_MAX_FILE_MB }: StorageConfig): number {
  return Math.floor(maxFileSizeMb * BYTES_PER_MB);
}

/** `BAD_INPUT` for a configuration that nobody could record with. */
export function checkConfig(config: StorageConfig): void {
  const { maxFileSizeMb = DEFAULT_MAX_FILE_MB, bufferSize = DEFAULT_BUFFER_SIZE } = config;
  if (!(maxFileSizeMb >= MIN_FILE_MB)) {
    throw new PolybotError("BAD_INPUT", `maxFileSizeMb is ${maxFileSizeMb}, under ${MIN_FILE_MB}`);
  }
  if (!(bufferSize >= 1)) throw new PolybotError("BAD_INPUT", `bufferSize is ${bufferSize}`);
}
