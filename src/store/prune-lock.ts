import { Database } from "bun:sqlite";
import { PolybotError } from "../format/error.ts";
import { errorCode } from "../ports/fs.ts";
import { pruneLockPath } from "./paths.ts";

export interface HeldPruneLock {
  release(): void;
}

/**
 * Takes the lock of whoever prunes a store: one at a time, for tombstones of a token are shared by
 * all its recorders. `PRUNE_RUNNING` if another does, `STORE_NOT_WRITABLE` if no lock can be made.
 * A port of its own, as the recorders' locks are.
 */
export type TakePruneLock = (basePath: string) => HeldPruneLock;

export const takePruneLock: TakePruneLock = (basePath) => {
  const path = pruneLockPath(basePath);
  let database: Database | undefined;
  try {
    database = new Database(path);
    database.run("BEGIN EXCLUSIVE");
    return new PruneLock(database);
  } catch (cause) {
    database?.close();
    if (errorCode(cause) === "SQLITE_BUSY") {
      throw new PolybotError("PRUNE_RUNNING", `${basePath} is being pruned by another process`, {
        path: basePath,
        hint: "wait until it is done: a recorder with --max-disk prunes its store, too",
      });
    }
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new PolybotError("STORE_NOT_WRITABLE", `cannot lock ${path}: ${reason}`, { path, cause });
  }
};

class PruneLock implements HeldPruneLock {
  // An unreferenced Database is collected, and the lock would silently go with it.
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  release(): void {
    this.#database.close();
  }
}
