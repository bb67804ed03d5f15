import { join } from "node:path";

/** Where everything lies under the storage path. docs/FORMAT.md, "Folders". */

/** Ids of CLOB tokens are 256-bit numbers in decimal: at most 78 digits. */
const TOKEN_ID = /^\d{1,78}$/;
const SESSION_ID = /^\d{8}-\d{2}-\d{2}-\d{2}$/;
const RECORDER_ID = /^[\w-]+$/;
const SEGMENT_NAME = /^(\d{9})\.bin$/;
const JOURNAL_NAME = /^(\d{9})\.wal$/;

const SECOND_MS = 1000;

/** The token id of the channel session. */
export const CHANNEL = "";

export const SNAPSHOT_NAME = "snapshot.bin";
export const METADATA_NAME = "metadata.bin";
export const UPDATES_FOLDER = "updates";
export const TOMBSTONES_NAME = "pruned.bin";
export const MARKET_FOLDER = "market";

export function isTokenId(text: string): boolean {
  return TOKEN_ID.test(text);
}

export function isSessionId(text: string): boolean {
  return SESSION_ID.test(text);
}

/** Whether a text can be a recorder's id: what a damaged file says may lead anywhere. */
export function isRecorderId(text: string): boolean {
  return RECORDER_ID.test(text);
}

export function streamFolder(basePath: string): string {
  return join(basePath, "stream");
}

/** Sessions by token. */
export function marketFolder(basePath: string): string {
  return join(streamFolder(basePath), MARKET_FOLDER);
}

/** Channel sessions by recorder. */
export function channelFolder(basePath: string): string {
  return join(streamFolder(basePath), "channel");
}

/** What all recorders share: their locks, their journals. */
export function journalFolder(basePath: string): string {
  return join(streamFolder(basePath), "journal");
}

/** A recorder's own folder: its lock, its owner, its journal. */
export function recorderFolder(basePath: string, recorderId: string): string {
  return join(journalFolder(basePath), recorderId);
}

/** A file of a recorder's journal, by its number in the recorder's own folder. */
export function journalPath(folder: string, number: number): string {
  return join(folder, `${String(number).padStart(9, "0")}.wal`);
}

/** The number in a journal file's name, or `undefined` for another file. */
export function journalNumber(name: string): number | undefined {
  const match = JOURNAL_NAME.exec(name);
  return match ? Number(match[1]) : undefined;
}

/** The lock of whoever prunes a store. */
export function pruneLockPath(basePath: string): string {
  return join(journalFolder(basePath), "prune.sqlite");
}

export function claimsPath(basePath: string): string {
  return join(journalFolder(basePath), "claims.sqlite");
}

/** The folder that holds a token's sessions, or the channel's of one recorder. */
export function tokenFolder(basePath: string, tokenId: string, recorderId: string): string {
  return tokenId === CHANNEL
    ? join(channelFolder(basePath), recorderId)
    : join(marketFolder(basePath), tokenId);
}

/** The storage path that a session's folder lies in, or `undefined` if it lies in none. */
export function basePathOf(sessionFolder: string): string | undefined {
  const basePath = join(sessionFolder, "../../../..");
  const parents = [marketFolder(basePath), channelFolder(basePath)];
  return parents.includes(join(sessionFolder, "../..")) ? basePath : undefined;
}

/** The session id of a second, UTC: `YYYYMMDD-HH-MM-SS`. */
export function sessionIdAt(epochMs: number): string {
  const [date, time] = new Date(epochMs).toISOString().slice(0, 19).split("T");
  return `${date!.replaceAll("-", "")}-${time!.replaceAll(":", "-")}`;
}

const ASIDE = ".pruned";

/** Where a session's folder goes that is about to be removed: no reader looks there. */
export function asidePath(sessionFolder: string): string {
  return `${sessionFolder}${ASIDE}`;
}

/** Whether this is what a prune leaves in a token's folder that did not come to its end. */
export function isPruneLeftover(name: string): boolean {
  const isAside = name.endsWith(ASIDE) && isSessionId(name.slice(0, -ASIDE.length));
  return isAside || (name.startsWith(`${TOMBSTONES_NAME}.`) && name.endsWith(".tmp"));
}

/** The ids that a session may get, in the order in which they are tried. */
export function* sessionIdsFrom(epochMs: number): Generator<string> {
  for (let ms = epochMs; ; ms += SECOND_MS) yield sessionIdAt(ms);
}

export function segmentPath(sessionFolder: string, segment: number): string {
  return join(sessionFolder, UPDATES_FOLDER, `${String(segment).padStart(9, "0")}.bin`);
}

/** The number in a segment's file name, or `undefined` for another file. */
export function segmentNumber(name: string): number | undefined {
  const match = SEGMENT_NAME.exec(name);
  return match ? Number(match[1]) : undefined;
}
