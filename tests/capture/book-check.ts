import { isProven, type Verdict } from "../../src/format/market-event.ts";
import type { Captured } from "./faulty-capture.ts";
import { PlainToken } from "./plain-token.ts";
import { bookOf, entryOf } from "./plain-updates.ts";
import { atUs } from "./spans.ts";
import type { Matched } from "./stored-check.ts";

/** A group of changes as it was recorded. */
export interface CheckedGroup {
  readonly tokenId: string;
  readonly hash: string;
  /** It is stamped before the group that came before it. */
  readonly isReordered: boolean;
  readonly fromUs: number;
  readonly toUs: number;
  /** `undefined` where it is not stored. */
  readonly verdict: Verdict | undefined;
  /** The recorder's book is the venue's; `undefined` where that is not known. */
  readonly isRight: boolean | undefined;
  /** Fingerprints of the two. */
  readonly print: number;
  readonly truth: number | undefined;
}

/** What happened to a token's book: a whole one came, or a group of changes ended. */
export type BookStep = CheckedGroup | { readonly bookUs: number };

/** A hash may know the next change, or what came behind it by a mistake of the way. */
const LATE_GROUPS = 5;

/**
 * Every hash whose book is the recorder's is proven, and no other: so whatever was lost is noticed
 * at the next hash whose book differs. The recorder's book is what came, applied to a plain one;
 * the venue's is what the witness had at that hash.
 */
export function checkBooks(
  captured: Captured,
  matched: ReadonlyMap<string, readonly Matched[]>,
  problems: string[],
): Map<string, BookStep[]> {
  const steps = new Map<string, BookStep[]>();
  for (const tokenId of captured.tokenIds) {
    const ofToken = stepsOf(captured, tokenId, matched.get(tokenId) ?? []);
    steps.set(tokenId, ofToken);
    for (const [i, step] of ofToken.entries()) {
      if (!("hash" in step)) continue;
      const wrong = whatIsWrong(step, ofToken.slice(i + 1, i + 1 + LATE_GROUPS));
      if (wrong !== undefined) {
        problems.push(`${tokenId}: the hash at ${atUs(captured, step.toUs)} is ${wrong}`);
      }
    }
  }
  return steps;
}

function whatIsWrong(step: CheckedGroup, next: readonly BookStep[]): string | undefined {
  const { verdict, isRight, truth, isReordered } = step;
  if (isRight === true && verdict === "missed" && !isReordered)
    return "missed, though the book is right";
  if (isRight !== false || verdict === undefined || !isProven(verdict)) return undefined;
  const isLate = next.some((later) => "hash" in later && later.print === truth);
  return isLate && verdict === "late" ? undefined : `${verdict}, though the book is wrong`;
}

function stepsOf({ truth }: Captured, tokenId: string, matched: readonly Matched[]): BookStep[] {
  const steps: BookStep[] = [];
  let lastMs = 0;
  const token = new PlainToken<Matched>(({ hash, timestamp, rows, print }) => {
    const isReordered = Number(timestamp) < lastMs;
    lastMs = Number(timestamp);
    const last = rows.at(-1)!;
    const right = truth.get(hash);
    const isRight = right === undefined ? undefined : right === print;
    const prints = { print, truth: right };
    const times = { fromUs: rows[0]!.owed.receivedUs, toUs: last.owed.receivedUs };
    steps.push({
      tokenId,
      hash,
      isReordered,
      verdict: last.update?.verdict,
      isRight,
      ...prints,
      ...times,
    });
  });
  for (const row of matched) {
    const { owed } = row;
    const ms = owed.receivedUs / 1000;
    const book = bookOf(owed);
    const entry = entryOf(owed);
    if (entry !== undefined) token.change(entry, row, ms);
    if (book === undefined) continue;
    token.replace(book, ms);
    steps.push({ bookUs: owed.receivedUs });
  }
  token.end();
  return steps;
}
