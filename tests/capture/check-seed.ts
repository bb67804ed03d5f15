import type { Span } from "../../src/book/token-ledger.ts";
import { checkBooks } from "./book-check.ts";
import { capture } from "./faulty-capture.ts";
import { checkNotices, type Losses } from "./notice-check.ts";
import { checkSpans } from "./span-check.ts";
import { checkStored } from "./stored-check.ts";

const PROBLEMS_MAX = 10;

/** What was found in one seed's half hour, or in those of several. */
export interface Figures extends Losses {
  readonly seeds: number;
  /** How often each trouble struck. */
  readonly troubles: ReadonlyMap<string, number>;
  readonly texts: number;
  /** Updates that sockets delivered for their tokens, and those of them that lie in gaps. */
  readonly delivered: number;
  readonly inGaps: number;
  /** Hashes whose book was the recorder's, and whose was not. */
  readonly right: number;
  readonly wrong: number;
  /** Spans by state and cause. */
  readonly spans: ReadonlyMap<string, number>;
  readonly verifiedUs: number;
  readonly coveredUs: number;
}

/**
 * Records half an hour with the troubles that a seed draws, and compares what is stored and what
 * the coverage tells of it with what really happened. Throws if they differ.
 */
export async function checkSeed(seed: number): Promise<Figures> {
  const captured = await capture(seed);
  const problems = captured.problems.map((problem) => `verify: ${Bun.inspect(problem)}`);
  const matched = checkStored(captured, problems);
  const steps = checkBooks(captured, matched, problems);
  checkSpans(captured, steps, problems);
  const losses = checkNotices(captured, steps, problems);
  if (problems.length > 0) {
    const kinds = captured.strikes.map(({ kind }) => kind).join(", ");
    const more =
      problems.length > PROBLEMS_MAX ? `\n  and ${problems.length - PROBLEMS_MAX} more` : "";
    throw new Error(
      `seed ${seed} (${kinds}):\n  ${problems.slice(0, PROBLEMS_MAX).join("\n  ")}${more}\n` +
        `again: bun -e 'await (await import("./tests/capture/check-seed.ts")).checkSeed(${seed})'`,
    );
  }
  const all = [...matched.values()].flat();
  const groups = [...steps.values()].flat().filter((step) => "hash" in step);
  const spans = captured.covered.flatMap((token) => token.spans);
  const us = (of: readonly Span[]) => of.reduce((sum, { fromUs, toUs }) => sum + toUs - fromUs, 0);
  return {
    ...losses,
    seeds: 1,
    troubles: captured.counts,
    texts: captured.texts,
    delivered: all.length,
    inGaps: all.filter(({ update }) => update === undefined).length,
    right: groups.filter(({ isRight }) => isRight === true).length,
    wrong: groups.filter(({ isRight }) => isRight === false).length,
    spans: countBy(spans.map(({ state, cause }) => `${state} ${cause}`.trim())),
    verifiedUs: us(spans.filter(({ state }) => state === "verified")),
    coveredUs: us(spans),
  };
}

/** Of several seeds. */
export function sumFigures(figures: readonly Figures[]): Figures {
  const sum = (of: (one: Figures) => number) => figures.reduce((total, one) => total + of(one), 0);
  const merged = (of: (one: Figures) => ReadonlyMap<string, number>) => {
    const total = new Map<string, number>();
    for (const [name, count] of figures.flatMap((one) => [...of(one)])) {
      total.set(name, (total.get(name) ?? 0) + count);
    }
    return total;
  };
  return {
    seeds: sum(({ seeds }) => seeds),
    troubles: merged(({ troubles }) => troubles),
    texts: sum(({ texts }) => texts),
    delivered: sum(({ delivered }) => delivered),
    inGaps: sum(({ inGaps }) => inGaps),
    right: sum(({ right }) => right),
    wrong: sum(({ wrong }) => wrong),
    spans: merged(({ spans }) => spans),
    verifiedUs: sum(({ verifiedUs }) => verifiedUs),
    coveredUs: sum(({ coveredUs }) => coveredUs),
    noticed: sum(({ noticed }) => noticed),
    overwritten: sum(({ overwritten }) => overwritten),
    replaced: sum(({ replaced }) => replaced),
  };
}

export function figuresText(figures: Figures): string[] {
  const { seeds, texts, delivered, inGaps, right, wrong, verifiedUs, coveredUs } = figures;
  const { noticed, overwritten, replaced } = figures;
  const struck = [...figures.troubles.values()].reduce((sum, count) => sum + count, 0);
  const list = (counts: ReadonlyMap<string, number>) =>
    [...counts]
      .toSorted(([, a], [, b]) => b - a)
      .map(([name, count]) => `${name} ${count}`)
      .join(", ");
  return [
    `${seeds} seeds of thirty minutes, ${struck} troubles: ${list(figures.troubles)}`,
    `${texts} texts; ${delivered} updates delivered: ${delivered - inGaps} stored once, ${inGaps} in gaps`,
    `${right} hashes of the recorder's book, ${wrong} of another: all told so`,
    `lost entries: ${noticed} noticed at the next hash, ${overwritten} overwritten before, ` +
      `${replaced} replaced by a fresh book before`,
    `spans: ${list(figures.spans)}; ${((100 * verifiedUs) / coveredUs).toFixed(1)} % of the time verified`,
  ];
}

function countBy(names: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}
