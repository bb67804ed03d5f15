import { expect, test } from "bun:test";
import { type Oddities, odditiesTimes } from "../../../src/exchange/market/oddities.ts";
import { VirtualExchange } from "../virtual-exchange.ts";

test("the factor of oddities is one unless another is asked for", () => {
  const { conditions } = new VirtualExchange({ markets: 1, rate: 0 }).exchange;
  expect(conditions.oddities).toEqual(odditiesTimes(1));
});

test("the factor of oddities multiplies what was observed, up to a half or what was observed", () => {
  const [none, usual, wild] = [0, 1, 100].map(odditiesTimes) as [Oddities, Oddities, Oddities];
  expect(new Set(Object.values(none))).toEqual(new Set([0]));
  expect(usual).toMatchObject({ duplicate: 0.004, sharedHash: 0.85, earlyRecipe: 1 });
  expect(wild).toMatchObject({ duplicate: 0.4, joinedChanges: 0.5, staleChange: 0.5 });
  for (const name of Object.keys(usual) as (keyof Oddities)[]) {
    expect(wild[name]).toBeLessThanOrEqual(Math.max(usual[name], 0.5));
    expect(wild[name]).toBeGreaterThanOrEqual(usual[name]);
  }
});
