import type { BookStep, CheckedGroup } from "./book-check.ts";
import type { Captured } from "./faulty-capture.ts";
import { atUs, spanAt } from "./spans.ts";
import type { LostEntry } from "./striker.ts";

const S = 1_000_000;
/** While several markets begin to be missed, it takes ten seconds longer to tell. */
const TOLD_US = 15 * S;
const MISSED_FOR_US = 2 * S;
/** An audit each five minutes, its patience, and what it takes to have a book sent anew. */
const FOUND_US = 370 * S;
/** What keeps an audit from finding anything, or times from being compared. */
const HINDERS = ["rest-error", "stale-book", "clock-step", "own-clock", "restart"];

/** What became of entries that were left out of texts. */
export interface Losses {
  /** A hash whose book differed said so. */
  noticed: number;
  /** The next hash was right again: nothing is to be seen of it. */
  overwritten: number;
  /** A fresh book came first, or nothing more. */
  replaced: number;
}

/** A book that stays wrong is told to be, and one that is not heard of any more is found. */
export function checkNotices(
  captured: Captured,
  steps: ReadonlyMap<string, readonly BookStep[]>,
  problems: string[],
): Losses {
  for (const [tokenId, ofToken] of steps) {
    for (const [i, step] of ofToken.entries()) {
      if (isWrong(step)) checkSuspected(captured, ofToken.slice(i) as WrongFirst, problems);
    }
    checkFound(captured, tokenId, ofToken, problems);
  }
  const losses: Losses = { noticed: 0, overwritten: 0, replaced: 0 };
  for (const lost of captured.lost) losses[fateOf(lost, steps.get(lost.tokenId) ?? [])]++;
  return losses;
}

type WrongFirst = [CheckedGroup, ...BookStep[]];

/** Missed at two hashes, the first some time ago, and nothing was right or new meanwhile. */
function checkSuspected(
  captured: Captured,
  [first, ...later]: WrongFirst,
  problems: string[],
): void {
  const { tokenId } = first;
  const second = later[0];
  if (second === undefined || !isWrong(second)) return;
  const dueUs = Math.max(first.toUs + MISSED_FOR_US, second.toUs) + TOLD_US;
  const healed = later.find((step) => !isWrong(step));
  if (dueUs > captured.endUs || (healed !== undefined && timeOf(healed) < dueUs)) return;
  if (hinders(captured, first.toUs, dueUs) || isOut(captured, tokenId, first.toUs, dueUs)) return;
  const state = spanAt(captured, tokenId, second.toUs)?.state;
  if (state === "suspect" || state === "gap") return;
  problems.push(`${tokenId}: the book is wrong from ${atUs(captured, first.toUs)}, and ${state}`);
}

/** What was withheld is there again, or the token's book is, an audit later. */
function checkFound(
  captured: Captured,
  tokenId: string,
  steps: readonly BookStep[],
  problems: string[],
): void {
  for (const { us } of captured.withheld.filter((lost) => lost.tokenId === tokenId)) {
    const dueUs = us + FOUND_US;
    if (dueUs > captured.endUs || hinders(captured, us, dueUs)) continue;
    const healed = steps.find(
      (step) => timeOf(step) > us && ("bookUs" in step || step.isRight === true),
    );
    if (healed !== undefined && timeOf(healed) <= dueUs) continue;
    // It is known, and will be sent anew: not more than once in ten minutes.
    const state = spanAt(captured, tokenId, dueUs)?.state;
    if (state === "suspect" || state === "gap") continue;

    problems.push(`${tokenId}: nobody finds that an entry is missed at ${atUs(captured, us)}`);
    return;
  }
}

function fateOf({ us }: LostEntry, steps: readonly BookStep[]): keyof Losses {
  const next = steps.find(
    (step) => timeOf(step) >= us && ("bookUs" in step || step.isRight !== undefined),
  );
  if (next === undefined || "bookUs" in next) return "replaced";
  return next.isRight === true ? "overwritten" : "noticed";
}

function isWrong(step: BookStep): step is CheckedGroup {
  return "hash" in step && step.isRight === false && step.verdict === "missed";
}

function timeOf(step: BookStep): number {
  return "bookUs" in step ? step.bookUs : step.toUs;
}

function hinders({ struck }: Captured, fromUs: number, toUs: number): boolean {
  return struck.some(
    (trouble) => HINDERS.includes(trouble.kind) && trouble.fromUs <= toUs && trouble.toUs >= fromUs,
  );
}

function isOut({ outages }: Captured, tokenId: string, fromUs: number, toUs: number): boolean {
  return outages.some(
    (outage) => outage.tokenId === tokenId && outage.fromUs <= toUs && outage.toUs >= fromUs,
  );
}
