import { describe, expect, test } from "bun:test";
import type { RecipeName } from "../../src/book/recipes.ts";
import { HeardSimulation } from "../exchange/heard-simulation.ts";
import { PlainBook } from "./plain-hash.ts";
import { type AnyElement, type PlainChange, VerifiedTokens } from "./verified-tokens.ts";

const MINUTE_MS = 60_000;
const SECOND_US = 1_000_000;

interface Heard {
  readonly element: AnyElement;
  readonly nowMs: number;
}

function heardOf(simulation: HeardSimulation): Heard[] {
  return simulation.said.flatMap(({ announcement, nowMs }) =>
    announcement.elements.map((element) => ({ element: element as AnyElement, nowMs })),
  );
}

/** Every so many price changes comes again, a few elements later, every second one swapped. */
function withDuplicates(heard: readonly Heard[], every: number): Heard[] {
  const all: Heard[] = [];
  let changes = 0;
  let delayed: { readonly at: number; readonly element: AnyElement }[] = [];
  heard.forEach(({ element, nowMs }, i) => {
    all.push({ element, nowMs });
    for (const due of delayed.filter(({ at }) => at <= i)) all.push({ ...due, nowMs });
    delayed = delayed.filter(({ at }) => at > i);
    if (element.event_type !== "price_change") return;
    changes++;
    if (changes % every !== 0) return;
    const entries = element.price_changes;
    const isSwapped = changes % (2 * every) === 0 && entries !== undefined;
    const again = isSwapped ? { ...element, price_changes: entries.toReversed() } : element;
    delayed.push({ at: i + (changes % 3), element: again });
  });
  return all;
}

interface Run {
  readonly oddities: number;
  readonly recipe?: RecipeName;
  readonly seed?: number;
  readonly markets?: number;
  readonly rate?: number;
  readonly minutes?: number;
}

function simulated({
  oddities,
  recipe = "10",
  seed = 11,
  markets = 8,
  rate = 16,
  minutes = 5,
}: Run) {
  const simulation = new HeardSimulation({ markets, rate, seed, oddities, recipe });
  const openings = simulation.openingTexts().map((text): AnyElement => JSON.parse(text));
  simulation.run(minutes * MINUTE_MS);
  const valuesOf = (market: string) => {
    const identity = simulation.simulation.findMarket(market)?.identity;
    return identity === undefined
      ? {}
      : { minOrderSize: identity.minOrderSize, negRisk: identity.event.negRisk };
  };
  return { openings, heard: heardOf(simulation), valuesOf };
}

function verify(
  openings: readonly AnyElement[],
  heard: readonly Heard[],
  tokens: VerifiedTokens,
): VerifiedTokens {
  for (const element of openings) tokens.take(element, 0);
  let lastMs = 0;
  for (const { element, nowMs } of heard) {
    if (nowMs - lastMs > 250) tokens.silence();
    lastMs = nowMs;
    tokens.take(element, nowMs * 1000);
    tokens.expire(nowMs * 1000 - SECOND_US);
  }
  tokens.end();
  return tokens;
}

describe("the verifier of a simulated stream", () => {
  test.each([
    ["none", 0],
    ["the usual", 1],
    ["wild", 30],
  ])("judges every group once and misses none, oddities: %s", (_, oddities) => {
    const { openings, heard, valuesOf } = simulated({ oddities });
    const tokens = verify(openings, withDuplicates(heard, 20), new VerifiedTokens(valuesOf));
    const { missed, unverifiable, matched = 0, late = 0 } = tokens.verdicts;
    expect(missed).toBeUndefined();
    expect(unverifiable).toBeUndefined();
    expect(matched).toBeGreaterThan(2_000);
    if (oddities > 0) expect(late).toBeGreaterThan(10);
    const rows = tokens.judged.flatMap((group) => group.rows);
    expect(rows.toSorted((a, b) => a - b)).toEqual(tokens.takenRows);
    expect(tokens.duplicateRows.length).toBeGreaterThan(100);
    const entries = tokens.judged.filter(({ isBook }) => !isBook);
    expect(entries.filter(({ proof }) => proof?.isBestRight !== true)).toEqual([]);
    expect(tokens.judged.flatMap(({ proof }) => proof?.restored ?? [])).toEqual([]);
    expect(tokens.differingBooks).toBe(0);
  });

  test.each(["9", "6", "5"] as const)("tells the recipe of %s fields, and judges it", (recipe) => {
    const { openings, heard } = simulated({ oddities: 1, recipe, markets: 4, rate: 8 });
    const tokens = verify(openings, heard, new VerifiedTokens());
    expect(Object.keys(tokens.verdicts).toSorted()).toEqual(["late", "matched"]);
    expect(tokens.judged.every(({ proof }) => proof?.recipe.name === recipe)).toBe(true);
  });

  test("searches trade prices that nobody announces, within its budget", () => {
    const { openings, heard } = simulated({ oddities: 1 });
    const silent = heard.filter(({ element }) => element.event_type !== "last_trade_price");
    const free = verify(openings, silent, new VerifiedTokens());
    expect(free.verdicts.missed).toBeUndefined();
    expect(free.verdicts.searched).toBeGreaterThan(50);
    expect(free.searches).toBeLessThan(4 * free.verdicts.searched!);
    const bound = verify(openings, silent, new VerifiedTokens(() => ({}), 5));
    expect(bound.verdicts.searched).toBeGreaterThan(0);
    // Nobody looked: it may well be there.
    expect(bound.verdicts.unverifiable).toBeGreaterThan(50);
    expect(bound.verdicts.missed).toBeUndefined();
  });

  test("says for each hash how it is made from the rows", () => {
    const { openings, heard } = simulated({ oddities: 30, markets: 3, rate: 8 });
    const tokens = verify(openings, heard, new VerifiedTokens());
    const changes = new Map<number, PlainChange>();
    const replayed = new VerifiedTokens();
    replayed.onRow = (row, change) => void changes.set(row, change);
    verify(openings, heard, replayed);
    const books = new Map<string, PlainBook>();
    const proofs = Map.groupBy(tokens.judged, ({ proof }) => proof!.stateRow);
    let lateStates = 0;
    for (const row of [...changes.keys()].toSorted((a, b) => a - b)) {
      const { market, tokenId, apply } = changes.get(row)!;
      const book = books.get(tokenId) ?? new PlainBook();
      books.set(tokenId, book);
      apply(book);
      for (const { rows, proof } of proofs.get(row) ?? []) {
        const { recipe, values, leadMs } = proof!;
        const { hash, wireMs } = tokens.stamps.get(rows[0]!)!;
        const timestamp = String(wireMs - leadMs);
        expect(book.hash({ market, tokenId, timestamp, recipe: recipe.name, values })).toBe(hash);
        if (rows.at(-1)! < row) lateStates++;
      }
    }
    expect(lateStates).toBeGreaterThan(10);
  });

  test("does not hash what it is told to shed, and goes on afterwards", () => {
    const { openings, heard } = simulated({ oddities: 1, markets: 2, rate: 4 });
    const tokens = new VerifiedTokens();
    for (const element of openings) tokens.take(element, 0);
    const tokenId = openings[0]!.asset_id!;
    tokens.verifier(tokenId).isShedding = true;
    const half = heard.length >> 1;
    for (const { element } of heard.slice(0, half)) tokens.take(element, 0);
    tokens.verifier(tokenId).isShedding = false;
    for (const { element } of heard.slice(half)) tokens.take(element, 0);
    tokens.end();
    const own = tokens.judged.filter((group) => group.tokenId === tokenId);
    const verdicts = new Set(own.slice(own.length >> 1).map(({ verdict }) => verdict));
    expect(own.filter(({ verdict }) => verdict === "shed").length).toBeGreaterThan(10);
    expect(tokens.verdicts.missed).toBeUndefined();
    expect(verdicts.has("matched")).toBe(true);
  });

  test("tells a recipe even while it sheds: there is no other opening book", () => {
    const { openings, heard } = simulated({ oddities: 1, markets: 1, rate: 2 });
    const tokens = new VerifiedTokens();
    tokens.isShedding = true;
    for (const element of openings) tokens.take(element, 0);
    expect(tokens.verifier(openings[0]!.asset_id!).recipe?.name).toBe("10");
    tokens.isShedding = false;
    for (const { element } of heard) tokens.take(element, 0);
    tokens.end();
    const { shed, missed, unverifiable } = tokens.verdicts;
    expect({ shed, missed, unverifiable }).toEqual({
      shed: openings.length,
      missed: undefined,
      unverifiable: undefined,
    });
  });
});
