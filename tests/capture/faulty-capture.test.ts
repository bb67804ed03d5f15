import { expect, test } from "bun:test";
import { checkSeed, type Figures, figuresText, sumFigures } from "./check-seed.ts";

const SEEDS = 50;
/** Half a minute on an idle machine. */
const TIMEOUT_MS = 400_000;

test(
  "half an hour of troubles, fifty times: all is stored or told, and nothing is told in vain",
  async () => {
    const all: Figures[] = [];
    for (let seed = 0; seed < SEEDS; seed++) all.push(await checkSeed(seed));
    const figures = sumFigures(all);
    for (const line of figuresText(figures)) console.log(line);
    // Whatever strikes nothing shows nothing.
    expect(figures.troubles.size).toBeGreaterThan(16);
    expect(figures.wrong).toBeGreaterThan(50);
    expect(figures.noticed).toBeGreaterThan(0);
    expect(figures.verifiedUs / figures.coveredUs).toBeGreaterThan(0.8);
  },
  TIMEOUT_MS,
);
