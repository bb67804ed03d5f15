import { describe, expect, test } from "bun:test";
import { seededRandom } from "../../src/ports/random.ts";
import { ERROR_CODES, type FaultKind, SHORT_WRITES } from "../disk/disk-faults.ts";
import { type Death, SimulatedDisk } from "../disk/simulated-disk.ts";
import { checkDisk } from "./disk-check.ts";
import { DiskRecording } from "./disk-recording.ts";
import { recover } from "./power-cuts.ts";

/** A short recording in which every kind of operation comes, more than once. */
const SEED = 4;
const PLAN = { messages: 12, segmentBytes: 2500, syncMs: 0, isHashed: false };
/** Images of each disk. */
const IMAGES = 1;

const random = seededRandom(SEED);

function newRecording(): DiskRecording {
  return new DiskRecording(new SimulatedDisk(), seededRandom(SEED), PLAN);
}

/** Without trouble: how many operations there are to trouble. */
const undisturbed = newRecording();
const kinds = new Set<string>();
undisturbed.disk.onOperation = ({ kind }) => kinds.add(kind);
const isWhole = await undisturbed.run();
const operations = undisturbed.disk.operations;

test("the recording does all that a recorder does with a disk", async () => {
  expect(isWhole).toBe(true);
  const needed = ["create", "write", "datasync", "writeFile", "syncFile", "syncFolder", "rename"];
  for (const kind of needed) expect(kinds).toContain(kind);
  const { updates } = await checkDisk(undisturbed.disk, undisturbed.sent, undisturbed.durable);
  expect(updates).toBe(sum(undisturbed.sent.values().map(({ length }) => length)));
});

describe(`each of ${operations} operations, with`, () => {
  for (const kind of [...ERROR_CODES, ...SHORT_WRITES]) {
    for (const forever of [false, true]) {
      test(`${kind} ${forever ? "for ever" : "once"}: what was durable is there, the rest is counted`, async () => {
        for (let at = 0; at < operations; at++) await checkFault(kind, at, forever);
      });
    }
  }

  const moments: Death["when"][] = ["before", "inside", "after"];
  test.each(moments)("a process that dies %s it: what was durable is there", async (when) => {
    for (let operation = 0; operation < operations; operation++) {
      const recording = newRecording();
      const { disk } = recording;
      disk.death = { operation, when };
      expect(await recording.run()).toBe(false);
      const left = disk.afterDeath();
      await recover(left);
      await checkDisk(left, recording.sent, recording.durable);
    }
  });
});

async function checkFault(kind: FaultKind, at: number, forever: boolean): Promise<void> {
  const recording = newRecording();
  const { disk } = recording;
  disk.fault = { kind, at, forever };
  disk.forgetsUnsynced = random() < 0.5;
  await recording.run();
  const { writer, sent, durable } = recording;
  const { stored, skipped, lost } = writer?.counts ?? { stored: 0, skipped: 0, lost: 0 };
  const given = sum(sent.values().map(({ length }) => length));
  const what = `${kind} ${forever ? "for ever " : ""}at operation ${at}`;
  expect([what, stored + skipped + lost]).toEqual([what, given]);
  for (const image of [disk.afterDeath(), ...disk.powerCuts(random, IMAGES)]) {
    await recover(image);
    await checkDisk(image, sent, durable).catch((cause: unknown) => {
      throw new Error(what, { cause });
    });
  }
}

function sum(numbers: Iterable<number>): number {
  let total = 0;
  for (const number of numbers) total += number;
  return total;
}
