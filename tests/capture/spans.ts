import type { Span } from "../../src/book/token-ledger.ts";
import type { Captured } from "./faulty-capture.ts";

/** The span of a token that a time lies in. */
export function spanAt({ covered }: Captured, tokenId: string, us: number): Span | undefined {
  return spansOf(covered, tokenId).find(({ fromUs, toUs }) => fromUs <= us && us < toUs);
}

export function spansOf(covered: Captured["covered"], tokenId: string): readonly Span[] {
  return covered.find(({ token_id }) => token_id === tokenId)?.spans ?? [];
}

/** A time as seconds since the start. */
export function atUs({ startUs }: Captured, us: number): string {
  return `${((us - startUs) / 1e6).toFixed(3)} s`;
}

export function spanText(captured: Captured, { state, cause, fromUs, toUs }: Span): string {
  return `${state} ${cause} ${atUs(captured, fromUs)} to ${atUs(captured, toUs)}`;
}
