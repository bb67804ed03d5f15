import { expectFaultsHarmless } from "../store/faulty-repairs.ts";
import { HARMS } from "../store/harms.ts";
import { SmallStore } from "../store/small-store.ts";
import { FAULTS } from "../store/stepped-fs.ts";

/** Every kind of damage, repaired with every fault at every call that changes the disk. */
export async function run(): Promise<string[]> {
  const begun = performance.now();
  using sound = await SmallStore.recorded();
  let cases = 0;
  for (const harm of HARMS) cases += await expectFaultsHarmless(sound, harm, FAULTS);
  const seconds = (performance.now() - begun) / 1000;
  return [
    `${HARMS.length} kinds of damage, faults ${FAULTS.join(", ")}`,
    `${cases} repairs disturbed, ${seconds.toFixed(0)} s: all ended as undisturbed ones`,
  ];
}
