import type { SessionMetadata } from "../format/metadata.ts";
import { endUs, type Time, timeUs } from "./time.ts";

/** Which sessions are meant; all that is named must hold. */
export interface SessionSelection {
  /** Token id. */
  readonly token?: string | undefined;
  /** Slug or condition id. */
  readonly market?: string | undefined;
  /** Slug. */
  readonly event?: string | undefined;
  /** Those with updates received then, both times included. */
  readonly from?: Time | undefined;
  readonly to?: Time | undefined;
}

/** What it goes by. */
type SelectedFacts = Pick<
  SessionMetadata,
  "token_id" | "market" | "slug" | "event" | "start_timestamp" | "end_timestamp"
>;

const US_PER_MS = 1000;

/** Tells which sessions a selection means. Throws `BAD_INPUT` for a wrong time. */
export function selects({
  token,
  market,
  event,
  from,
  to,
}: SessionSelection): (session: SelectedFacts) => boolean {
  const fromMs = from === undefined ? Number.NEGATIVE_INFINITY : timeUs(from) / US_PER_MS;
  const toMs = to === undefined ? Number.POSITIVE_INFINITY : endUs(to) / US_PER_MS;
  return (session) => {
    if (token !== undefined && session.token_id !== token) return false;
    if (market !== undefined && session.market !== market && session.slug !== market) return false;
    if (event !== undefined && session.event !== event) return false;
    // What is still written has its end in the future, and a millisecond is a whole one long.
    const endMs = (session.end_timestamp ?? Number.POSITIVE_INFINITY) + 1;
    return session.start_timestamp <= toMs && endMs > fromMs;
  };
}
