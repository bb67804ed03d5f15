import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { distribution } from "../crash/distribution.ts";
import type { Remains } from "../crash/lives.ts";
import { cutPower } from "../crash/power-cuts.ts";
import { temporaryFolder } from "../polybot-process.ts";

/** Two hundred power cuts under a recorder on a real ext4: what was durable is there and right. */

const DISKS = 40;
const CUTS_A_DISK = 5;
/** Written within 50 ms, synced each 200 ms; the rest is for a machine that is busy. */
const LOST_MS_MAX = 1000;

export async function run(): Promise<string[]> {
  const begun = performance.now();
  using folder = temporaryFolder();
  const firstSeed = Math.floor(Math.random() * 1e9);
  console.log(`  seeds ${firstSeed} to ${firstSeed + DISKS - 1}`);
  const remains: Remains[] = [];
  for (let seed = firstSeed; seed < firstSeed + DISKS; seed++) {
    const own = join(folder.path, String(seed));
    mkdirSync(own);
    const left = await cutPower({ seed, cuts: CUTS_A_DISK, folder: own });
    if (left === undefined) return ["SKIPPED: a file may not be mounted as a disk here"];
    remains.push(...left);
  }
  const lostMs = remains.map((each) => each.lostMs);
  const updates = remains.reduce((sum, each) => sum + each.updates, 0);
  const figures = [
    `${remains.length} power cuts in ${((performance.now() - begun) / 1000).toFixed(0)} s`,
    `${updates} updates left, all right`,
    `age of the oldest message lost, ms: ${distribution(lostMs)}`,
  ];
  if (lostMs.some((ms) => ms > LOST_MS_MAX)) throw new Error(figures.join("\n  "));
  return figures;
}
