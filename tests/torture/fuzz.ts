import { fuzz } from "../fuzz/fuzz.ts";
import { FUZZ_TARGETS } from "../fuzz/targets.ts";

/** A million inputs that are wrong under right checksums. */

const INPUTS = 1_000_000;
const GROWTH_MAX = 1000 * 2 ** 20;
const SLOWEST_MAX_MS = 30_000;

export async function run(): Promise<string[]> {
  const seed = Math.floor(Math.random() * 2 ** 31);
  const begun = performance.now();
  const { inputs, read, slowestMs, slowest, grown } = await fuzz(INPUTS, seed);
  const seconds = (performance.now() - begun) / 1000;
  const figures = [
    `seed ${seed}, ${inputs} inputs for ${FUZZ_TARGETS.map(({ name }) => name).join(", ")}`,
    `${read} read, ${inputs - read} refused, nothing else; ${seconds.toFixed(0)} s`,
    `slowest ${slowestMs.toFixed(0)} ms: ${slowest}`,
    `${(grown / 1e6).toFixed(0)} MB more at the peak`,
  ];
  if (grown > GROWTH_MAX || slowestMs > SLOWEST_MAX_MS) throw new Error(figures.join("\n  "));
  return figures;
}
