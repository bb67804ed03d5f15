import { recorderFolder } from "../../src/store/paths.ts";
import type { HeldLock, TakeLock, TakeOver } from "../../src/store/take-lock.ts";

/** Locks of a disk that no other process sees: whoever asks has them. */

const RECORDER_ID = "20261118-10-40-00-abcdef";

/** As the real one does, it makes the recorder's folder. */
export const takeLoneLock: TakeLock = async (basePath, { fs }) => {
  await fs.makeFolders(recorderFolder(basePath, RECORDER_ID));
  return held(RECORDER_ID);
};

export const takeOverAlone: TakeOver = async (_basePath, recorderId) => held(recorderId);

function held(recorderId: string): HeldLock {
  const claim: HeldLock["claim"] = (groups) => groups.map(() => undefined);
  return { recorderId, claim, unclaim() {}, release: async () => {} };
}
