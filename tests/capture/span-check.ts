import type { Span } from "../../src/book/token-ledger.ts";
import { isProven } from "../../src/format/market-event.ts";
import type { BookStep } from "./book-check.ts";
import type { Trouble } from "./fault-plan.ts";
import type { Captured } from "./faulty-capture.ts";
import { atUs, spansOf, spanText } from "./spans.ts";
import type { Outage } from "./tapped-dial.ts";

/**
 * What each trouble may be told as. Without a trade that is withheld, the hashes behind it cover a
 * price that nobody knows.
 */
const CAUSES: Readonly<Record<Trouble, readonly string[]>> = {
  "close-1013": ["disconnect"],
  drop: ["disconnect"],
  "half-open": ["stall", "disconnect", "silent", "no-snapshot", "divergence", "recipe"],
  "stall-socket": ["silent", "no-snapshot", "divergence", "recipe"],
  "stall-token": ["silent", "no-snapshot", "divergence", "recipe"],
  "slow-reader": ["disconnect", "no-snapshot", "stall"],
  "lost-entry": ["divergence", "silent"],
  malformed: ["divergence", "silent", "no-snapshot", "recipe"],
  reorder: ["divergence", "silent", "no-snapshot", "recipe"],
  // What REST has by then looks withheld.
  delay: ["no-snapshot", "recipe", "silent"],
  "close-1008": ["disconnect", "no-snapshot"],
  "invalid-operation": ["no-snapshot"],
  // One of a socket that takes the place of a quiet one.
  "missing-book": ["no-snapshot", "silent"],
  "rest-error": [],
  "stale-book": [],
  restart: ["disconnect", "no-snapshot"],
  // A change behind the step looks like one of before its book.
  "clock-step": ["divergence"],
  "own-clock": ["clock-step"],
  "full-disk": ["disk-full"],
};

const S = 1_000_000;
/** A first book may take so long. */
const START_US = 3 * S;
/** A trouble shows a little before or behind itself: in the next text, or by the next look. */
const SLACK_US = 5 * S;
/** A fresh book that was asked for and does not come is missing after so long. */
const ASKED_US = 12 * S;
/** Two audits, and the patience with what they find. */
const UNPROVEN_US = 620 * S;

/** All spans but the verified ones are of troubles that struck, and what could be seen has one. */
export function checkSpans(
  captured: Captured,
  steps: ReadonlyMap<string, readonly BookStep[]>,
  problems: string[],
): void {
  for (const tokenId of captured.tokenIds) {
    const spans = acrossSteps(spansOf(captured.covered, tokenId));
    const say = (what: string, span: Span) =>
      problems.push(`${tokenId}: ${what}: ${spanText(captured, span)}`);
    for (const [i, span] of spans.entries()) {
      if (span.state === "verified") continue;
      if (!isExplained(captured, tokenId, spans, i)) say("nothing explains", span);
      const reach = reachOf(captured, span);
      if (span.cause === "divergence" && !hasWrongBook(steps.get(tokenId) ?? [], reach)) {
        say("the book was never wrong in", span);
      }
    }
  }
  for (const outage of captured.outages) checkOutage(captured, outage, problems);
}

type Range = Pick<Span, "fromUs" | "toUs">;

/** A span with the pieces of it before a step of the recorder's clock. */
interface WholeSpan extends Span {
  /** Without the step. */
  readonly lastsUs: number;
}

/** Spans that a step of the recorder's clock lies within are one, as what they tell of is. */
function acrossSteps(spans: readonly Span[]): WholeSpan[] {
  const joined: WholeSpan[] = [];
  for (const span of spans) {
    const step = joined.at(-1);
    const before = joined.at(-2);
    const isSame = before?.state === span.state && before.cause === span.cause;
    const lastsUs = span.toUs - span.fromUs;
    if (isSame && step?.cause === "clock-step") {
      const whole = { ...span, fromUs: before.fromUs, lastsUs: before.lastsUs + lastsUs };
      joined.splice(-2, 2, step, whole);
    } else joined.push({ ...span, lastsUs });
  }
  return joined;
}

/**
 * Where what a span tells of may have happened: the times that a clock was set over come twice, or
 * never, and a span is cut where they begin.
 */
function reachOf({ struck }: Captured, span: Range): Range {
  let { fromUs, toUs } = span;
  for (const step of struck) {
    if (step.kind !== "own-clock" || !overlaps(step, span)) continue;
    fromUs = Math.min(fromUs, step.fromUs);
    toUs = Math.max(toUs, step.toUs);
  }
  return { fromUs, toUs };
}

/** Or nearly so. */
function overlaps(trouble: Range, { fromUs, toUs }: Range): boolean {
  return trouble.fromUs <= toUs + SLACK_US && trouble.toUs >= fromUs - SLACK_US;
}

function isExplained(
  captured: Captured,
  tokenId: string,
  spans: readonly WholeSpan[],
  i: number,
): boolean {
  const span = spans[i]!;
  const { cause, lastsUs } = span;
  const next = spans.slice(i + 1).find((span) => span.cause !== "clock-step");
  const isFirst = i === 0 && cause === "no-snapshot";
  if (isFirst && lastsUs < START_US) return true;
  // A small buffer may run over in a burst, too.
  if (cause === "overflow") return captured.strikes.some(({ kind }) => kind === "full-disk");
  // What no hash has proven by then is not proven by what comes after.
  if (cause === "unproven" || cause === "recipe") {
    const isBefore = next === undefined || next.state === "gap" || next.state === "suspect";
    if (isBefore && lastsUs < UNPROVEN_US) return true;
  }
  const reach = reachOf(captured, span);
  return captured.struck.some(
    (struck) =>
      CAUSES[struck.kind].includes(cause) &&
      struck.tokenIds?.has(tokenId) !== false &&
      overlaps(struck, reach),
  );
}

function hasWrongBook(steps: readonly BookStep[], { fromUs, toUs }: Range): boolean {
  return steps.some(
    (step) =>
      !("bookUs" in step) && step.isRight === false && step.toUs >= fromUs && step.fromUs <= toUs,
  );
}

/** Nothing could come: that is a gap from the last text to the next book, unless that has the hash. */
function checkOutage(captured: Captured, outage: Outage, problems: string[]): void {
  const { tokenId, cause, fromUs, toUs, isHeld } = outage;
  if (isHeld || toUs <= fromUs || hasStep(captured, outage)) return;
  const spans = spansOf(captured.covered, tokenId).filter(
    (span) => span.fromUs < toUs && span.toUs > fromUs,
  );
  const say = (what: string) =>
    problems.push(
      `${tokenId}: ${what} while ${cause} ${atUs(captured, fromUs)} to ${atUs(captured, toUs)}: ` +
        spans.map((span) => spanText(captured, span)).join(", "),
    );
  const surelyUs = cause === "asked" ? fromUs + ASKED_US : fromUs;
  const isTold = (span: Span) => span.state === "gap" || span.toUs <= surelyUs;
  // REST may have proven the book after the last text.
  const isAudited = ({ state, toUs: us }: Span) =>
    state === "verified" && us < toUs && isProof(captured, tokenId, us);
  // Without a book, too, a hash behind the gap proves all of it.
  const again = spans.findIndex(({ fromUs: us }) => isProvenChange(captured, tokenId, us));
  const missed = spans.slice(0, again < 1 ? spans.length : again);
  const open = missed.filter((span) => !isAudited(span));
  if (open.some(({ state }) => state === "verified") || !open.every(isTold)) say("no gap");
  const [first] = spans;
  if (cause !== "asked" && first?.fromUs === fromUs && first.cause !== cause) say("wrong cause");
}

function isProof({ stored }: Captured, tokenId: string, us: number): boolean {
  return (stored.get(tokenId) ?? []).some(
    ({ update_type, data }) => update_type === "note" && data.kind === "proof" && data.to_us === us,
  );
}

function isProvenChange({ stored }: Captured, tokenId: string, us: number): boolean {
  return (stored.get(tokenId) ?? []).some(
    ({ update_type, verdict, received_us }) =>
      update_type === "price_change" && isProven(verdict) && received_us === us,
  );
}

function hasStep({ struck }: Captured, outage: Outage): boolean {
  return struck.some((trouble) => trouble.kind === "own-clock" && overlaps(trouble, outage));
}
