import { checkSeed, type Figures, figuresText, sumFigures } from "../capture/check-seed.ts";

/** Half hours of all that can go wrong with the feed: stored or told, and nothing told in vain. */

const SEEDS = 1_000;
const FAILURES_MAX = 5;

export async function run(): Promise<string[]> {
  const begun = performance.now();
  const all: Figures[] = [];
  const failures: Error[] = [];
  for (let seed = 0; seed < SEEDS && failures.length < FAILURES_MAX; seed++) {
    await checkSeed(seed).then(
      (figures) => all.push(figures),
      (error) => failures.push(error),
    );
  }
  const seconds = ((performance.now() - begun) / 1000).toFixed(0);
  const figures = [...figuresText(sumFigures(all)), `${seconds} s`];
  if (failures.length > 0) {
    throw new Error([...figures, ...failures.map(({ message }) => message)].join("\n  "));
  }
  return figures;
}
