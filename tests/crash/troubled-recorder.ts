import { expect } from "bun:test";
import { join } from "node:path";
import { SessionReader } from "../../src/read/session-reader.ts";
import { Store } from "../../src/read/store.ts";
import type { Update } from "../../src/read/update.ts";
import { expectedByToken, expectSame } from "../expected-updates.ts";
import {
  assetFlags,
  ExchangeProcess,
  jsonLines,
  PolybotProcess,
  polybot,
  stopBoth,
} from "../polybot-process.ts";

/** A disk, or a limit, that refuses more at some point. */
export interface Trouble {
  /** Where the store is to be. */
  readonly store: string;
  /** The program and its flags under which the recorder runs. */
  readonly under: readonly string[];
  /** The system's name of the refusal. */
  readonly code: string;
  /** Ends it. */
  relieve(recorder: PolybotProcess): Promise<void>;
}

export interface TroubleFigures {
  readonly stored: number;
  /** Updates that gap notes tell of. */
  readonly skipped: number;
}

const MARKETS = 2;
const RATE = 1500;
/** Few updates wait for the disk, so that trouble shows soon. */
const BUFFER_SIZE = 300;
const MAX_FILE_MB = 0.01;

/**
 * A recorder meets trouble with its disk, lives through it, and goes on when it is over: what is
 * stored and what gap notes tell of is all that was sent, in its order.
 */
export async function recordThrough(
  { store, under, code, relieve }: Trouble,
  seed: number,
  folder: string,
): Promise<TroubleFigures> {
  const log = join(folder, "log");
  const flags = ["--markets", MARKETS, "--rate", RATE, "--seed", seed].map(String);
  const exchange = await ExchangeProcess.start(...flags, "--log", log);
  const recorder = startUnder(under, exchange, store);
  await recorder.until(({ stderr }) => stderr.includes(code));
  await relieve(recorder);
  while (!(await allUpdates(store)).some(isGap)) await Bun.sleep(100);
  const { code: exitCode, stderr } = await stopBoth(exchange, recorder);
  expect({ exitCode, stderr }).toMatchObject({ exitCode: 3 });
  const verified = JSON.parse((await polybot(["verify", store, "--json"])).stdout);
  expect(verified).toMatchObject({ damaged: 0, problems: [], open: 0 });
  return compare(await allUpdates(store), log, exchange);
}

function startUnder(
  [program, ...flags]: readonly string[],
  exchange: ExchangeProcess,
  store: string,
): PolybotProcess {
  const storage = ["--enable-storage", "--storage-path", store];
  const limits = ["--storage-buffer-size", BUFFER_SIZE, "--storage-max-file-mb", MAX_FILE_MB];
  const args = [...flags, "stream", ...assetFlags(exchange.tokenIds), ...storage];
  args.push(...limits.map(String), ...exchange.endpoints);
  return new PolybotProcess(args, program === undefined ? {} : { binary: program });
}

/** The updates of all sessions, each token's in order. */
async function allUpdates(store: string): Promise<Update[]> {
  const sessions = await new Store(store).folders();
  const updates = await Promise.all(
    sessions.map((session) => Array.fromAsync(new SessionReader(session))),
  );
  return updates.flat();
}

function isGap({ update_type, data }: Update): boolean {
  return update_type === "note" && data.kind === "gap" && data.cause === "disk-full";
}

async function compare(
  updates: readonly Update[],
  log: string,
  { tokenIds, ready }: ExchangeProcess,
): Promise<TroubleFigures> {
  const sent = jsonLines<{ text: string; fault?: string }>(await Bun.file(log).text());
  const texts = sent.filter(({ text, fault }) => !fault && text !== "PONG").map(({ text }) => text);
  const expected = expectedByToken(texts, new Set(tokenIds));
  let skipped = 0;
  for (const tokenId of tokenIds) {
    const own = updates.filter(({ token_id }) => token_id === tokenId);
    const wanted = expected.get(tokenId) ?? [];
    const kept: typeof wanted = [];
    let at = 0;
    for (const { update_type, data } of own) {
      const gap = update_type === "note" && data.kind === "gap" ? Number(data.updates) : 0;
      at += gap;
      skipped += gap;
      if (update_type !== "note") kept.push(...wanted.slice(at, ++at));
    }
    const market = ready.markets.find(({ tokens }) => tokens.some((t) => t.token_id === tokenId))!;
    expectSame(own, kept, market.market);
    expect({ tokenId, at }).toEqual({ tokenId, at: wanted.length });
  }
  return { stored: updates.filter((update) => update.update_type !== "note").length, skipped };
}
