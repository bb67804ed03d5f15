import { join } from "node:path";
import { CHUNK_KIND, chunkBytes } from "../format/chunk.ts";
import type { JournalUpdate } from "../format/journal-change.ts";
import {
  isUpdate,
  type JournaledUpdate,
  type JournalRecord,
  RECORD,
  RecordReader,
  readSession,
  readUpdate,
} from "../format/journal-record.ts";
import { scanFile } from "../format/scan-file.ts";
import { errorCode, type Fs } from "../ports/fs.ts";
import { journalNumber } from "../store/paths.ts";
import type { Identity } from "./session-folder.ts";

/**
 * What a recorder's journal holds of one session, while the recorder writes it: most of it is in
 * no segment yet. Files that vanish meanwhile are normal, what they held is elsewhere then.
 */
export class JournalTail {
  readonly #fs: Fs;
  readonly #folder: string;
  readonly #identity: Identity;
  /** Of each file, how far it was read. */
  readonly #read = new Map<string, number>();
  /** Bodies by sequence number, for each session of the token: some are not named fully yet. */
  readonly #updates = new Map<number, Map<number, JournaledUpdate>>();
  /** The session's number in its recorder. */
  #number: number | undefined;

  /** `folder`: the recorder's own. */
  constructor(fs: Fs, folder: string, identity: Identity) {
    this.#fs = fs;
    this.#folder = folder;
    this.#identity = identity;
  }

  /** Takes in what was written since it was called last. */
  async read(): Promise<void> {
    for (const name of await this.#fs.list(this.#folder)) {
      if (journalNumber(name) === undefined) continue;
      try {
        await this.#readFile(join(this.#folder, name));
      } catch (error) {
        if (errorCode(error) !== "ENOENT") throw error;
      }
    }
  }

  /** The update of this number, if it is there; those before it are not asked for any more. */
  update(sequence: number): JournalUpdate | undefined {
    const updates = this.#own;
    for (const passed of updates.keys()) {
      if (passed >= sequence) break;
      updates.delete(passed);
    }
    const record = updates.get(sequence);
    return record && readUpdate(record, this.#identity);
  }

  /** The lowest number that is there, from this one on. */
  first(from: number): number | undefined {
    let first: number | undefined;
    for (const sequence of this.#own.keys()) {
      if (sequence >= from && sequence < (first ?? Number.POSITIVE_INFINITY)) first = sequence;
    }
    return first;
  }

  get #own(): Map<number, JournaledUpdate> {
    return this.#updates.get(this.#number ?? 0) ?? new Map();
  }

  async #readFile(path: string): Promise<void> {
    const file = await this.#fs.open(path);
    try {
      for await (const part of scanFile(file, { from: this.#read.get(path) ?? 0 })) {
        // A chunk that is being written, or a damaged one: what it holds, repairs tell.
        if (part.kind === "damage") break;
        if (part.kind === "end") {
          this.#read.set(path, part.offset);
        } else {
          const { offset, header, stored } = part;
          if (header.kind === CHUNK_KIND.journal) {
            const records = new RecordReader(stored);
            while (records.next()) this.#take(records);
          }
          this.#read.set(path, offset + chunkBytes(header.storedLength));
        }
      }
    } finally {
      await file.close();
    }
  }

  #take(record: JournalRecord): void {
    const { kind, session, sequence } = record;
    if (kind === RECORD.session) this.#name(session, record.body);
    else if (isUpdate(record)) {
      this.#updates.get(session)?.set(sequence, { kind, body: record.body });
    }
  }

  #name(number: number, body: Uint8Array): void {
    const { tokenId, sessionId } = readSession(body);
    if (tokenId !== this.#identity.tokenId) return;
    if (sessionId === this.#identity.sessionId) this.#number = number;
    if (!this.#updates.has(number)) this.#updates.set(number, new Map());
  }
}
