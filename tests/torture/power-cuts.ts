import { cutPower, cutPowerEverywhere, type PowerCuts } from "../store/power-cuts.ts";

/** Power cuts of a simulated disk: what was reported durable is there, each update once. */

const IMAGES = 50_000;
const SHORT_RECORDINGS = 3;
/** Images of one moment of a short recording. */
const IMAGES_EACH = 100;

export async function run(): Promise<string[]> {
  const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
  // Should it fail, this is what to run again with.
  console.log(`  SEED=${seed}`);
  const begun = performance.now();
  const figures = [`by chance: ${told(await cutPower(seed, IMAGES))}`];
  console.log(`  ${figures[0]}`);
  for (let i = 0; i < SHORT_RECORDINGS; i++) {
    const cuts = await cutPowerEverywhere(seed + i, IMAGES_EACH);
    figures.push(`each moment, all images or ${IMAGES_EACH}: ${told(cuts)}`);
  }
  return [...figures, `${((performance.now() - begun) / 1000).toFixed(0)} s`];
}

function told({ recordings, images, secondCuts, found, durable, damages }: PowerCuts): string {
  return [
    `${recordings} recordings, ${images} images, ${secondCuts} of a second cut`,
    `${found} updates found, ${durable} of them promised, ${damages} damaged places told`,
  ].join("; ");
}
