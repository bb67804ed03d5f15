import { VirtualRecording } from "../recorder/virtual-recording.ts";

/** Ten hours of an exchange on virtual time: every hash is proven, and no book is suspected. */

const HOURS = 10;
const MARKETS = 20;
const SERIES = 2;
const RATE = 20;
const SEED = 1;

export async function run(): Promise<string[]> {
  const begun = performance.now();
  const options = { markets: MARKETS, series: SERIES, rate: RATE, seed: SEED };
  await using recording = await VirtualRecording.start(options);
  await recording.run(HOURS * 3_600_000);
  const { problems, hashes: stored, bytes, updates } = await recording.verify();
  const { hashes, suspect, messages, recipeDrift } = recording.recorder.summary();
  const seconds = (performance.now() - begun) / 1000;
  const figures = [
    `seed ${SEED}, ${MARKETS} markets and ${SERIES} series, ${RATE} changes a second, ${HOURS} h`,
    `${messages} messages, ${updates} updates, ${bytes} bytes, ${seconds.toFixed(0)} s`,
    `groups ${JSON.stringify(hashes)}`,
    `stored hashes ${JSON.stringify(stored)}, ${recording.hashed} received`,
    `${suspect} suspect, ${problems.length} damaged`,
  ];
  const isProven =
    hashes.missed + hashes.unverifiable + hashes.shed + suspect + problems.length === 0 &&
    stored.checked + stored.literal === recording.hashed;
  if (!isProven || recipeDrift) throw new Error(figures.join("\n  "));
  return figures;
}
