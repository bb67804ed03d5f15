import { seededRandom } from "../../src/ports/random.ts";
import type { FaultKind } from "../disk/disk-faults.ts";
import { type Death, SimulatedDisk } from "../disk/simulated-disk.ts";
import { checkDisk } from "./disk-check.ts";
import { DiskRecording } from "./disk-recording.ts";
import { recover } from "./power-cuts.ts";

/** A short recording that rotates, rolls and seals: every kind of operation comes, more than once. */
const SEED = 24;
const PLAN = { messages: 12, segmentBytes: 2500, syncMs: 0, isHashed: false };
/** Images of each disk. */
const IMAGES = 1;

const random = seededRandom(SEED);

export function newRecording(): DiskRecording {
  return new DiskRecording(new SimulatedDisk(), seededRandom(SEED), PLAN);
}

/** The disk fails one operation, or all from it on. */
export async function checkFault(kind: FaultKind, at: number, forever: boolean): Promise<void> {
  const recording = newRecording();
  const { disk } = recording;
  disk.fault = { kind, at, forever };
  disk.forgetsUnsynced = random() < 0.5;
  await recording.run();
  const { writer, sent, durable } = recording;
  const { stored, skipped, lost } = writer?.counts ?? { stored: 0, skipped: 0, lost: 0 };
  const given = sum(sent.values().map(({ length }) => length));
  const what = `${kind} ${forever ? "for ever " : ""}at operation ${at}`;
  if (stored + skipped + lost !== given)
    throw new Error(
      `${what}: ${given} given, but ${stored} stored, ${skipped} skipped, ${lost} lost`,
    );
  for (const image of [disk.afterDeath(), ...disk.powerCuts(random, IMAGES)]) {
    await recover(image);
    const { updates } = await checkDisk(image, sent, durable).catch((cause: unknown) => {
      throw new Error(what, { cause });
    });
    if (updates < stored) throw new Error(`${what}: ${stored} counted as stored, ${updates} found`);
  }
}

/** The process dies before, inside or after an operation. */
export async function checkDeath(operation: number, when: Death["when"]): Promise<void> {
  const recording = newRecording();
  const { disk } = recording;
  disk.death = { operation, when };
  if (await recording.run()) throw new Error(`a process outlived its death at ${operation}`);
  const left = disk.afterDeath();
  await recover(left);
  await checkDisk(left, recording.sent, recording.durable);
}

export function sum(numbers: Iterable<number>): number {
  let total = 0;
  for (const number of numbers) total += number;
  return total;
}
