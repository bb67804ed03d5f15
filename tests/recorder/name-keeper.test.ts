import { expect, test } from "bun:test";
import type { StaticValues } from "../../src/book/recipe-state.ts";
import type { Names } from "../../src/format/metadata.ts";
import type { Http } from "../../src/ports/http.ts";
import { VirtualClock } from "../../src/ports/virtual-clock.ts";
import { NameKeeper } from "../../src/recorder/name-keeper.ts";
import { SAMPLE_MARKET } from "./sample-market.ts";

test("names are asked for until REST has them, and told once", async () => {
  const clock = new VirtualClock();
  const found: [string, Names][] = [];
  const known: [string, StaticValues][] = [];
  const troubles: string[] = [];
  let asked = 0;
  let answers = false;
  const http: Http = () => {
    asked++;
    if (!answers) return Promise.reject(new Error("REST is down"));
    return Promise.resolve({ status: 200, text: JSON.stringify({ markets: [SAMPLE_MARKET] }) });
  };
  const keeper = new NameKeeper({
    tokenIds: ["11", "12"],
    gammaUrl: "http://gamma",
    http,
    clock,
    found: (tokenId, names) => found.push([tokenId, names]),
    known: (market, values) => known.push([market, values]),
    onTrouble: (text) => troubles.push(text),
  });
  await keeper.start();
  expect(asked).toBeGreaterThan(0);
  expect(found).toEqual([]);
  expect(troubles.join()).toContain("REST is down");

  answers = true;
  clock.advance(5_000);
  await Bun.sleep(1);
  const names = {
    question: "Will it?",
    slug: "will-it",
    end_date: "2030-01-01T00:00:00Z",
    event: "these",
  };
  expect(found).toEqual([
    ["11", { ...names, outcome: "Yes" }],
    ["12", { ...names, outcome: "No" }],
  ]);
  const values = { minOrderSize: "15", negRisk: true };
  expect(known).toEqual([
    ["0xabc", values],
    ["0xabc", values],
  ]);
  const enough = asked;
  clock.advance(10_000_000);
  await Bun.sleep(1);
  expect(asked).toBe(enough);
  expect(clock.timers).toBe(0);
});

test("a keeper that is stopped asks no more", async () => {
  const clock = new VirtualClock();
  let asked = 0;
  const http: Http = () => {
    asked++;
    return Promise.resolve({ status: 200, text: '{"markets":[]}' });
  };
  const keeper = new NameKeeper({
    tokenIds: ["11"],
    gammaUrl: "http://gamma",
    http,
    clock,
    found: () => {},
    known: () => {},
    onTrouble: () => {},
  });
  await keeper.start();
  keeper.stop();
  const before = asked;
  clock.advance(10_000_000);
  expect(asked).toBe(before);
});
