import { describe, expect, test } from "bun:test";
import { RECIPE_NAMES, type RecipeName } from "../../src/book/recipes.ts";
import { seededRandom } from "../../src/ports/random.ts";
import { HeardSimulation } from "../exchange/heard-simulation.ts";
import { recordedSteps, replayed } from "./recorded-steps.ts";
import { type Step, TokenStream } from "./token-stream.ts";
import { TOY_IMPLIED } from "./toy-venue.ts";

/** Only a hang is meant to fail. */
const SLOW_CORE_MS = 60_000;
const RUNS = 12;
const STEPS = 120;

/** Least shares of hashes that are not stored; under six fields half of all times are not known. */
const SHARES: Readonly<Record<RecipeName, readonly number[]>> = {
  "10": [0.99, 0.8, 0.5],
  "9": [0.99, 0.8, 0.5],
  "6": [0.4, 0.3, 0.25],
  "5": [0.99, 0.8, 0.5],
};

const CASES = RECIPE_NAMES.flatMap((recipe) =>
  [0, 0.1, 0.4].map((oddness, i) => [recipe, oddness, SHARES[recipe][i]!] as const),
);

describe("a token's stream comes back from its blocks", () => {
  test.each(CASES)(
    "under the recipe of %s fields, %d of it unusual",
    (recipe, oddness, share) => {
      let [hashes, derived] = [0, 0];
      for (let seed = 0; seed < RUNS; seed++) {
        const random = seededRandom(seed);
        const stream = new TokenStream(random, { recipe, oddness });
        const recorded = recordedSteps(stream.steps(STEPS), TOY_IMPLIED);
        const found = replayed(recorded, TOY_IMPLIED, random);
        expect({ seed, wrong: found.wrong }).toEqual({ seed, wrong: [] });
        hashes += found.hashes;
        derived += found.derived;
      }
      expect(derived / hashes).toBeGreaterThan(share);
    },
    SLOW_CORE_MS,
  );
});

describe("a simulated token's stream comes back from its blocks", () => {
  test.each([
    [1, 0.98],
    [30, 0.8],
  ])("with %d times the oddities of the venue", (oddities, share) => {
    const random = seededRandom(oddities);
    const simulation = new HeardSimulation({ markets: 3, rate: 12, seed: 5, oddities });
    const openings = simulation.openingTexts();
    simulation.run(120_000);
    const steps: Step[] = [...openings.map((text) => told(text, 0))];
    for (const { announcement, nowMs } of simulation.said) {
      steps.push({ kind: "pass", nowUs: Math.round(nowMs * 1000) });
      for (const element of announcement.elements) {
        steps.push(told(JSON.stringify(element), Math.round(nowMs * 1000)));
        if (random() < 0.005) steps.push({ kind: random() < 0.5 ? "close" : "flush" });
      }
    }
    let [hashes, derived] = [0, 0];
    for (const { identity } of simulation.simulation.markets) {
      for (const { tokenId } of identity.tokens) {
        const implied = { market: identity.market, tokenId };
        const recorded = recordedSteps(steps, implied);
        const found = replayed(recorded, implied, random);
        expect(found.wrong).toEqual([]);
        hashes += found.hashes;
        derived += found.derived;
      }
    }
    expect(derived / hashes).toBeGreaterThan(share);
  });
});

function told(text: string, receivedUs: number): Step {
  return { kind: "text", text, receivedUs };
}
