import type { CoverageSums } from "../format/metadata.ts";
import type { Span } from "./token-ledger.ts";

type Sums = { -readonly [Name in keyof CoverageSums]: CoverageSums[Name] };

export function noCoverage(): Sums {
  return {
    verified_us: 0,
    unverified_us: 0,
    suspect_us: 0,
    gap_us: 0,
    gaps: 0,
    longest_gap_us: 0,
  };
}

export function addSpan(sums: Sums, { state, fromUs, toUs }: Span): void {
  const us = toUs - fromUs;
  sums[`${state}_us`] += us;
  if (state !== "gap") return;
  sums.gaps++;
  sums.longest_gap_us = Math.max(sums.longest_gap_us, us);
}

/** The sums of many tokens or sessions together; the longest gap is the longest of any. */
export function addCoverage(to: Sums, from: CoverageSums): void {
  const longest = Math.max(to.longest_gap_us, from.longest_gap_us);
  for (const name of Object.keys(to) as (keyof Sums)[]) to[name] += from[name];
  to.longest_gap_us = longest;
}

/** Spans of a token in figures. */
export function sumSpans(spans: readonly Span[]): CoverageSums {
  const sums = noCoverage();
  for (const span of spans) addSpan(sums, span);
  return sums;
}
