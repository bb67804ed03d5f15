import { ERROR_CODES, SHORT_WRITES } from "../disk/disk-faults.ts";
import { checkDeath, checkFault, newRecording } from "../store/every-operation.ts";

/** Every operation of a short recording on a simulated disk, with every fault, and every death. */

const MOMENTS = ["before", "inside", "after"] as const;

export async function run(): Promise<string[]> {
  const undisturbed = newRecording();
  await undisturbed.run();
  const { operations } = undisturbed.disk;
  let faults = 0;
  let deaths = 0;
  for (let at = 0; at < operations; at++) {
    for (const kind of [...ERROR_CODES, ...SHORT_WRITES]) {
      for (const forever of [false, true]) {
        await checkFault(kind, at, forever);
        faults++;
      }
    }
    for (const when of MOMENTS) {
      await checkDeath(at, when);
      deaths++;
    }
  }
  return [
    `${operations} operations: ${faults} faults and ${deaths} deaths, nothing durable lost, every update counted`,
  ];
}
