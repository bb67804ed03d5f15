import { join } from "node:path";
import { CHUNK_KIND } from "../format/chunk.ts";
import { DAMAGE, type Damage } from "../format/chunk-scanner.ts";
import { damaged } from "../format/damaged.ts";
import { PolybotError } from "../format/error.ts";
import {
  type JournalSession,
  RECORD,
  RecordReader,
  readSession,
} from "../format/journal-record.ts";
import { scanFile } from "../format/scan-file.ts";
import type { Fs } from "../ports/fs.ts";
import { CHANNEL, isSessionId, isTokenId, journalNumber } from "./paths.ts";
import { PendingRecords } from "./pending-records.ts";

/** A session that a journal names. */
export interface DeadSession {
  readonly number: number;
  /** As it was named last; `undefined` if that was lost. */
  described: JournalSession | undefined;
  isSealed: boolean;
}

/** A place of a journal that cannot be read. */
export interface JournalDamage {
  readonly path: string;
  readonly damage: Damage;
}

/**
 * The journal of a recorder that does not live any more. Records may stand in any order, and
 * twice. A file that ends inside a chunk is no damage: so journals end.
 */
export class DeadJournal {
  readonly #fs: Fs;
  readonly paths: readonly string[];
  /** By their numbers. */
  readonly sessions = new Map<number, DeadSession>();
  readonly damage: JournalDamage[] = [];
  /** When the recorder surely still lived, microseconds since the epoch; 0 if nothing says so. */
  lastUs = 0;

  private constructor(fs: Fs, paths: readonly string[]) {
    this.#fs = fs;
    this.paths = paths;
  }

  /** Reads which sessions there are; `folder` is the recorder's own. */
  static async open(fs: Fs, folder: string): Promise<DeadJournal> {
    const names = (await fs.list(folder)).filter((name) => journalNumber(name) !== undefined);
    const journal = new DeadJournal(
      fs,
      names.map((name) => join(folder, name)),
    );
    await journal.#read((record) => journal.#meet(record), journal.damage);
    return journal;
  }

  /** What comes behind the last update that is in a segment, for each session that is asked for. */
  async pending(ends: ReadonlyMap<number, number>): Promise<Map<number, PendingRecords>> {
    const pending = new Map<number, PendingRecords>();
    for (const [number, end] of ends) pending.set(number, new PendingRecords(end));
    await this.#read((record) => pending.get(record.session)?.add(record), []);
    return pending;
  }

  #meet(record: RecordReader): void {
    const { kind, session: number } = record;
    if (number === 0) return;
    let session = this.sessions.get(number);
    if (session === undefined) {
      session = { number, described: undefined, isSealed: false };
      this.sessions.set(number, session);
    }
    if (kind === RECORD.session) session.described = laterName(session.described, record.body);
    else if (kind === RECORD.sealed) session.isSealed = true;
  }

  async #read(meet: (record: RecordReader) => void, damage: JournalDamage[]): Promise<void> {
    for (const path of this.paths) {
      const file = await this.#fs.open(path);
      try {
        for await (const part of scanFile(file)) {
          if (part.kind === "damage" && part.damage.reason !== DAMAGE.torn) {
            damage.push({ path, damage: part.damage });
          }
          if (part.kind !== "chunk" || part.header.kind !== CHUNK_KIND.journal) continue;
          const { offset, header, stored } = part;
          try {
            const records = new RecordReader(stored);
            while (records.next()) meet(records);
            this.lastUs = Math.max(this.lastUs, header.maxUs);
          } catch (error) {
            if (!(error instanceof PolybotError)) throw error;
            const { message: reason } = error;
            damage.push({ path, damage: { offset, length: stored.length, reason, header } });
          }
        }
      } finally {
        await file.close();
      }
    }
  }
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
