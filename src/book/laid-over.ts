import type { Span } from "./token-ledger.ts";

/** Spans with another one laid over those that give way to it, as far as they reach. */
export function laidOver(
  spans: readonly Span[],
  over: Span,
  givesWay: (span: Span) => boolean,
): readonly Span[] {
  const laid: Span[] = [];
  const add = (span: Span) => {
    if (span.toUs <= span.fromUs) return;
    const last = laid.at(-1);
    if (last?.state === span.state && last.cause === span.cause) {
      laid[laid.length - 1] = { ...last, toUs: span.toUs };
    } else laid.push(span);
  };
  for (const span of spans) {
    const fromUs = Math.max(span.fromUs, over.fromUs);
    const toUs = Math.min(span.toUs, over.toUs);
    if (toUs <= fromUs || !givesWay(span)) {
      add(span);
      continue;
    }
    add({ ...span, toUs: fromUs });
    add({ ...over, fromUs, toUs });
    add({ ...span, fromUs: toUs });
  }
  return laid;
}
