import { expect } from "bun:test";
import { join } from "node:path";
import { systemClock } from "../../src/ports/clock.ts";
import { type Random, seededRandom } from "../../src/ports/random.ts";
import {
  ExchangeProcess,
  type PolybotProcess,
  polybot,
  startRecorder,
} from "../polybot-process.ts";
import { type FollowedSessions, sealedSessions } from "./followed-sessions.ts";
import { Follower, type FollowerKind } from "./follower.ts";
import { type Life, remainsOf } from "./lives.ts";

export interface FollowOptions {
  readonly seed: number;
  readonly seconds: number;
  /** An empty folder. */
  readonly folder: string;
  /** How long a recorder lives at most, and a follower, seconds. */
  readonly recorderS: number;
  readonly followerS: number;
}

export interface Followed {
  readonly recorders: number;
  readonly followers: number;
  /** Updates in the store, and those that all followers printed. */
  readonly updates: number;
  readonly printed: number;
  readonly segments: number;
}

const MARKETS = 5;
const RATE = 300;
const KINDS: readonly FollowerKind[] = ["cat", "cat", "cat", "library"];
/** A segment takes a second or two of a busy token. */
const MAX_FILE_MB = "0.01";
/** Of the recorders that are asked to end, and not killed. */
const SHARE_ENDED = 0.2;

/** Followers look every tenth of a second; one that stands still so long has missed something. */
const STANDSTILL_MS = 20_000;

/**
 * Recorders, one after the other, are followed by four processes; all are killed now and then.
 * Every follower must have got, of each session, a beginning of what the sealed store holds, and
 * those that live in the end all of it.
 */
export async function followRecorders(options: FollowOptions): Promise<Followed> {
  const { seed, seconds, folder } = options;
  const random = seededRandom(seed);
  const store = join(folder, "data");
  const log = join(folder, "log");
  const flags = ["--markets", MARKETS, "--rate", RATE, "--seed", seed].map(String);
  const exchange = await ExchangeProcess.start(...flags, "--log", log);
  const start = () =>
    startRecorder(exchange, exchange.tokenIds, store, "--storage-max-file-mb", MAX_FILE_MB);

  const endMs = systemClock.monotonicMs() + seconds * 1000;
  const passed = () => systemClock.monotonicMs() >= endMs;
  /** Waits for a part of a life, or for the end. */
  const wait = async (lifeS: number) => {
    const untilMs = systemClock.monotonicMs() + (0.2 + 0.8 * random()) * lifeS * 1000;
    await Bun.sleep(Math.min(untilMs, endMs) - systemClock.monotonicMs());
  };

  const lives: Life[] = [];
  let fromUs = systemClock.nowUs();
  let recorder = start();
  await recorder.until(({ stderr }) => stderr.includes("subscribed"));
  const recording = async () => {
    for (;;) {
      await wait(options.recorderS);
      lives.push({ fromUs, toUs: await ended(recorder, passed(), random) });
      if (passed()) return;
      fromUs = systemClock.nowUs();
      recorder = start();
    }
  };

  const gone: FollowedSessions[] = [];
  const following = async (kind: FollowerKind): Promise<Follower> => {
    for (;;) {
      const follower = new Follower(kind, store);
      await wait(options.followerS);
      if (passed()) return follower;
      expect(await follower.stop("SIGKILL")).toBe("");
      gone.push(follower.seen);
    }
  };
  const [, ...left] = await Promise.all([recording(), ...KINDS.map(following)]);
  await exchange.stop();
  expect(await polybot(["repair", store])).toMatchObject({ code: 0 });

  const truth = await sealedSessions(store);
  for (const follower of left) {
    await caughtUp(follower, truth);
    expect(await follower.stop("SIGTERM")).toBe("");
    expect(follower.seen.lackOf(truth)).toEqual([]);
  }
  const all = [...gone, ...left.map(({ seen }) => seen)];
  for (const seen of all) seen.expectBeginningOf(truth);
  const verified = JSON.parse((await polybot(["verify", store, "--json"])).stdout);
  expect(verified).toMatchObject({ damaged: 0, problems: [], open: 0, lost: 0 });
  await remainsOf(lives, log, store, exchange.tokenIds);
  return {
    recorders: lives.length,
    followers: all.length,
    updates: truth.lines,
    printed: all.reduce((sum, { lines }) => sum + lines, 0),
    segments: verified.segments,
  };
}

/** Waits until a follower has all that there is, or gets nothing more. */
async function caughtUp({ seen }: Follower, truth: FollowedSessions): Promise<void> {
  let lines = 0;
  for (let sinceMs = systemClock.monotonicMs(); seen.lines < truth.lines; await Bun.sleep(50)) {
    const nowMs = systemClock.monotonicMs();
    if (seen.lines > lines) sinceMs = nowMs;
    if (nowMs - sinceMs > STANDSTILL_MS) return;
    lines = seen.lines;
  }
}

/** Gives the time from which on the recorder took no more messages, microseconds. */
async function ended(recorder: PolybotProcess, isLast: boolean, random: Random): Promise<number> {
  const toUs = systemClock.nowUs();
  const signal = isLast || random() < SHARE_ENDED ? "SIGTERM" : "SIGKILL";
  const { stderr } = await recorder.stop(signal);
  expect(stderr).not.toContain("error");
  return toUs;
}
