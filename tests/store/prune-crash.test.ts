import { expect, test } from "bun:test";
import { dirname, join } from "node:path";
import type { Fs } from "../../src/ports/fs.ts";
import { seededRandom } from "../../src/ports/random.ts";
import { Store } from "../../src/read/store.ts";
import { verify } from "../../src/read/verify.ts";
import { type PruneAim, prune } from "../../src/store/prune.ts";
import { surveyStore } from "../../src/store/store-survey.ts";
import type { OperationKind } from "../disk/disk-faults.ts";
import type { Death, SimulatedDisk } from "../disk/simulated-disk.ts";
import { BASE, diskWith, LONE_LOCKS } from "./pruned-disk.ts";
import { PrunedStore } from "./pruned-store.ts";

/** Images of the disk after each operation. */
const POWER_CUTS = 2;
/** Of the operations, one in so many. */
const STEP = 4;
const SEED = 1;

const sound = await recordedDisk();
const sessions: ReadonlyMap<string, string> = await sessionsOn(sound);
const { sealed } = await surveyStore(sound, BASE);
/** Four of six go: of three tokens, and of two recorders. */
const AIM: PruneAim = { endedBeforeMs: sealed[3]!.endMs + 1 };

async function recordedDisk(): Promise<SimulatedDisk> {
  using store = await PrunedStore.recorded();
  return await diskWith(store);
}

/** A disk of its own with the same files. */
function copyOfSound(): SimulatedDisk {
  // Everything is durable: there is only one image.
  const [image] = sound.powerCuts(seededRandom(SEED), 1);
  return image!;
}

function pruneOn(fs: Fs): ReturnType<typeof prune> {
  return prune(BASE, { ...AIM, fs, ...LONE_LOCKS });
}

/** Sessions with what tells each from another. */
async function sessionsOn(fs: Fs): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const session of await new Store(BASE, fs).folders()) {
    const metadata = (await session.metadata())!;
    found.set(session.path, `${metadata.recorder_id} ${metadata.start_timestamp}`);
  }
  return found;
}

async function tombstonesOn(fs: Fs): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const file of await new Store(BASE, fs).tombstones()) {
    for (const { session_id, recorder_id, start_timestamp } of await file.sessions()) {
      found.set(join(dirname(file.path), session_id), `${recorder_id} ${start_timestamp}`);
    }
  }
  return found;
}

/** Every session is there and sound, or has its tombstone; never both, never neither. */
async function expectWholeOrTold(fs: Fs): Promise<void> {
  const there = await sessionsOn(fs);
  const told = await tombstonesOn(fs);
  expect(new Map([...there, ...told])).toEqual(new Map(sessions));
  expect(there.size + told.size).toBe(sessions.size);
  const found = await new Store(BASE, fs).folders();
  const tombstones = await new Store(BASE, fs).tombstones();
  const { problems, pruned } = await verify(found, { fs, tombstones });
  expect([problems, pruned]).toEqual([[], told.size]);
}

async function namesOn(fs: Fs, path = BASE): Promise<string[]> {
  const names: string[] = [];
  for (const name of await fs.list(path)) {
    names.push(join(path, name), ...(await namesOn(fs, join(path, name))));
  }
  return names;
}

const undisturbed = copyOfSound();
const expected = await pruneOn(undisturbed);
const operations = undisturbed.operations;
const expectedNames = await namesOn(undisturbed);
const expectedTombstones = await tombstonesOn(undisturbed);

async function expectFinished(fs: Fs): Promise<void> {
  await expectWholeOrTold(fs);
  await pruneOn(fs);
  expect(await namesOn(fs)).toEqual(expectedNames);
  expect(await tombstonesOn(fs)).toEqual(expectedTombstones);
}

test("an undisturbed prune leaves some, and removes of more than one token and recorder", async () => {
  const gone = expected.pruned.map(({ session }) => session);
  expect(gone.length).toBeGreaterThan(2);
  expect(gone.length).toBeLessThan(sessions.size);
  expect(new Set(gone.map((path) => dirname(path))).size).toBeGreaterThan(1);
  const recorders = sealed.filter(({ path }) => gone.includes(path));
  expect(new Set(recorders.map(({ recorderId }) => recorderId)).size).toBeGreaterThan(1);
  await expectFinished(undisturbed);
});

/** They change nothing on the disk. */
const READS = new Set<OperationKind>(["stat", "list", "readFile", "open", "size", "read", "close"]);

const moments: Death["when"][] = ["before", "inside", "after"];
test.each(moments)(
  "a process that dies %s any operation: each session is whole or told, and the next prune ends it",
  async (when) => {
    for (let operation = moments.indexOf(when); operation < operations; operation += STEP) {
      const disk = copyOfSound();
      disk.death = { operation, when };
      await Promise.race([pruneOn(disk), disk.died]);
      const left = disk.afterDeath();
      // What it did is not more durable for that.
      const [image] = left.powerCuts(seededRandom(SEED + operation), 1);
      await expectFinished(left);
      await expectFinished(image!);
    }
  },
);

test(`a power cut after any operation, ${POWER_CUTS} ways, and again while the next prune ends it`, async () => {
  console.log(`seed ${SEED}`);
  const random = seededRandom(SEED);
  const disk = copyOfSound();
  const images: SimulatedDisk[] = [];
  disk.onOperation = ({ kind }) => {
    if (!READS.has(kind)) images.push(...disk.powerCuts(random, POWER_CUTS));
  };
  await pruneOn(disk);
  expect(images.length).toBeGreaterThan(50);
  for (const image of images) {
    const again: SimulatedDisk[] = [];
    image.onOperation = () => {
      if (random() < 0.02) again.push(image.afterPowerCut(random));
    };
    await expectFinished(image);
    image.onOperation = () => {};
    for (const second of again) await expectFinished(second);
  }
});

test.each(["EIO", "ENOSPC", "EACCES", "EROFS"] as const)(
  "%s at any operation is told or does not matter, and loses nothing",
  async (kind) => {
    for (let at = 0; at < operations; at += STEP) {
      for (const forever of [false, true]) {
        const disk = copyOfSound();
        disk.fault = { kind, at, forever };
        await pruneOn(disk).catch((error) => expect(error.code).toBe(kind));
        disk.fault = undefined;
        await expectFinished(disk);
      }
    }
  },
);
