import { expect } from "bun:test";
import { basename, dirname } from "node:path";
import { Glob } from "bun";
import { SessionReader } from "../../src/read/session-reader.ts";
import { Store } from "../../src/read/store.ts";
import type { Update } from "../../src/read/update.ts";
import { expectedByToken, expectSame, type PlacedUpdate } from "../expected-updates.ts";
import { jsonLines } from "../polybot-process.ts";

/** When a recorder was started and when it was told to die, microseconds since the epoch. */
export interface Life {
  readonly fromUs: number;
  readonly toUs: number;
}

/** What is left of what was sent to a recorder while it lived. */
export interface Remains {
  /** Messages that were sent to it before its end, and those of them that are not stored. */
  readonly sent: number;
  readonly lost: number;
  /** Age of the oldest of these at its end. */
  readonly lostMs: number;
  readonly updates: number;
}

interface Sent {
  readonly t_us: number;
  readonly socket: number;
  readonly text: string;
  readonly fault?: string;
}

/** A dead recorder's session, read to its end. */
interface StoredSession {
  readonly path: string;
  readonly tokenId: string;
  readonly market: string;
  readonly endReason: string;
  readonly startUs: number;
  readonly updates: readonly Update[];
}

/**
 * Compares what recorders that lived one after the other stored with the log of their exchange:
 * of each token a beginning of what it was sent, each update once, and behind it the note of the
 * crash.
 */
export async function remainsOf(
  lives: readonly Life[],
  log: string,
  store: string,
  tokenIds: readonly string[],
): Promise<Remains[]> {
  const told = sentTo(lives, await Bun.file(log).text());
  const wanted = new Set(tokenIds);
  const stored = await storedBy(lives, store, wanted);
  return lives.map((life, i) => compare(life, told[i]!, stored[i]!, wanted));
}

/** A recorder's messages are those of the sockets that began in its time. */
function sentTo(lives: readonly Life[], log: string): Sent[][] {
  const told: Sent[][] = lives.map(() => []);
  const lifeOf = new Map<number, number>();
  // It may be written still.
  for (const line of jsonLines<Sent>(log.slice(0, log.lastIndexOf("\n")))) {
    if (line.fault !== undefined || line.text === "PONG") continue;
    let life = lifeOf.get(line.socket);
    if (life === undefined) {
      life = lives.findLastIndex(({ fromUs }) => fromUs <= line.t_us);
      lifeOf.set(line.socket, life);
    }
    told[life]!.push(line);
  }
  return told;
}

async function storedBy(
  lives: readonly Life[],
  store: string,
  tokenIds: ReadonlySet<string>,
): Promise<StoredSession[][]> {
  const stored: StoredSession[][] = lives.map(() => []);
  const recorders = new Map<number, string>();
  const known = new Set<string>();
  for (const folder of await new Store(store).folders()) {
    const metadata = await folder.metadata();
    if (metadata === undefined) {
      // Its recorder had come no further than to make it: the session is in another.
      expect([...new Glob("**/*.bin").scanSync(folder.path)]).toEqual([]);
      continue;
    }
    const { recorder_id, start_timestamp, end_reason, token_id, market } = metadata;
    // Of a recorder beside them; the channels come last.
    const isOther = token_id === "" ? !known.has(recorder_id) : !tokenIds.has(token_id);
    if (isOther) continue;
    known.add(recorder_id);
    const updates = await Array.fromAsync(new SessionReader(folder));
    const startUs = updates[0]?.received_us ?? start_timestamp * 1000;
    const life = lives.findLastIndex(({ fromUs }) => fromUs <= startUs);
    recorders.set(life, recorders.get(life) ?? recorder_id);
    expect(recorders.get(life)).toBe(recorder_id);
    if (token_id === "") expect(basename(dirname(folder.path))).toBe(recorder_id);
    const endReason = end_reason ?? "none";
    stored[life]!.push({
      path: folder.path,
      tokenId: token_id,
      market,
      endReason,
      startUs,
      updates,
    });
  }
  return stored;
}

function compare(
  { toUs }: Life,
  sent: readonly Sent[],
  stored: readonly StoredSession[],
  tokenIds: ReadonlySet<string>,
): Remains {
  const expected = expectedByToken(
    sent.map(({ text }) => text),
    tokenIds,
  );
  const receivedUs: number[] = [];
  const missing = new Set<number>();
  let updates = 0;
  for (const { path, tokenId, market, endReason, updates: own } of stored) {
    const last = own.at(-1);
    const isCrash = last?.update_type === "note" && last.data.kind === "crash";
    // One without an update was made before anything of it was in a journal.
    const hasDied = endReason === "crash" && own.length > 0;
    expect({ path, isCrash }).toEqual({ path, isCrash: hasDied });
    expect(own.map(({ sequence_number }) => sequence_number)).toEqual(own.map((_, i) => i + 1));
    const wire = own.filter(({ update_type }) => update_type !== "note");
    const wanted = expected.get(tokenId) ?? [];
    expect(wire.length).toBeLessThanOrEqual(wanted.length);
    expectSame(own, wanted.slice(0, wire.length), market);
    for (const [i, { received_us }] of wire.entries()) {
      const { message } = wanted[i]!;
      receivedUs[message] ??= received_us;
      // All pieces of a message came at the same time.
      expect(received_us).toBe(receivedUs[message]);
    }
    for (const { message } of wanted.slice(wire.length)) missing.add(message);
    expected.delete(tokenId);
    updates += wire.length;
  }
  for (const { message } of allOf(expected)) missing.add(message);
  const inOrder = receivedUs.filter((us) => us !== undefined);
  expect(inOrder).toEqual([...new Set(inOrder)].sort((a, b) => a - b));
  const before = sent.filter(({ t_us }) => t_us <= toUs);
  const lost = before.filter((_, message) => missing.has(message));
  const lostMs = lost.length === 0 ? 0 : (toUs - lost[0]!.t_us) / 1000;
  return { sent: before.length, lost: lost.length, lostMs, updates };
}

function allOf(expected: ReadonlyMap<string, PlacedUpdate[]>): PlacedUpdate[] {
  return [...expected.values()].flat();
}
