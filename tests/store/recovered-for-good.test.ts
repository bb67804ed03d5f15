import { expect, test } from "bun:test";
import { seededRandom } from "../../src/ports/random.ts";
import { SessionReader } from "../../src/read/session-reader.ts";
import { SimulatedDisk } from "../disk/simulated-disk.ts";
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
    const paths = (await recover(recovered)).map(({ path }) => path);
    const there = await updatesIn(recovered, paths);
    for (const image of recovered.powerCuts(random, IMAGES_EACH)) {
      expect({ seed, left: await updatesIn(image, paths) }).toEqual({ seed, left: there });
    }
    for (const count of there) found += count;
  }
  expect(found).toBeGreaterThan(RECORDINGS);
}, 120_000);

/** Updates of each session; -1 of one that is not there. */
function updatesIn(fs: SimulatedDisk, paths: readonly string[]): Promise<number[]> {
  return Promise.all(
    paths.map(async (path) => {
      if ((await fs.stat(path)) === undefined) return -1;
      let updates = 0;
      for await (const _ of new SessionReader(path, { fs })) updates++;
      return updates;
    }),
  );
}
