import { join } from "node:path";
import type { JournalSession } from "../format/journal-record.ts";
import type { Clock } from "../ports/clock.ts";
import type { Fs } from "../ports/fs.ts";
import { DeadJournal, type DeadSession } from "./dead-journal.ts";
import { inLanes } from "./lanes.ts";
import { OpenFiles } from "./open-files.ts";
import { journalFolder, recorderFolder, tokenFolder } from "./paths.ts";
import { LocalReplayer, type Replayer } from "./replayer.ts";
import { reservePath } from "./reserve-file.ts";
import { type RecoveredSession, recoverSession } from "./session-recovery.ts";
import type { TakeOver } from "./take-lock.ts";
import { findUnsealed, type UnsealedSession } from "./unsealed-session.ts";

/** Sessions that are worked on at the same time: most of the time the disk is waited for. */
const LANES = 16;

export interface RecoveryOptions {
  readonly basePath: string;
  readonly fs: Fs;
  readonly clock: Clock;
  readonly takeOver: TakeOver;
  /** Replays what a journal holds; in this thread unless told. */
  readonly startReplayer?: (() => Promise<Replayer>) | undefined;
  /** Longest segment. */
  readonly segmentBytesMax: number;
  /** Of recorders that are known to live: their locks are not asked for. */
  readonly living: readonly string[];
  /** Asked between sessions: what is not done is left for the next recovery. */
  readonly mayGoOn?: () => boolean;
}

/** What came of the journal of one dead recorder. */
export interface Recovery {
  readonly recorderId: string;
  readonly sessions: readonly RecoveredSession[];
  /** Places of the journal that cannot be read. */
  readonly damaged: number;
  /** Why it could not be brought to its end; its journal is kept. */
  readonly failure: unknown;
}

/** Brings everything to its end that recorders of a store left when they died. */
export async function* recoverStore(options: RecoveryOptions): AsyncGenerator<Recovery> {
  const { basePath, fs, living } = options;
  const folder = journalFolder(basePath);
  for (const recorderId of await fs.list(folder)) {
    if (living.includes(recorderId) || options.mayGoOn?.() === false) continue;
    if ((await fs.stat(recorderFolder(basePath, recorderId)))?.kind !== "folder") continue;
    const lock = await options.takeOver(basePath, recorderId, fs);
    if (lock === undefined) continue;
    try {
      const recovery = await recoverRecorder(recorderId, options);
      if (recovery !== undefined) yield recovery;
    } finally {
      await lock.release();
    }
  }
}

/** `undefined` where no journal is, or only what nobody could read of one. */
async function recoverRecorder(
  recorderId: string,
  options: RecoveryOptions,
): Promise<Recovery | undefined> {
  const { basePath, fs, clock, segmentBytesMax, mayGoOn = () => true } = options;
  const { startReplayer = async () => new LocalReplayer(clock) } = options;
  const folder = recorderFolder(basePath, recorderId);
  const sessions: RecoveredSession[] = [];
  let damaged = 0;
  let starting: Promise<Replayer> | undefined;
  try {
    const journal = await DeadJournal.open(fs, folder);
    if (journal.paths.length === 0) {
      await fs.remove(reservePath(folder));
      return undefined;
    }
    // It is there by the time that something is to be replayed.
    starting = startReplayer();
    damaged = journal.damage.length;
    const place = {
      fs,
      files: new OpenFiles(fs),
      basePath,
      recorderId,
      segmentBytesMax,
      taken: new Set<string>(),
    };
    const unsealed = new Map<number, UnsealedSession>();
    const find = async ({ number, described }: DeadSession) => {
      // What names it is lost, and nobody can say whose its updates are.
      if (described === undefined) {
        damaged++;
        return;
      }
      const untilUs = () => nextStartUs(journal, described);
      const found = await findUnsealed(place, number, described, untilUs);
      if (found !== undefined) unsealed.set(number, found);
    };
    const open = [...journal.sessions.values()].filter(({ isSealed }) => !isSealed);
    const hasFolder = ({ described }: DeadSession) => (described?.sessionId ?? "") !== "";
    await inLanes(LANES, open.filter(hasFolder), find);
    for (const session of open) if (!hasFolder(session)) await find(session);
    // Their names are durable before any is sealed. All tokens lie in one folder.
    const parents = new Set([...unsealed.values()].flatMap(({ files }) => files.parents));
    await inLanes(LANES, parents, (parent) => fs.syncFolder(parent));
    for (const { files } of unsealed.values()) files.listed();
    const ends = new Map([...unsealed].map(([number, { end }]) => [number, end.sequence]));
    const pending = await journal.pending(ends);
    const continued = new Set(
      [...journal.sessions.values()].flatMap(({ described }) => {
        if (described === undefined || described.predecessor === null) return [];
        return join(tokenFolder(basePath, described.tokenId, recorderId), described.predecessor);
      }),
    );
    const replayer = await starting;
    await inLanes(LANES, unsealed.values(), async (session) => {
      if (!mayGoOn()) throw new Error("it was stopped before its end");
      const records = pending.get(session.number)!.take();
      pending.delete(session.number);
      // What another session went on for had its end before the recorder died.
      const lastUs = continued.has(session.files.folder) ? undefined : journal.lastUs;
      sessions.push(await recoverSession(place, session, replayer, records, lastUs));
    });
    // Everything that it held is durable elsewhere by now, but what nobody could read.
    for (const path of journal.paths) {
      if (damaged === 0) await fs.remove(path);
      else await fs.rename(path, `${path}.broken`);
    }
    await fs.remove(reservePath(folder));
    return { recorderId, sessions, damaged, failure: undefined };
  } catch (failure) {
    return { recorderId, sessions, damaged, failure };
  } finally {
    await starting?.then(
      (replayer) => replayer.stop(),
      () => {},
    );
  }
}

/** When the next session of the same token began; infinite if none did. */
function nextStartUs(journal: DeadJournal, { tokenId, startUs }: JournalSession): number {
  let nextUs = Number.POSITIVE_INFINITY;
  for (const { described } of journal.sessions.values()) {
    if (described?.tokenId !== tokenId || described.startUs <= startUs) continue;
    nextUs = Math.min(nextUs, described.startUs);
  }
  return nextUs;
}
