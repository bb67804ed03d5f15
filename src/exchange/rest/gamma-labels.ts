import type { SeriesIdentity, Tag } from "../market/event-identity.ts";
import { eventHeading } from "./gamma-event.ts";
import { among, flagged } from "./gamma-filter.ts";
import { checkedId, checkedSlug, count, flag } from "./gamma-query.ts";
import { notFound } from "./gamma-refusal.ts";
import { gammaSeries, seriesIn } from "./gamma-series.ts";
import { gammaTag, tagsOf } from "./gamma-tag.ts";
import type { ListedVenue } from "./listed-venue.ts";
import type { Call } from "./route-table.ts";

/** Tags and series: what events are found by. Lists are plain, by `limit` and `offset`. */

/** Both maxima were read in the service's own code by the makers of the official libraries. */
const TAGS_MAX = 100;
const SERIES_MAX = 50;

/** `GET /tags`. */
export function tags({ venue, query }: Call) {
  return page(tagsOf(venue), query, TAGS_MAX).map(gammaTag);
}

/** `GET /tags/{id}`. */
export function tagById(call: Call) {
  return gammaTag(numberedTag(call));
}

/** `GET /tags/slug/{slug}`. */
export function tagBySlug(call: Call) {
  return gammaTag(namedTag(call));
}

/** No tag of the exchange is related to another. */
export function relatedToId(call: Call): never[] {
  numberedTag(call);
  return [];
}

/** As by id: related to nothing. */
export function relatedToSlug(call: Call): never[] {
  namedTag(call);
  return [];
}

/** `GET /series`. */
export function series({ venue, query }: Call) {
  const wanted = seriesIn(venue)
    .filter(among(query, "slug", ({ slug }) => [slug]))
    .filter(among(query, "recurrence", ({ recurrence }) => [recurrence]))
    .filter(flagged(query, "closed", () => false));
  const withEvents = flag(query, "exclude_events") !== true;
  return page(wanted, query, SERIES_MAX).map((one) =>
    withEvents ? wholeSeries(one, venue) : gammaSeries(one, []),
  );
}

/** `GET /series/{id}`. */
export function seriesById({ venue, name }: Call) {
  const id = checkedId(name);
  const found = seriesIn(venue).find((one) => one.id === id);
  if (found === undefined) throw notFound("id");
  return wholeSeries(found, venue);
}

function wholeSeries(one: SeriesIdentity, { events }: ListedVenue) {
  const own = events.filter(({ identity }) => identity.series?.id === one.id);
  return gammaSeries(one, own.map(eventHeading));
}

function page<T>(items: readonly T[], query: URLSearchParams, limitMax: number): readonly T[] {
  const offset = count(query, "offset", 0);
  return items.slice(offset, offset + Math.min(limitMax, count(query, "limit", limitMax)));
}

function numberedTag({ venue, name }: Call): Tag {
  const id = checkedId(name);
  const tag = tagsOf(venue).find((one) => one.id === id);
  if (tag === undefined) throw notFound("id");
  return tag;
}

function namedTag({ venue, name }: Call): Tag {
  const slug = checkedSlug(name);
  const tag = tagsOf(venue).find((one) => one.slug === slug);
  if (tag === undefined) throw notFound("slug");
  return tag;
}
