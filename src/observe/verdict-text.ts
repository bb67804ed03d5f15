import type { VerdictCounts } from "../recorder/counters.ts";

/** What came of the venue's hashes, in a few words. */
export function verdictText(counts: Readonly<Partial<VerdictCounts>>): string {
  const { updates = 0, matched = 0, late = 0, searched = 0 } = counts;
  const { missed = 0, unverifiable = 0, shed = 0 } = counts;
  const proving = matched + late + searched;
  const how = `${matched} matched, ${late} late, ${searched} searched`;
  const others = `${missed} missed, ${unverifiable} unverifiable, ${shed} shed`;
  return `${updates} updates proven by ${proving} hashes (${how}), ${others}`;
}
