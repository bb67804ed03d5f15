import { join } from "node:path";
import { PolybotError } from "../format/error.ts";
import { errorCode, type Fs, systemFs } from "../ports/fs.ts";
import { BinaryStorage } from "./binary-storage.ts";
import { blankFiles } from "./blank-files.ts";
import { basePathOf, isRecorderId, METADATA_NAME, recorderFolder } from "./paths.ts";
import { livingOwner, livingRecorders } from "./recorder-lock.ts";
import type { Repairs } from "./repairs.ts";
import { SessionRepair } from "./session-repair.ts";
import { type SessionSurvey, surveySession } from "./session-survey.ts";
import { type TakeOver, takeOver } from "./take-lock.ts";

export interface RepairOptions {
  /** Says what would be done, and changes nothing. */
  readonly dryRun?: boolean;
  readonly fs?: Fs;
  /** Takes the lock of a recorder that has ended: locks live on a real disk even where `fs` does not. */
  readonly takeOver?: TakeOver;
}

/**
 * Repairs sessions, given by their folders in a store. Nothing is edited in place: what is damaged
 * is made anew from its sound chunks, with a note for each range of lost updates, and kept beside
 * as `<name>.broken`. Repairing again changes nothing. `NOT_A_STORE` for a folder outside of one,
 * `WRITE_FAILED` if the disk refuses: what was repaired by then is.
 */
export async function repair(
  sessionPaths: readonly string[],
  { dryRun = false, fs = systemFs, takeOver: take = takeOver }: RepairOptions = {},
): Promise<Repairs> {
  const repairs: Repairs = {
    dry_run: dryRun,
    sessions: sessionPaths.length,
    repaired: 0,
    files: [],
    lost: [],
    living: [],
    left: [],
  };
  const groups = new Map<string, SessionGroup>();
  for (const path of sessionPaths) {
    const basePath = basePathOf(path);
    if (basePath === undefined) throw outsideOfStore(path);
    const recorderId = await recorderOf(fs, path, repairs);
    if (recorderId === "unreadable") continue;
    if (recorderId === undefined) {
      await repairNobodys(fs, basePath, path, repairs);
      continue;
    }
    const key = join(basePath, recorderId);
    const group = groups.get(key) ?? { basePath, recorderId, paths: [] };
    groups.set(key, group);
    group.paths.push(path);
  }
  for (const group of groups.values()) await repairGroup(fs, group, repairs, take);
  return repairs;
}

/** Sessions of one recorder, whose lock they share. */
interface SessionGroup {
  readonly basePath: string;
  readonly recorderId: string;
  readonly paths: string[];
}

async function repairGroup(
  fs: Fs,
  group: SessionGroup,
  repairs: Repairs,
  take: TakeOver,
): Promise<void> {
  const { basePath, recorderId, paths } = group;
  const lock = repairs.dry_run ? undefined : await take(basePath, recorderId, fs);
  try {
    const owner = lock === undefined ? livingOwner(basePath, recorderId) : undefined;
    if (lock === undefined && (owner !== undefined || !repairs.dry_run)) {
      // Who has just let go of it is not there any more: nothing is known of him.
      const { pid, host } = owner ?? { pid: 0, host: "unknown" };
      const skipped = paths.map((session) => ({ session, recorder_id: recorderId, pid, host }));
      repairs.living.push(...skipped);
      return;
    }
    const hasJournal = (await fs.list(recorderFolder(basePath, recorderId))).some(isJournal);
    for (const path of paths) await repairSession(fs, path, hasJournal, repairs);
  } finally {
    await lock?.release();
  }
}

async function repairSession(
  fs: Fs,
  path: string,
  hasJournal: boolean,
  repairs: Repairs,
): Promise<void> {
  const survey = await surveyed(fs, path, repairs);
  if (survey?.identity === undefined) return;
  const { identity, metadata } = survey;
  const hasEnd = metadata?.content?.end_reason !== null && metadata?.content !== undefined;
  if (hasJournal && !hasEnd) {
    // The journal has updates that the segments lack: sealing without them would lose them.
    repairs.left.push({ file: path, reason: "its recorder died, and its journal is not replayed" });
    return;
  }
  try {
    await new SessionRepair(fs, path, { ...survey, identity }, repairs).run();
  } catch (error) {
    if (error instanceof PolybotError && error.code === "DAMAGED") {
      repairs.left.push({ file: path, reason: error.message });
      return;
    }
    if (error instanceof PolybotError || errorCode(error) === "") throw error;
    throw new PolybotError("WRITE_FAILED", `cannot repair ${path}: ${messageOf(error)}`, {
      path,
      hint: "polybot repair again, once the disk lets it",
      cause: error,
    });
  }
}

/** The recorder that wrote a session; `undefined` if nobody can say. */
async function recorderOf(
  fs: Fs,
  path: string,
  repairs: Repairs,
): Promise<string | "unreadable" | undefined> {
  try {
    const { recorder_id } = await new BinaryStorage(fs).readMetadata(join(path, METADATA_NAME));
    if (isRecorderId(recorder_id)) return recorder_id;
  } catch {
    // Any other file may have it.
  }
  const survey = await surveyed(fs, path, repairs);
  if (survey === undefined) return "unreadable";
  const recorderId = survey.identity?.recorderId;
  return recorderId !== undefined && isRecorderId(recorderId) ? recorderId : undefined;
}

/** A session of which no file says whose it is. */
async function repairNobodys(
  fs: Fs,
  basePath: string,
  path: string,
  repairs: Repairs,
): Promise<void> {
  const blank = await blankFiles(fs, path);
  if (blank === undefined) {
    repairs.left.push({ file: path, reason: "no file is left that says whose it is" });
    return;
  }
  // A recorder that lives may have just made them.
  if (blank.length === 0 || livingRecorders(basePath).length > 0) return;
  repairs.repaired++;
  for (const file of blank) {
    repairs.files.push({ file, reason: "nothing was ever published in it", kept_as: null });
    if (!repairs.dry_run) await fs.remove(file);
  }
}

/** What the system does not let us read is left as it is, and told. */
async function surveyed(
  fs: Fs,
  path: string,
  repairs: Repairs,
): Promise<SessionSurvey | undefined> {
  try {
    return await surveySession(fs, path);
  } catch (error) {
    if (errorCode(error) === "") throw error;
    repairs.left.push({ file: path, reason: `it cannot be read: ${messageOf(error)}` });
    return undefined;
  }
}

function isJournal(name: string): boolean {
  return name.endsWith(".wal");
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function outsideOfStore(path: string): PolybotError {
  return new PolybotError("NOT_A_STORE", `${path} lies in no polybot store`, {
    path,
    hint: "name the storage path, or a token's or session's folder in it",
  });
}
