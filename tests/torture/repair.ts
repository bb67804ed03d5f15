import { seededRandom } from "../../src/ports/random.ts";
import { Choice } from "../fuzz/choice.ts";
import { expectFaultsHarmless } from "../store/faulty-repairs.ts";
import { HARMS } from "../store/harms.ts";
import { expectPowerCutsHarmless } from "../store/power-cut-repairs.ts";
import { expectRepaired } from "../store/random-harm.ts";
import { SmallStore } from "../store/small-store.ts";
import { FAULTS } from "../store/stepped-fs.ts";

const RANDOM_HARMS = 5000;
/** Images of the disk after each operation. */
const POWER_CUTS = 10;

/** Every kind of damage, repaired with every fault at every call that changes the disk. */
export async function run(): Promise<string[]> {
  const begun = performance.now();
  using sound = await SmallStore.recorded();
  let cases = 0;
  for (const harm of HARMS) cases += await expectFaultsHarmless(sound, harm, FAULTS);
  const seed = Math.floor(Math.random() * 2 ** 31);
  let repaired = 0;
  for (let i = 0; i < RANDOM_HARMS; i++) {
    if (await expectRepaired(sound, new Choice(seed + i))) repaired++;
  }
  let images = 0;
  for (const harm of HARMS) {
    images += await expectPowerCutsHarmless(sound, harm, seededRandom(seed), POWER_CUTS);
  }
  const seconds = (performance.now() - begun) / 1000;
  return [
    `${HARMS.length} kinds of damage, faults ${FAULTS.join(", ")}`,
    `${cases} repairs disturbed: all ended as undisturbed ones`,
    `seed ${seed}, ${RANDOM_HARMS} random harms: ${repaired} repaired, the others left and named`,
    `${images} images of power cuts: all repaired as undisturbed ones`,
    `${seconds.toFixed(0)} s`,
  ];
}
