import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { workBeside } from "../crash/beside-a-recorder.ts";
import { temporaryFolder } from "../polybot-process.ts";

/** Recorders under load, and beside them a hundred recoveries, repairs and verifications. */

const STORES = 10;
const ROUNDS = 10;

export async function run(): Promise<string[]> {
  const begun = performance.now();
  using folder = temporaryFolder();
  const firstSeed = Math.floor(Math.random() * 1e9);
  console.log(`  seeds ${firstSeed} to ${firstSeed + STORES - 1}`);
  let updates = 0;
  for (let seed = firstSeed; seed < firstSeed + STORES; seed++) {
    const own = join(folder.path, String(seed));
    mkdirSync(own);
    updates += await workBeside({ seed, rounds: ROUNDS, folder: own });
  }
  const seconds = ((performance.now() - begun) / 1000).toFixed(0);
  return [
    `${STORES * ROUNDS} recorders killed beside one that lives, recovered, repaired and verified`,
    `${seconds} s, ${updates} updates of those that live: none lost, none of their bytes changed`,
  ];
}
