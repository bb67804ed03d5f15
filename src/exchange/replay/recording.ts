import { type MergedItem, merge } from "../../read/merge.ts";
import type { SessionReader } from "../../read/session-reader.ts";
import type { RecordedToken } from "./recorded-token.ts";

const US_PER_MS = 1_000;

/** What can be replayed of some sessions, channel included. */
export interface Recording {
  readonly tokens: readonly RecordedToken[];
  /** Receive times of the first update and the last, epoch microseconds. */
  readonly startUs: number;
  readonly endUs: number;
  /** Whether it is still written, so that there may be more by now. */
  readonly isLive: boolean;
  /** From a time on, with what leads to the books of then; up to a time, included. */
  items(fromUs: number, toUs: number | undefined): AsyncIterable<MergedItem>;
}

/** The recording that sessions hold; one without tokens is empty. */
export async function openRecording(sessions: readonly SessionReader[]): Promise<Recording> {
  const tokens = new Map<string, RecordedToken>();
  let startMs = Number.POSITIVE_INFINITY;
  let endMs = 0;
  let isLive = false;
  for (const session of sessions) {
    const description = await session.describe();
    const { token_id, start_timestamp, end_timestamp } = description;
    if (start_timestamp === 0) continue;
    startMs = Math.min(startMs, start_timestamp);
    endMs = Math.max(endMs, end_timestamp ?? start_timestamp);
    isLive ||= description.state === "open";
    if (token_id === "") continue;
    const known = tokens.get(token_id);
    // The last one that has names is right.
    const named = known !== undefined && description.slug === "" ? known : description;
    const { market, question, slug, outcome, end_date, event } = named;
    const names = {
      market: market || known?.market || "",
      question,
      slug,
      outcome,
      end_date,
      event,
    };
    const firstMs = Math.min(known?.start_timestamp ?? start_timestamp, start_timestamp);
    tokens.set(token_id, { token_id, ...names, start_timestamp: firstMs });
  }
  return {
    tokens: [...tokens.values()],
    startUs: startMs * US_PER_MS,
    endUs: endMs * US_PER_MS,
    isLive,
    items: (from, to) => merge(sessions, { from, to, withLead: true }),
  };
}
