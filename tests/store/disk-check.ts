import { PolybotError } from "../../src/format/error.ts";
import type { Fs } from "../../src/ports/fs.ts";
import type { SessionFolder } from "../../src/read/session-folder.ts";
import { SessionReader } from "../../src/read/session-reader.ts";
import { Store } from "../../src/read/store.ts";
import { verify } from "../../src/read/verify.ts";
import { BASE_PATH, type Durable, identified, type Sent } from "./disk-recording.ts";

export interface Found {
  /** Updates that a reader finds, without notes of the recorder's own. */
  readonly updates: number;
  /** Damaged places that it tells. */
  readonly damages: number;
}

/**
 * Reads a disk as a user would after a crash. Throws if anything is wrong on it: an update that was
 * never sent, one that comes twice or out of order, one missing that was reported durable.
 */
export async function checkDisk(fs: Fs, sent: Sent, durable: Durable): Promise<Found> {
  const found = { updates: 0, damages: 0 };
  const read = new Map<string, string[]>();
  const sessions = await sessionsOn(fs);
  for (const session of sessions) {
    const onDamage = () => {
      found.damages++;
    };
    const ofSession: string[] = [];
    let tokenId = "";
    for await (const update of new SessionReader(session, { fs, onDamage })) {
      if (update.update_type === "note") continue;
      const { received_us: receivedUs, place, event } = update;
      tokenId = update.token_id;
      ofSession.push(identified({ receivedUs, place }, event));
      found.updates++;
    }
    checkOrder(tokenId, ofSession, sent.get(tokenId) ?? []);
    read.set(tokenId, [...(read.get(tokenId) ?? []), ...ofSession]);
  }
  // A session that a recovery makes anew may stand behind one that was begun later.
  for (const [tokenId, updates] of read) {
    const doubles = updates.length - new Set(updates).size;
    if (doubles > 0) throw new Error(`${doubles} updates of "${tokenId}" are there twice`);
  }
  for (const [tokenId, count] of durable) {
    const there = new Set(read.get(tokenId));
    const lost = (sent.get(tokenId) ?? []).slice(0, count).filter((update) => !there.has(update));
    if (lost.length > 0) {
      throw new Error(`${lost.length} of ${count} durable updates of "${tokenId}" are lost`);
    }
  }
  return found;
}

/** Each update of a session is one that was sent, once and in the order of sending. */
function checkOrder(tokenId: string, read: readonly string[], sent: readonly string[]): void {
  let next = 0;
  for (const update of read) {
    const at = sent.indexOf(update, next);
    if (at < 0) {
      const what = sent.includes(update) ? "comes again, or too late" : "was never sent";
      throw new Error(`an update of "${tokenId}" ${what}: ${update}`);
    }
    next = at + 1;
  }
}

/** Reads every byte of a disk; what is damaged on it is told, and nothing else is wrong. */
export async function verifyDisk(fs: Fs): Promise<void> {
  const { hashes } = await verify(await sessionsOn(fs), { fs });
  if (hashes.failed > 0) throw new Error(`${hashes.failed} hashes contradict their evidence`);
}

/** What a writer has sealed without a loss is whole, and stays so. */
export async function checkSealed(fs: Fs): Promise<void> {
  const { open, problems } = await verify(await sessionsOn(fs), { fs });
  if (open > 0) throw new Error(`${open} sealed sessions are open`);
  if (problems.length > 0) throw new Error(`sealed, but damaged: ${JSON.stringify(problems[0])}`);
}

async function sessionsOn(fs: Fs): Promise<SessionFolder[]> {
  try {
    return await new Store(BASE_PATH, fs).folders();
  } catch (error) {
    // Nothing of the store was durable yet.
    if (error instanceof PolybotError && error.code === "NOT_A_STORE") return [];
    throw error;
  }
}
