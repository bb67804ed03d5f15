import type { Fs } from "../../src/ports/fs.ts";
import { type Random, seededRandom } from "../../src/ports/random.ts";
import { VirtualClock } from "../../src/ports/virtual-clock.ts";
import { recoverStore } from "../../src/store/recovery.ts";
import type { RecoveredSession } from "../../src/store/session-recovery.ts";
import { ERROR_CODES, type Fault, SHORT_WRITES } from "../disk/disk-faults.ts";
import { SimulatedDisk } from "../disk/simulated-disk.ts";
import { checkDisk, checkSealed, verifyDisk } from "./disk-check.ts";
import { BASE_PATH, DiskRecording, type Durable, type Sent } from "./disk-recording.ts";
import { takeOverAlone } from "./lone-locks.ts";

const RECOVERED_SEGMENT_BYTES = 5000;

/** Brings to its end what a recorder left on a disk when it died; gives the sessions that this sealed. */
export async function recover(fs: Fs): Promise<RecoveredSession[]> {
  const recovered: RecoveredSession[] = [];
  const recoveries = recoverStore({
    basePath: BASE_PATH,
    fs,
    clock: new VirtualClock(),
    takeOver: takeOverAlone,
    segmentBytesMax: RECOVERED_SEGMENT_BYTES,
    living: [],
  });
  for await (const { sessions, failure } of recoveries) {
    if (failure !== undefined) throw failure;
    recovered.push(...sessions);
  }
  return recovered;
}

/** Operations of a usual recording here. */
const USUAL_OPERATIONS = 150;
const MESSAGES_MAX = 40;
/** Of the operations of a recording, and of its recovery, that have their power cut. */
const CUT_SHARE = 0.5;
const SECOND_CUT_SHARE = 0.01;
const VERIFIED_SHARE = 0.1;
/** Of a short recording, whose images are looked at together. */
const OPERATIONS_AT_ONCE = 10;

/** What was tried, and what came of it. */
export interface PowerCuts {
  recordings: number;
  images: number;
  /** Of them, images of a disk whose power was cut again while it was brought into order. */
  secondCuts: number;
  /** Updates that readers found in all images together, and those that had to be there. */
  found: number;
  durable: number;
  /** Damaged places of which readers told. */
  damages: number;
}

/** Cuts the power `images` times, or a little oftener, in recordings of random messages. */
export async function cutPower(firstSeed: number, images: number): Promise<PowerCuts> {
  const sum = noPowerCuts();
  for (let seed = firstSeed; sum.images < images; seed++) {
    sum.recordings++;
    await cutRecording(seed, sum);
  }
  return sum;
}

function noPowerCuts(): PowerCuts {
  return { recordings: 0, images: 0, secondCuts: 0, found: 0, durable: 0, damages: 0 };
}

interface Cut {
  readonly image: SimulatedDisk;
  readonly durable: Durable;
  /** When the power was cut. */
  readonly after: string;
}

/**
 * Cuts the power after each operation of a short recording, in every legal way where these are not
 * more than `most`.
 */
export async function cutPowerEverywhere(seed: number, most: number): Promise<PowerCuts> {
  const sum = { ...noPowerCuts(), recordings: 1 };
  const choice = seededRandom(seed);
  // The same recording again and again: all its images at once would fill the memory.
  for (let from = 0; ; from += OPERATIONS_AT_ONCE) {
    const { recording, cuts, operations } = await shortRecording(seed, (number) =>
      number >= from && number < from + OPERATIONS_AT_ONCE ? most : 0,
    );
    await checkCuts(recording, cuts, choice, sum);
    if (operations < from + OPERATIONS_AT_ONCE) return sum;
  }
}

/** A short recording, and as many images of its disk after each operation as `mostAt` says. */
async function shortRecording(seed: number, mostAt: (operation: number) => number) {
  const plan = { messages: 8, segmentBytes: 2000, syncMs: 0, isHashed: false };
  const disk = new SimulatedDisk();
  const recording = new DiskRecording(disk, seededRandom(seed), plan);
  const cuts: Cut[] = [];
  let operations = 0;
  disk.onOperation = ({ number, kind, path }) => {
    operations = number;
    const most = mostAt(number);
    if (most === 0) return;
    const after = `${number}: ${kind} ${path}`;
    for (const image of disk.powerCuts(seededRandom(seed + number), most)) {
      cuts.push({ image, durable: recording.durable, after });
    }
  };
  await recording.run();
  return { recording, cuts, operations };
}

/** A recording that its seed alone decides, on a disk that may be in trouble. */
function plannedRecording(seed: number): DiskRecording {
  const random = seededRandom(seed);
  const disk = new SimulatedDisk();
  makeTrouble(disk, random);
  return new DiskRecording(disk, random, {
    messages: Math.ceil(random() * MESSAGES_MAX),
    segmentBytes: 2000 + Math.floor(random() * 20_000),
    syncMs: random() < 0.5 ? 0 : 500,
    isHashed: random() < 0.1,
  });
}

async function cutRecording(seed: number, sum: PowerCuts): Promise<void> {
  const recording = plannedRecording(seed);
  const { disk } = recording;
  const cuts: Cut[] = [];
  // Looking at a disk must not change what happens to it.
  const choice = seededRandom(seed);
  disk.onOperation = ({ number, kind, path }) => {
    // Some disks take a byte at a time: ten thousand images of one recording tell little.
    if (choice() >= CUT_SHARE * Math.min(1, USUAL_OPERATIONS / number)) return;
    const after = `${number}: ${kind} ${path}`;
    cuts.push({ image: disk.afterPowerCut(choice), durable: recording.durable, after });
  };
  // After trouble a sealed session may have left a segment that nobody believes any more.
  if ((await recording.run()) && disk.fault === undefined) {
    await checkSealed(disk.afterPowerCut(choice));
  }
  try {
    await checkCuts(recording, cuts, choice, sum);
  } catch (cause) {
    throw new Error(`seed ${seed}, ${(cause as Error).message}`, { cause });
  }
}

async function checkCuts(
  { sent }: DiskRecording,
  cuts: readonly Cut[],
  random: Random,
  sum: PowerCuts,
): Promise<void> {
  for (const { image, durable, after } of cuts) {
    try {
      await checkCrash(image, sent, durable, random, sum);
    } catch (cause) {
      throw new Error(`power cut after ${after}: ${(cause as Error).message}`, { cause });
    }
  }
}

/** In every other recording something goes wrong before the power fails. */
function makeTrouble(disk: SimulatedDisk, random: Random): void {
  disk.forgetsUnsynced = random() < 0.5;
  const kinds = [...ERROR_CODES, ...SHORT_WRITES];
  // Half of it is what syncs fail with.
  const kind = random() < 0.5 ? "EIO" : kinds[Math.floor(random() * kinds.length)]!;
  const at = Math.floor(random() * USUAL_OPERATIONS);
  const fault: Fault = { kind, at, forever: random() < 0.2 };
  if (random() < 0.5) disk.fault = fault;
}

/** Recovers a crashed disk and reads it; also what a power cut during the recovery leaves. */
async function checkCrash(
  disk: SimulatedDisk,
  sent: Sent,
  durable: Durable,
  random: Random,
  sum: PowerCuts,
): Promise<void> {
  const again: SimulatedDisk[] = [];
  disk.onOperation = () => {
    if (random() < SECOND_CUT_SHARE) again.push(disk.afterPowerCut(random));
  };
  await recover(disk);
  disk.onOperation = () => {};
  for (const image of again) await recover(image);
  sum.secondCuts += again.length;
  for (const image of [disk, ...again]) {
    const { updates, damages } = await checkDisk(image, sent, durable);
    if (random() < VERIFIED_SHARE) await verifyDisk(image);
    sum.images++;
    sum.found += updates;
    sum.damages += damages;
    for (const count of durable.values()) sum.durable += count;
  }
}
