import { expect, test } from "bun:test";
import { seededRandom } from "../../src/ports/random.ts";
import { SimulatedDisk } from "../disk/simulated-disk.ts";
import { checkDisk } from "./disk-check.ts";
import { DiskRecording } from "./disk-recording.ts";
import { recover } from "./power-cuts.ts";

const SEED = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
const RECORDINGS = 60;
/** Of a recording; those behind are not reached by each. */
const OPERATIONS = 250;
const IMAGES_EACH = 5;

test("what a recovery has brought to its end outlasts a power cut", async () => {
  console.log(`SEED=${SEED}`);
  let found = 0;
  for (let seed = SEED; seed < SEED + RECORDINGS; seed++) {
    const random = seededRandom(seed);
    const disk = new SimulatedDisk();
    const plan = { messages: 30, segmentBytes: 3000, syncMs: 0, isHashed: false };
    const recording = new DiskRecording(disk, random, plan);
    const last = Math.ceil(random() * OPERATIONS);
    // A process that is killed: all that it wrote is there, synced or not.
    disk.onOperation = ({ number }) => {
      if (number === last) disk.die();
    };
    await Promise.race([recording.run(), disk.died]);
    const recovered = disk.afterDeath();
    await recover(recovered);
    const there = await checkDisk(recovered, recording.sent, recording.durable);
    found += there.updates;
    for (const image of recovered.powerCuts(random, IMAGES_EACH)) {
      const left = await checkDisk(image, recording.sent, recording.durable);
      expect({ seed, ...left }).toEqual({ seed, ...there });
    }
  }
  expect(found).toBeGreaterThan(RECORDINGS);
}, 120_000);
