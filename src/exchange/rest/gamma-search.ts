import type { Tag } from "../market/event-identity.ts";
import { isEventClosed } from "./event-facts.ts";
import { wholeEvent } from "./gamma-events.ts";
import { count, flag } from "./gamma-query.ts";
import { validationError } from "./gamma-refusal.ts";
import { tagsOf } from "./gamma-tag.ts";
import type { EventView, ListedVenue } from "./listed-venue.ts";
import type { Call } from "./route-table.ts";

/** Of each kind, on a page. The default is that of the official library. */
const LIMIT_DEFAULT = 10;
const LIMIT_MAX = 50;

/** `GET /public-search`: events whose title has all words of `q`; pages count from 1. */
export function publicSearch({ venue, query }: Call) {
  const words = (query.get("q") ?? "")
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== "");
  if (words.length === 0) throw validationError('query argument "q": empty');
  const hasAll = (text: string) => words.every((word) => text.toLowerCase().includes(word));
  const found = venue.events.filter(
    (event) => hasAll(event.identity.title) && hasStatus(event, query.get("events_status")),
  );
  const limit = Math.min(LIMIT_MAX, Math.max(1, count(query, "limit_per_type", LIMIT_DEFAULT)));
  const start = (Math.max(1, count(query, "page", 1)) - 1) * limit;
  const end = start + limit;
  const events = found.slice(start, end);
  const tags = flag(query, "search_tags") ? tagsOf(venue).filter((t) => hasAll(t.label)) : [];
  return {
    // What was not found is left out, keys and all (observed).
    ...(events.length > 0 && { events: events.map(wholeEvent) }),
    ...(tags.length > 0 && {
      tags: tags.slice(start, end).map((tag) => foundTag(tag, venue)),
    }),
    pagination: { hasMore: found.length > end, totalResults: found.length },
  };
}

function foundTag({ id, label, slug }: Tag, { events }: ListedVenue) {
  const own = events.filter(({ identity }) => identity.tags.some((tag) => tag.id === id));
  return { id, label, slug, event_count: own.length };
}

function hasStatus(event: EventView, status: string | null): boolean {
  if (status === "active") return !isEventClosed(event);
  return status !== "resolved" || isEventClosed(event);
}
