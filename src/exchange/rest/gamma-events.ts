import { eventEndMs, eventLiquidity, eventStartMs, isEventClosed } from "./event-facts.ts";
import { gammaEvent } from "./gamma-event.ts";
import { all, among, amongIds, type Filter, flagged, within } from "./gamma-filter.ts";
import { keysetPage, type Listing, offsetPage } from "./gamma-listing.ts";
import { marketOfEvent } from "./gamma-market.ts";
import { VOLUMES } from "./gamma-numbers.ts";
import { checkedId, checkedSlug } from "./gamma-query.ts";
import { notFound } from "./gamma-refusal.ts";
import { gammaTag } from "./gamma-tag.ts";
import type { EventView, ListedVenue } from "./listed-venue.ts";
import type { Call } from "./route-table.ts";

/** Documented. */
const KEYSET_LIMIT_MAX = 500;
/** Observed in September 2026. */
const LIMIT_MAX = 100;

const ORDER_FIELDS = new Set([
  "id",
  "ticker",
  "slug",
  "title",
  "startDate",
  "endDate",
  "createdAt",
  "updatedAt",
  "closedTime",
  "liquidity",
  "liquidityClob",
  "volume",
  "volume24hr",
  "volume1wk",
  "volume1mo",
  "volume1yr",
  "openInterest",
  "competitive",
]);

/** An event with its markets. */
export function wholeEvent(event: EventView) {
  return gammaEvent(
    event,
    event.markets.map((market) => marketOfEvent({ market, event })),
  );
}

/** `GET /events`. */
export function events({ venue, query }: Call) {
  return offsetPage(listing(venue, query, LIMIT_MAX), query);
}

/** `GET /events/keyset`. */
export function eventsKeyset({ venue, query }: Call) {
  return keysetPage(listing(venue, query, KEYSET_LIMIT_MAX), query);
}

/** `GET /events/slug/{slug}`. */
export function eventBySlug({ venue, name }: Call) {
  const slug = checkedSlug(name);
  const event = venue.events.find(({ identity }) => identity.slug === slug);
  if (event === undefined) throw notFound("slug");
  return wholeEvent(event);
}

/** `GET /events/{id}`. */
export function eventById(call: Call) {
  return wholeEvent(numbered(call));
}

/** `GET /events/{id}/tags`. */
export function eventTags(call: Call) {
  return numbered(call).identity.tags.map(gammaTag);
}

function numbered({ venue, name }: Call): EventView {
  const id = checkedId(name);
  const event = venue.events.find(({ identity }) => identity.id === id);
  if (event === undefined) throw notFound("id");
  return event;
}

function listing(venue: ListedVenue, query: URLSearchParams, limitMax: number): Listing<EventView> {
  return {
    name: "events",
    items: venue.events.filter(filterOf(query)),
    idOf: ({ identity }) => identity.id,
    json: wholeEvent,
    orderFields: ORDER_FIELDS,
    sameFields: VOLUMES,
    limitMax,
  };
}

/**
 * Without `closed` an event is listed whether it is closed or not: what was reported of it fits a
 * list of all events, oldest first, of which nearly all are closed.
 */
function filterOf(query: URLSearchParams): Filter<EventView> {
  const isExcluded = amongIds<EventView>(query, "exclude_tag_id", tagIds);
  const excludes = query.has("exclude_tag_id");
  return all<EventView>([
    amongIds(query, "id", ({ identity }) => [identity.id]),
    among(query, "slug", ({ identity }) => [identity.slug]),
    amongIds(query, "tag_id", tagIds),
    among(query, "tag_slug", ({ identity }) => identity.tags.map(({ slug }) => slug)),
    (event) => !excludes || !isExcluded(event),
    amongIds(query, "series_id", ({ identity }) => seriesIds(identity.series)),
    flagged(query, "active", () => true),
    flagged(query, "archived", () => false),
    flagged(query, "closed", isEventClosed),
    within(query, "start_date", eventStartMs, Date.parse),
    within(query, "end_date", eventEndMs, Date.parse),
    within(query, "liquidity", eventLiquidity),
    within(query, "volume", () => 0),
  ]);
}

function tagIds({ identity }: EventView): string[] {
  return identity.tags.map(({ id }) => id);
}

function seriesIds(series: { readonly id: string } | undefined): string[] {
  return series === undefined ? [] : [series.id];
}
