import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { distribution } from "../crash/distribution.ts";
import { killRecorders } from "../crash/killed-recorders.ts";
import type { Remains } from "../crash/lives.ts";
import { temporaryFolder } from "../polybot-process.ts";

/** A thousand recorders are killed: what they leave is right, and all but the last moments. */

const ROUNDS = 40;
const KILLS_A_ROUND = 25;
/** Rounds that run beside each other, each with an exchange and a store of its own. */
const AT_ONCE = 2;
const LOST_MS_MAX = 500;

export async function run(): Promise<string[]> {
  const begun = performance.now();
  using folder = temporaryFolder();
  const firstSeed = Math.floor(Math.random() * 1e9);
  console.log(`  seeds ${firstSeed} to ${firstSeed + ROUNDS - 1}`);
  const waiting = Array.from({ length: ROUNDS }, (_, i) => firstSeed + i);
  const remains: Remains[] = [];
  const lane = async () => {
    for (let seed = waiting.shift(); seed !== undefined; seed = waiting.shift()) {
      const own = join(folder.path, String(seed));
      mkdirSync(own);
      try {
        remains.push(...(await killRecorders({ seed, kills: KILLS_A_ROUND, folder: own })));
      } catch (cause) {
        throw new Error(`seed ${seed}: ${cause instanceof Error ? cause.message : cause}`);
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  const sum = (figure: "sent" | "lost" | "updates") =>
    remains.reduce((total, each) => total + each[figure], 0);
  const lostMs = remains.map((each) => each.lostMs);
  const figures = [
    `${remains.length} kills in ${((performance.now() - begun) / 1000).toFixed(0)} s`,
    `${sum("sent")} messages sent, ${sum("lost")} lost; ${sum("updates")} updates stored, all right`,
    `age of the oldest message lost, ms: ${distribution(lostMs)}`,
    `messages lost a kill: ${distribution(remains.map(({ lost }) => lost))}`,
  ];
  if (lostMs.some((ms) => ms > LOST_MS_MAX)) throw new Error(figures.join("\n  "));
  return figures;
}
