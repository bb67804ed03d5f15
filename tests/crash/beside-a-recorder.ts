import { expect } from "bun:test";
import { join } from "node:path";
import { systemClock } from "../../src/ports/clock.ts";
import { seededRandom } from "../../src/ports/random.ts";
import { Store } from "../../src/read/store.ts";
import type { Repairs } from "../../src/store/repairs.ts";
import {
  ExchangeProcess,
  type PolybotProcess,
  polybot,
  startRecorder,
  stopBoth,
} from "../polybot-process.ts";
import { expectOnlyLonger, filePrints } from "./file-prints.ts";
import { type Life, remainsOf } from "./lives.ts";

export interface BesideOptions {
  readonly seed: number;
  readonly rounds: number;
  /** An empty folder. */
  readonly folder: string;
}

const LIVING = { markets: 4, rate: 300 };
const OTHERS = { markets: 1, rate: 100 };
const MAX_FILE_MB = "0.01";
/** How long the recorder beside lives before it is killed. */
const LIFE_MIN_MS = 150;
const LIFE_MAX_MS = 500;

/**
 * Beside a recorder under load others of the same store are killed, and what they leave is
 * recovered, repaired and verified, by several processes at once. Gives the updates that the one
 * that lives has stored.
 */
export async function workBeside({ seed, rounds, folder }: BesideOptions): Promise<number> {
  const random = seededRandom(seed);
  const store = join(folder, "data");
  const start = (exchange: ExchangeProcess) =>
    startRecorder(exchange, exchange.tokenIds, store, "--storage-max-file-mb", MAX_FILE_MB);
  const [log, otherLog] = [join(folder, "log"), join(folder, "other-log")];
  const exchange = await openExchange(LIVING, seed, log);
  const others = await openExchange(OTHERS, seed + 1, otherLog);
  const life = { fromUs: systemClock.nowUs(), toUs: Number.POSITIVE_INFINITY };
  const recorder = start(exchange);
  const own = await ownFolders(store, exchange);

  const lives: Life[] = [];
  let fromUs = systemClock.nowUs();
  let other = start(others);
  for (let round = 0; round < rounds; round++) {
    await Bun.sleep(LIFE_MIN_MS + random() * (LIFE_MAX_MS - LIFE_MIN_MS));
    lives.push({ fromUs, toUs: systemClock.nowUs() });
    expect((await other.stop("SIGKILL")).stderr).not.toContain("error");
    const prints = filePrints(own);
    // Whoever comes first has it: the repair, or the next recorder.
    fromUs = systemClock.nowUs();
    other = start(others);
    await expectRepaired(store, exchange.tokenIds.length);
    await expectVerified(store);
    expectOnlyLonger(prints);
  }
  lives.push({ fromUs, toUs: systemClock.nowUs() });
  expect(await other.stop()).toMatchObject({ code: 0 });
  await others.stop();
  await expectAllStored(exchange, recorder);
  expect(await polybot(["repair", store])).toMatchObject({ code: 0 });
  await expectVerified(store, { open: 0 });
  await remainsOf(lives, otherLog, store, others.tokenIds);
  const [remains] = await remainsOf([life], log, store, exchange.tokenIds);
  expect(remains).toMatchObject({ lost: 0 });
  return remains!.updates;
}

function openExchange(
  { markets, rate }: typeof LIVING,
  seed: number,
  log: string,
): Promise<ExchangeProcess> {
  const flags = ["--markets", markets, "--rate", rate, "--seed", seed].map(String);
  return ExchangeProcess.start(...flags, "--log", log);
}

/** The folders in which the recorder alone writes, once all its sessions have their names. */
async function ownFolders(store: string, { tokenIds }: ExchangeProcess): Promise<string[]> {
  const hasNames = async () => {
    const sessions = await new Store(store).folders().catch(() => []);
    const metadata = await Promise.all(sessions.map((session) => session.soundMetadata()));
    return metadata.filter((each) => each !== undefined && each.slug !== "");
  };
  while ((await hasNames()).length < tokenIds.length) await Bun.sleep(50);
  const recorderId = (await hasNames())[0]!.recorder_id;
  const tokens = tokenIds.map((id) => join(store, "stream/market", id));
  return [...tokens, join(store, "stream/journal", recorderId)];
}

async function expectRepaired(store: string, living: number): Promise<void> {
  const { code, stdout, stderr } = await polybot(["repair", store, "--json"]);
  expect({ code, stderr }).toMatchObject({ code: 0 });
  const repairs = JSON.parse(stdout) as Repairs;
  expect(repairs).toMatchObject({ lost: [], left: [] });
  expect(repairs.living.length).toBeGreaterThanOrEqual(living);
}

async function expectVerified(store: string, more: object = {}): Promise<void> {
  const { stdout } = await polybot(["verify", store, "--json"]);
  expect(JSON.parse(stdout)).toMatchObject({ damaged: 0, problems: [], lost: 0, ...more });
}

/** It is told to end only when it has everything that was sent. */
async function expectAllStored(exchange: ExchangeProcess, recorder: PolybotProcess): Promise<void> {
  const { stderr } = await stopBoth(exchange, recorder);
  expect(stderr).toContain(" 0 dropped");
  expect(stderr).not.toContain("error");
}
