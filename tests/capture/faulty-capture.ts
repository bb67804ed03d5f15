import { dialTo } from "../../src/exchange/in-process.ts";
import { type Random, seededRandom } from "../../src/ports/random.ts";
import { coverage, type TokenCoverage } from "../../src/read/coverage.ts";
import { SessionReader } from "../../src/read/session-reader.ts";
import type { Update } from "../../src/read/update.ts";
import { SimulatedDisk } from "../disk/simulated-disk.ts";
import { VirtualRecording } from "../recorder/virtual-recording.ts";
import { isBusy, planOf, type Strike } from "./fault-plan.ts";
import { type LostEntry, Striker, type Struck } from "./striker.ts";
import { type Outage, type Owed, TappedDial } from "./tapped-dial.ts";
import { Witness } from "./witness.ts";

/** Half an hour of virtual time. */
const RUN_MS = 30 * 60_000;
const MARKETS = 4;
const TOKENS = 2 * MARKETS;
/** Changes a second over all markets. */
const RATES = [0.2, 0.5, 1];
/** Enough for a slow reader to fall behind. */
const BUSY_RATE = 40;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const START_MS = 1_795_000_000_000;
/** Updates that may wait for a disk that is full for a while. */
const BUFFER_SIZES = [100, 65_536];
/** Full segments are part of it. */
const SEGMENT_MB = [0.02, 100];

/** What a recorder made of half an hour in which things went wrong, and what there was to make. */
export interface Captured {
  readonly seed: number;
  readonly strikes: readonly Strike[];
  readonly struck: readonly Struck[];
  readonly counts: ReadonlyMap<string, number>;
  readonly lost: readonly LostEntry[];
  readonly withheld: readonly LostEntry[];
  readonly owed: ReadonlyMap<string, readonly Owed[]>;
  readonly outages: readonly Outage[];
  readonly texts: number;
  /** Fingerprints of the venue's books by their hashes. */
  readonly truth: ReadonlyMap<string, number>;
  /** By token, `""` for the channel. */
  readonly stored: ReadonlyMap<string, readonly Update[]>;
  readonly covered: readonly TokenCoverage[];
  readonly problems: readonly unknown[];
  readonly tokenIds: readonly string[];
  readonly startUs: number;
  readonly endUs: number;
}

/** Records half an hour of four markets with the troubles that the seed draws. */
export async function capture(seed: number): Promise<Captured> {
  const random = seededRandom(seed);
  const options = optionsOf(seed, random);
  const strikes = planOf(seed, random, RUN_MS);
  const disk = new SimulatedDisk();
  let tap: TappedDial | undefined;
  let striker: Striker | undefined;
  await using recording = await VirtualRecording.start(
    {
      ...options,
      disk,
      log: (line) => striker?.logged(line),
      tap: (dial, venue) => {
        tap = new TappedDial(venue.clock, venue.tokenIds);
        return tap.tapped(dial);
      },
    },
    storageOf(strikes, random),
  );
  const { venue } = recording;
  const startUs = venue.clock.nowUs();
  const witness = new Witness(venue, tap!.counted(dialTo(venue.exchange)));
  striker = new Striker({ venue, tap: tap!, disk }, random);
  striker.plan(strikes);
  await recording.run(RUN_MS);
  disk.capacityBytes = Number.POSITIVE_INFINITY;
  const audited = recording.recorder.audit();
  await recording.run(3_000);
  await audited;
  const endUs = venue.clock.nowUs();
  tap!.end();
  const { problems } = await recording.verify();
  const sessions = await recording.sessions();
  const stored = new Map<string, Update[]>();
  for (const session of sessions) {
    for await (const update of new SessionReader(session, { fs: disk })) {
      const ofToken = stored.get(update.token_id);
      if (ofToken === undefined) stored.set(update.token_id, [update]);
      else ofToken.push(update);
    }
  }
  return {
    seed,
    strikes,
    struck: striker.struck,
    counts: striker.counts,
    lost: striker.lost,
    withheld: striker.withheld,
    owed: tap!.owed,
    outages: tap!.outages,
    texts: tap!.texts,
    truth: witness.prints,
    stored,
    covered: await Array.fromAsync(coverage(sessions, { fs: disk })),
    problems,
    tokenIds: venue.tokenIds,
    startUs,
    endUs,
  };
}

function optionsOf(seed: number, random: Random) {
  const one = <T>(choices: readonly T[]) => choices[Math.floor(random() * choices.length)]!;
  // The end of an hour or a day lies in the run, or behind it.
  const period = one([HOUR_MS, DAY_MS]);
  const startMs = Math.ceil(START_MS / period) * period - Math.floor(random() * 2 * RUN_MS);
  return {
    markets: MARKETS,
    rate: isBusy(seed) ? BUSY_RATE : one(RATES),
    seed,
    tokensPerSocket: 1 + Math.floor(random() * TOKENS),
    startMs,
  };
}

function storageOf(strikes: readonly Strike[], random: Random) {
  const one = <T>(choices: readonly T[]) => choices[Math.floor(random() * choices.length)]!;
  return {
    roll: one(["hour", "day", "never"] as const),
    // The disk follows once a virtual second: a small one would run over without any trouble.
    ...(strikes.some(({ kind }) => kind === "full-disk") && { bufferSize: one(BUFFER_SIZES) }),
    maxFileSizeMb: one(SEGMENT_MB),
  };
}
