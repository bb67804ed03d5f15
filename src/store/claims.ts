import { Database } from "bun:sqlite";
import { PolybotError } from "../format/error.ts";
import { claimsPath } from "./paths.ts";
import { livingOwner } from "./recorder-lock.ts";

/** How long another process's claiming is waited for; it takes milliseconds. */
const BUSY_TIMEOUT_MS = 10_000;

/**
 * Claims tokens for a recorder, all or none: a token has one recorder at a time in a store.
 * A claim lasts as long as its recorder's lock; `TOKEN_IN_USE` names the living owner.
 */
export function claimTokens(
  basePath: string,
  recorderId: string,
  tokenIds: Iterable<string>,
): void {
  const database = new Database(claimsPath(basePath));
  try {
    database.run(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
    database.run("BEGIN IMMEDIATE");
    database.run("CREATE TABLE IF NOT EXISTS claims (token TEXT PRIMARY KEY, recorder TEXT)");
    const ownerOf = database.query<{ recorder: string }, [string]>(
      "SELECT recorder FROM claims WHERE token = ?",
    );
    const claim = database.query("INSERT OR REPLACE INTO claims VALUES (?, ?)");
    const dead = new Set<string>([recorderId]);
    for (const tokenId of tokenIds) {
      const other = ownerOf.get(tokenId)?.recorder;
      if (other !== undefined && !dead.has(other)) {
        refuseIfAlive(basePath, other, tokenId);
        dead.add(other);
      }
      claim.run(tokenId, recorderId);
    }
    database.run("COMMIT");
  } finally {
    // Closing rolls back what was not committed.
    database.close();
  }
}

/** Gives a recorder's tokens back, so that its rows do not pile up. */
export function releaseTokens(basePath: string, recorderId: string): void {
  const database = new Database(claimsPath(basePath));
  try {
    database.run(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
    database.run("CREATE TABLE IF NOT EXISTS claims (token TEXT PRIMARY KEY, recorder TEXT)");
    database.run("DELETE FROM claims WHERE recorder = ?", [recorderId]);
  } finally {
    database.close();
  }
}

function refuseIfAlive(basePath: string, recorderId: string, tokenId: string): void {
  const owner = livingOwner(basePath, recorderId);
  if (owner === undefined) return;
  throw new PolybotError(
    "TOKEN_IN_USE",
    `token ${tokenId} is being recorded into this store by process ${owner.pid} on ${owner.host} (recorder ${recorderId})`,
    { path: basePath, hint: "stop that recorder first, or leave the token out" },
  );
}
