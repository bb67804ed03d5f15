import { describe, expect, test } from "bun:test";
import type { HashProof, JudgedGroup } from "../../src/book/judged-group.ts";
import { TokenStanding } from "../../src/book/standing.ts";

/** Row `n` comes at time `n`. */
function group(verdict: JudgedGroup["verdict"], row: number, stateRow = row): JudgedGroup {
  const isProven = verdict === "matched" || verdict === "late" || verdict === "searched";
  return {
    verdict,
    rows: [row],
    takenUs: row,
    isBook: false,
    isProvisional: false,
    proof: isProven ? ({ stateRow, restored: [] } as unknown as HashProof) : undefined,
  };
}

function standingAfter(...groups: readonly JudgedGroup[]): TokenStanding {
  const standing = new TokenStanding();
  standing.opened(1);
  for (const judged of groups) standing.judged(judged);
  return standing;
}

const RIGHT = { missedFromUs: undefined, missedToUs: undefined };

describe("the standing of a token", () => {
  test("is told by the first and last miss since the last proof", () => {
    const groups = [group("matched", 1), group("missed", 3), group("missed", 5)];
    expect(standingAfter(...groups)).toMatchObject({
      provenUs: 1,
      provenRow: 1,
      missedFromUs: 3,
      missedToUs: 5,
    });
    expect(standingAfter(...groups, group("late", 6))).toMatchObject({ provenUs: 6, ...RIGHT });
  });

  test("is not changed by a miss that is told after a younger proof", () => {
    const standing = standingAfter(group("matched", 1), group("matched", 4), group("missed", 3));
    expect(standing).toMatchObject({ provenUs: 4, ...RIGHT });
  });

  test("is not mended by a proof of before the miss, however late it is told", () => {
    const standing = standingAfter(group("matched", 1), group("missed", 5), group("late", 4));
    expect(standing).toMatchObject({ provenUs: 4, missedFromUs: 5 });
  });

  test("is told by the youngest proof, whichever comes last", () => {
    expect(standingAfter(group("matched", 8), group("late", 4))).toMatchObject({
      provenUs: 8,
      provenRow: 8,
    });
  });

  test("counts what a late hash had of later updates", () => {
    const standing = standingAfter(group("matched", 1), group("missed", 5), group("late", 4, 5));
    expect(standing).toMatchObject({ provenRow: 5, ...RIGHT });
  });

  test("says nothing of what was not judged", () => {
    const standing = standingAfter(group("matched", 1), group("shed", 2), group("unverifiable", 3));
    expect(standing).toMatchObject({ provenUs: 1, provenRow: 1, ...RIGHT });
  });

  test("is not told by a miss behind which hashes were not judged, whichever comes last", () => {
    const proven = group("matched", 1);
    const [missed, shed] = [group("missed", 3), group("shed", 5)];
    expect(standingAfter(proven, missed, shed)).toMatchObject({ provenUs: 1, ...RIGHT });
    expect(standingAfter(proven, shed, missed)).toMatchObject({ provenUs: 1, ...RIGHT });
    const later = standingAfter(proven, missed, shed, group("missed", 6), group("shed", 4));
    expect(later).toMatchObject({ missedFromUs: 6, missedToUs: 6 });
  });

  test("begins anew with an opening book, whatever was waiting then", () => {
    const standing = standingAfter(group("matched", 1), group("missed", 5));
    standing.opened(8);
    for (const judged of [group("missed", 7), group("matched", 6)]) standing.judged(judged);
    expect(standing).toMatchObject({ provenUs: undefined, provenRow: 7, ...RIGHT });
    standing.judged(group("matched", 8));
    expect(standing).toMatchObject({ provenUs: 8, provenRow: 8 });
  });
});
