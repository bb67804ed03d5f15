import { join } from "node:path";
import { CHUNK_KIND } from "../format/chunk.ts";
import type { Damage } from "../format/chunk-scanner.ts";
import { DAMAGE } from "../format/chunk-scanner.ts";
import { damaged } from "../format/damaged.ts";
import { PolybotError } from "../format/error.ts";
import {
  isUpdate,
  type JournaledUpdate,
  type JournalRecord,
  type JournalSession,
  RECORD,
  readHeartbeat,
  readRecords,
  readSession,
} from "../format/journal-record.ts";
import { scanFile } from "../format/scan-file.ts";
import type { Fs } from "../ports/fs.ts";
import { CHANNEL, isSessionId, isTokenId, journalNumber } from "./paths.ts";

/** What a journal holds of one session. Bodies are not decoded: most are in blocks already. */
export interface DeadSession {
  readonly number: number;
  /** As it was named last; `undefined` if that was lost. */
  described: JournalSession | undefined;
  isSealed: boolean;
  /** Bodies by sequence number. */
  readonly updates: Map<number, JournaledUpdate>;
  readonly keyframes: Map<number, Uint8Array>;
}

/** The journal of a recorder that does not live any more. */
export interface DeadJournal {
  readonly paths: readonly string[];
  readonly sessions: readonly DeadSession[];
  /** When the recorder surely still lived, microseconds since the epoch; 0 if nothing says so. */
  readonly lastUs: number;
  /** What cannot be read, by file. A file that ends inside a chunk is none: so journals end. */
  readonly damage: readonly { readonly path: string; readonly damage: Damage }[];
}

/** Reads all files of a journal. Records may stand in any order, and twice. */
export async function readDeadJournal(fs: Fs, folder: string): Promise<DeadJournal> {
  const names = (await fs.list(folder)).filter((name) => journalNumber(name) !== undefined);
  const paths = names.map((name) => join(folder, name));
  const sessions = new Map<number, DeadSession>();
  const damage: { path: string; damage: Damage }[] = [];
  let lastUs = 0;
  for (const path of paths) {
    const file = await fs.open(path);
    try {
      for await (const part of scanFile(file)) {
        if (part.kind === "damage" && part.damage.reason !== DAMAGE.torn) {
          damage.push({ path, damage: part.damage });
        }
        if (part.kind !== "chunk" || part.header.kind !== CHUNK_KIND.journal) continue;
        const { offset, header, stored } = part;
        try {
          for (const record of readRecords(stored)) {
            if (record.kind === RECORD.heartbeat) readHeartbeat(record.body);
            else take(sessions, record);
          }
          lastUs = Math.max(lastUs, header.maxUs);
        } catch (error) {
          if (!(error instanceof PolybotError)) throw error;
          damage.push({ path, damage: { offset, length: stored.length, reason: error.message } });
        }
      }
    } finally {
      await file.close();
    }
  }
  return { paths, sessions: [...sessions.values()], lastUs, damage };
}

function take(sessions: Map<number, DeadSession>, record: JournalRecord): void {
  const { kind, session: number, sequence, body } = record;
  let session = sessions.get(number);
  if (session === undefined) {
    const nothing = { described: undefined, isSealed: false };
    session = { number, ...nothing, updates: new Map(), keyframes: new Map() };
    sessions.set(number, session);
  }
  if (kind === RECORD.session) session.described = laterName(session.described, body);
  else if (kind === RECORD.sealed) session.isSealed = true;
  else if (isUpdate(record)) session.updates.set(sequence, { kind, body });
  else if (kind === RECORD.keyframe) session.keyframes.set(sequence, body);
}

/** What is written again after trouble with the disk may be older than what stands before it. */
function laterName(before: JournalSession | undefined, body: Uint8Array): JournalSession {
  const session = readSession(body);
  const { tokenId, sessionId } = session;
  // They become paths: those of a damaged journal may lead anywhere.
  if (tokenId !== CHANNEL && !isTokenId(tokenId)) throw damaged("a token's id is none");
  if (sessionId !== "" && !isSessionId(sessionId)) throw damaged("a session's id is none");
  return session.sessionId === "" ? (before ?? session) : session;
}
