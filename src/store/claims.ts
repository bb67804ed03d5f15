import { Database } from "bun:sqlite";
import { PolybotError } from "../format/error.ts";
import { claimsPath } from "./paths.ts";
import { livingOwner, type Owner } from "./recorder-lock.ts";

/** How long another process's claiming is waited for; it takes milliseconds. */
const BUSY_TIMEOUT_MS = 10_000;

/** Why a group of tokens is not claimed, `TOKEN_IN_USE` with its living owner; absent if it is. */
export type Refusal = PolybotError | undefined;

/**
 * Claims groups of tokens for a recorder, each all or none: a token has one recorder at a time in
 * a store. A claim lasts as long as its recorder's lock.
 */
export function claimTokens(
  basePath: string,
  recorderId: string,
  groups: readonly (readonly string[])[],
): Refusal[] {
  let refusals: Refusal[] = [];
  withClaims(basePath, (database) => {
    const ownerOf = database.query<{ recorder: string }, [string]>(
      "SELECT recorder FROM claims WHERE token = ?",
    );
    const claim = database.query("INSERT OR REPLACE INTO claims VALUES (?, ?)");
    // Never ask whether one lives oneself.
    const alive = new Map<string, Owner | undefined>([[recorderId, undefined]]);
    const refusal = (tokenId: string): Refusal => {
      const other = ownerOf.get(tokenId)?.recorder;
      if (other === undefined) return undefined;
      if (!alive.has(other)) alive.set(other, livingOwner(basePath, other));
      const owner = alive.get(other);
      return owner && inUse(basePath, tokenId, other, owner);
    };
    refusals = groups.map((tokenIds) => {
      for (const tokenId of tokenIds) {
        const refused = refusal(tokenId);
        if (refused !== undefined) return refused;
      }
      for (const tokenId of tokenIds) claim.run(tokenId, recorderId);
      return undefined;
    });
  });
  return refusals;
}

/** Gives some of a recorder's tokens back, for others to claim. */
export function releaseTokens(
  basePath: string,
  recorderId: string,
  tokenIds: readonly string[],
): void {
  withClaims(basePath, (database) => {
    const release = database.query("DELETE FROM claims WHERE token = ? AND recorder = ?");
    for (const tokenId of tokenIds) release.run(tokenId, recorderId);
  });
}

/** Gives all of a recorder's tokens back, so that its rows do not pile up. */
export function releaseAllTokens(basePath: string, recorderId: string): void {
  withClaims(basePath, (database) => {
    database.run("DELETE FROM claims WHERE recorder = ?", [recorderId]);
  });
}

/**
 * Takes over from a recorder that has died, by `take`, and frees its tokens, in one go: whoever
 * claims them would find the lock held, and could not tell by whom.
 */
export function freeingTokens<T>(
  basePath: string,
  recorderId: string,
  take: () => T | undefined,
): T | undefined {
  let taken: T | undefined;
  try {
    withClaims(basePath, (database) => {
      taken = take();
      if (taken === undefined) return;
      database.run("DELETE FROM claims WHERE recorder = ?", [recorderId]);
    });
  } catch {
    // A full disk, most likely: the claims count nothing once the lock is free again.
    taken ??= take();
  }
  return taken;
}

/** Runs under the store-wide lock; what it changed is kept only if it does not throw. */
function withClaims(basePath: string, run: (database: Database) => void): void {
  const path = claimsPath(basePath);
  let database: Database | undefined;
  try {
    database = new Database(path);
    database.run(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
    database.run("BEGIN IMMEDIATE");
    database.run("CREATE TABLE IF NOT EXISTS claims (token TEXT PRIMARY KEY, recorder TEXT)");
    run(database);
    database.run("COMMIT");
  } catch (cause) {
    if (cause instanceof PolybotError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new PolybotError("STORE_NOT_WRITABLE", `cannot claim tokens in ${path}: ${reason}`, {
      path,
      hint: "if the file is broken, remove it while no recorder runs",
      cause,
    });
  } finally {
    // Closing rolls back what was not committed.
    database?.close();
  }
}

function inUse(basePath: string, tokenId: string, recorderId: string, owner: Owner): PolybotError {
  return new PolybotError(
    "TOKEN_IN_USE",
    `token ${tokenId} is being recorded into this store by process ${owner.pid} on ${owner.host} (recorder ${recorderId})`,
    { path: basePath, hint: "stop that recorder first, or leave the token out" },
  );
}
