import { expect } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { systemClock } from "../../src/ports/clock.ts";
import { type Random, seededRandom } from "../../src/ports/random.ts";
import { ExchangeProcess, PolybotProcess, polybot, startRecorder } from "../polybot-process.ts";
import { type Life, type Remains, remainsOf } from "./lives.ts";

export interface KillOptions {
  readonly seed: number;
  readonly kills: number;
  /** An empty folder. */
  readonly folder: string;
}

/** Changes a second; each brings a message or more. */
const RATE = 300;
const MARKETS = 5;
/** Segments of a few small blocks: one is begun every other second. */
const MAX_FILE_MB = "0.01";

const LIFE_MIN_MS = 200;
const LIFE_MAX_MS = 1500;
/** Of the recorders that are killed while they seal; the others know nothing of their end. */
const SHARE_SEALING = 0.15;
const SEALING_MAX_MS = 60;
/** Of the deaths after which a repair runs before the next recorder starts. */
const SHARE_REPAIRED = 0.25;
/** Of these repairs, those that are killed too. */
const SHARE_REPAIR_KILLED = 0.5;
const REPAIR_MAX_MS = 250;

/**
 * Kills recorders one after the other in the same store. Each finds what those before it left,
 * and may die before it has recovered that. What the store holds in the end is compared with the
 * exchange's log.
 */
export async function killRecorders({ seed, kills, folder }: KillOptions): Promise<Remains[]> {
  const random = seededRandom(seed);
  const store = join(folder, "data");
  const log = join(folder, "log");
  const flags = ["--markets", MARKETS, "--rate", RATE, "--seed", seed].map(String);
  const exchange = await ExchangeProcess.start(...flags, "--log", log);
  const { tokenIds } = exchange;
  const lives: Life[] = [];
  while (lives.length < kills) {
    const fromUs = systemClock.nowUs();
    const recorder = startRecorder(exchange, tokenIds, store, "--storage-max-file-mb", MAX_FILE_MB);
    await Bun.sleep(LIFE_MIN_MS + random() * (LIFE_MAX_MS - LIFE_MIN_MS));
    lives.push({ fromUs, toUs: await killed(recorder, random) });
    if (random() < SHARE_REPAIRED) await repaired(store, random);
  }
  await exchange.stop();
  await recovered(exchange, store, random);
  const verified = JSON.parse((await polybot(["verify", store, "--json"])).stdout);
  expect(verified).toMatchObject({ damaged: 0, problems: [], open: 0, lost: 0 });
  return remainsOf(lives, log, store, tokenIds);
}

/** Gives the time from which on the recorder took no more messages, microseconds. */
async function killed(recorder: PolybotProcess, random: Random): Promise<number> {
  const toUs = systemClock.nowUs();
  if (random() < SHARE_SEALING) {
    recorder.kill("SIGTERM");
    await Bun.sleep(random() * SEALING_MAX_MS);
  }
  recorder.kill("SIGKILL");
  const { stderr } = await recorder.finished();
  expect(stderr).not.toContain("error");
  return toUs;
}

async function repaired(store: string, random: Random): Promise<void> {
  const repair = new PolybotProcess(["repair", store]);
  if (random() < SHARE_REPAIR_KILLED) {
    await Bun.sleep(random() * REPAIR_MAX_MS);
    repair.kill("SIGKILL");
    await repair.finished();
    return;
  }
  expect(await repair.finished()).toMatchObject({ code: 0 });
}

/** By a repair, or before it by a recorder that lives for as long as it takes. */
async function recovered(exchange: ExchangeProcess, store: string, random: Random): Promise<void> {
  const folders = () => readdirSync(join(store, "stream/journal"), { withFileTypes: true });
  const journals = () => folders().filter((each) => each.isDirectory()).length;
  if (random() < 0.5) {
    const recorder = startRecorder(exchange, exchange.tokenIds, store);
    await recorder.until(({ stderr }) => stderr.includes("recording"));
    // Its own is left.
    while (journals() > 1) await Bun.sleep(20);
    expect(await recorder.stop()).toMatchObject({ code: 0 });
  }
  // It also ends sessions that were made before anything of them was in a journal.
  expect(await polybot(["repair", store])).toMatchObject({ code: 0 });
  expect(journals()).toBe(0);
}
