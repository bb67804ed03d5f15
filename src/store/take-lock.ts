import type { Clock } from "../ports/clock.ts";
import type { Fs } from "../ports/fs.ts";
import type { Random } from "../ports/random.ts";
import {
  claimTokens,
  freeingTokens,
  type Refusal,
  releaseAllTokens,
  releaseTokens,
} from "./claims.ts";
import { RecorderLock } from "./recorder-lock.ts";

/** What a recorder holds in a store as long as its process lives. */
export interface HeldLock {
  readonly recorderId: string;
  /** Claims groups of tokens, each all or none; gives why not, group by group. */
  claim(groups: readonly (readonly string[])[]): Refusal[];
  /** Gives tokens back. */
  unclaim(tokenIds: readonly string[]): void;
  /** Gives all tokens and the lock back. */
  release(): Promise<void>;
}

/**
 * Takes the lock of a new recorder in a store. A port of its own: locks live on a real disk even
 * where recordings do not.
 */
export type TakeLock = (
  basePath: string,
  ports: { readonly fs: Fs; readonly clock: Clock; readonly random: Random },
) => Promise<HeldLock>;

/** The real thing, on SQLite. */
export const takeLock: TakeLock = async (basePath, ports) => {
  return held(basePath, await RecorderLock.acquire(basePath, ports));
};

/**
 * Takes the lock of a recorder that has died, whose tokens are free then; `undefined` if it lives,
 * or is being recovered.
 */
export type TakeOver = (
  basePath: string,
  recorderId: string,
  fs: Fs,
) => Promise<HeldLock | undefined>;

export const takeOver: TakeOver = async (basePath, recorderId, fs) => {
  const take = () => RecorderLock.takeOver(basePath, recorderId);
  const lock = freeingTokens(basePath, recorderId, take);
  await lock?.sayOwner(fs);
  return lock && held(basePath, lock);
};

function held(basePath: string, lock: RecorderLock): HeldLock {
  const { recorderId } = lock;
  return {
    recorderId,
    claim: (groups) => claimTokens(basePath, recorderId, groups),
    unclaim: (tokenIds) => releaseTokens(basePath, recorderId, tokenIds),
    async release() {
      try {
        releaseAllTokens(basePath, recorderId);
      } catch {
        // A full disk, most likely. Claims of a recorder without a lock count nothing.
      }
      await lock.release();
    },
  };
}
