import { expect, test } from "bun:test";
import { noVerdicts } from "../../src/book/verdict-counts.ts";
import { summaryLine } from "../../src/observe/summary.ts";
import { newCounters } from "../../src/recorder/counters.ts";

const SUMMARY = {
  ...newCounters(),
  tokens: 2,
  stored: 0,
  dropped: 0,
  hashes: { ...noVerdicts(), updates: 4417, matched: 3990, late: 12, searched: 1, missed: 7 },
  gaps: 0,
  suspect: 2,
  refetches: 1,
  recipeDrift: false,
  queued: 0,
  seconds: 1,
};

test("the summary line says what the hashes proved, and what they did not", () => {
  expect(summaryLine(SUMMARY)).toContain(
    ", 4417 updates proven by 4003 hashes (3990 matched, 12 late, 1 searched), 7 missed, " +
      "0 unverifiable, 0 shed, 0 gaps, 2 suspect, ",
  );
});

test("the summary line says that the recipe is unknown only when it is", () => {
  expect(summaryLine(SUMMARY)).not.toContain("RECIPE");
  expect(summaryLine({ ...SUMMARY, recipeDrift: true })).toContain("HASHES OF AN UNKNOWN RECIPE");
});
