import { Database } from "bun:sqlite";
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { readdir, rm, rmdir } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { PolybotError } from "../format/error.ts";
import type { Clock } from "../ports/clock.ts";
import { errorCode, type Fs } from "../ports/fs.ts";
import type { Random } from "../ports/random.ts";
import { journalFolder, recorderFolder, sessionIdAt } from "./paths.ts";
import { isTemporary, publish } from "./publish.ts";

/** Who holds a lock: for people, and for a process that was refused. */
export interface Owner {
  readonly pid: number;
  readonly host: string;
  /** Epoch milliseconds. */
  readonly started: number;
}

const LETTERS = "abcdefghijklmnopqrstuvwxyz";

/** Start time and six random letters: no two recorders share one. */
function newRecorderId(startMs: number, random: Random): string {
  const letters = Array.from({ length: 6 }, () => LETTERS[Math.floor(random() * 26)]);
  return `${sessionIdAt(startMs)}-${letters.join("")}`;
}

/**
 * A recorder's lock, held for the life of its process: an exclusive SQLite transaction on a file
 * that nothing else opens. The system frees it when the process dies, however it dies.
 */
export class RecorderLock {
  readonly recorderId: string;
  // An unreferenced Database is collected, and the lock would silently go with it.
  readonly #database: Database;
  readonly #basePath: string;

  private constructor(basePath: string, recorderId: string, database: Database) {
    this.#basePath = basePath;
    this.recorderId = recorderId;
    this.#database = database;
  }

  /** Takes the lock of a new recorder under `basePath`, which is made if need be. */
  static async acquire(
    basePath: string,
    { fs, clock, random }: { readonly fs: Fs; readonly clock: Clock; readonly random: Random },
  ): Promise<RecorderLock> {
    const started = Math.floor(clock.nowUs() / 1000);
    const recorderId = newRecorderId(started, random);
    const folder = recorderFolder(basePath, recorderId);
    mkdirSync(folder, { recursive: true });
    const database = new Database(lockPath(basePath, recorderId));
    database.run("BEGIN EXCLUSIVE");
    const lock = new RecorderLock(basePath, recorderId, database);
    await lock.sayOwner(fs, started);
    return lock;
  }

  /**
   * Takes the lock of a recorder that has ended or died, to change its files: `undefined` if it
   * lives, or another process changes them. What lies beside the lock stays. `STORE_NOT_WRITABLE`
   * if no lock can be made. It should say whose it is then.
   */
  static takeOver(basePath: string, recorderId: string): RecorderLock | undefined {
    const path = lockPath(basePath, recorderId);
    let database: Database | undefined;
    try {
      mkdirSync(recorderFolder(basePath, recorderId), { recursive: true });
      database = new Database(path);
      database.run("BEGIN EXCLUSIVE");
    } catch (cause) {
      database?.close();
      if (errorCode(cause) === "SQLITE_BUSY") return undefined;
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new PolybotError("STORE_NOT_WRITABLE", `cannot lock ${path}: ${reason}`, {
        path,
        cause,
      });
    }
    // Whoever had it may have removed the file meanwhile: the next one would lock another.
    if (!existsSync(path)) {
      database.close();
      return undefined;
    }
    return new RecorderLock(basePath, recorderId, database);
  }

  /** Names this process beside the lock; `started` in epoch milliseconds. */
  async sayOwner(fs: Fs, started = Date.now()): Promise<void> {
    const owner: Owner = { pid: process.pid, host: hostname(), started };
    const text = new TextEncoder().encode(`${JSON.stringify(owner)}\n`);
    const folder = recorderFolder(this.#basePath, this.recorderId);
    try {
      await publish(fs, join(folder, OWNER_NAME), text, { sync: false });
    } catch (error) {
      await this.release();
      throw error;
    }
  }

  /** Frees the lock and removes it, and its folder if nothing is left in it, such as a journal. */
  async release(): Promise<void> {
    const folder = recorderFolder(this.#basePath, this.recorderId);
    const names = await readdir(folder).catch(() => []);
    // Who died while it said who it was left its owner's file half made.
    const begun = names.filter((name) => isTemporary(name));
    for (const name of [...begun, OWNER_NAME, LOCK_NAME]) {
      await rm(join(folder, name), { force: true });
    }
    this.#database.close();
    await rmdir(folder).catch(() => {});
  }
}

const OWNER_NAME = "owner.json";
const LOCK_NAME = "lock.sqlite";

function lockPath(basePath: string, recorderId: string): string {
  return join(recorderFolder(basePath, recorderId), LOCK_NAME);
}

/**
 * The owner of another recorder's lock if that recorder lives, else `undefined`. Never ask for
 * one's own: closing a second descriptor of a locked file drops the lock (POSIX).
 */
export function livingOwner(basePath: string, recorderId: string): Owner | undefined {
  let database: Database;
  try {
    database = new Database(lockPath(basePath, recorderId), { readwrite: true, create: false });
  } catch {
    return undefined;
  }
  try {
    database.run("BEGIN EXCLUSIVE");
    return undefined;
  } catch {
    return readOwner(basePath, recorderId);
  } finally {
    database.close();
  }
}

/** Ids of all recorders of a store that live. Not to be asked by one of them: see `livingOwner`. */
export function livingRecorders(basePath: string): string[] {
  let names: string[];
  try {
    names = readdirSync(journalFolder(basePath));
  } catch {
    return [];
  }
  return names.filter((name) => livingOwner(basePath, name) !== undefined);
}

function readOwner(basePath: string, recorderId: string): Owner {
  try {
    const path = join(recorderFolder(basePath, recorderId), OWNER_NAME);
    return JSON.parse(readFileSync(path, "utf8")) as Owner;
  } catch {
    // The owner is between taking the lock and writing its name.
    return { pid: 0, host: "unknown", started: 0 };
  }
}
