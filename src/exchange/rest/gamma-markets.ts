import { all, among, amongIds, type Filter, flagged, within } from "./gamma-filter.ts";
import { keysetPage, type Listing, offsetPage } from "./gamma-listing.ts";
import { gammaMarket } from "./gamma-market.ts";
import { liquidity, VOLUMES } from "./gamma-numbers.ts";
import { checkedId, checkedSlug, flag } from "./gamma-query.ts";
import { notFound } from "./gamma-refusal.ts";
import { gammaTag } from "./gamma-tag.ts";
import { isClosed, type ListedMarket, listedMarkets } from "./listed-market.ts";
import type { ListedVenue } from "./listed-venue.ts";
import { openedMs } from "./market-terms.ts";
import type { Call } from "./route-table.ts";

/** Documented for keyset pages, and observed of the older list since May 2026. */
const LIMIT_MAX = 100;

const ORDER_FIELDS = new Set([
  "id",
  "question",
  "slug",
  "startDate",
  "endDate",
  "createdAt",
  "updatedAt",
  "closedTime",
  "liquidity",
  "liquidityNum",
  "liquidityClob",
  "volume",
  "volumeNum",
  "volumeClob",
  "volume24hr",
  "volume1wk",
  "volume1mo",
  "volume1yr",
  "competitive",
  "spread",
  "lastTradePrice",
  "bestBid",
  "bestAsk",
]);

/** `GET /markets`. */
export function markets({ venue, query }: Call) {
  return offsetPage(listing(venue, query), query);
}

/** `GET /markets/keyset`. */
export function marketsKeyset({ venue, query }: Call) {
  return keysetPage(listing(venue, query), query);
}

/** `GET /markets/slug/{slug}`. */
export function marketBySlug({ venue, query, name }: Call) {
  const slug = checkedSlug(name);
  const listed = listedMarkets(venue).find(({ market }) => market.identity.slug === slug);
  if (listed === undefined) throw notFound("slug");
  return gammaMarket(listed, { withTags: flag(query, "include_tag") ?? false });
}

/** `GET /markets/{id}`. */
export function marketById(call: Call) {
  return gammaMarket(numbered(call), { withTags: flag(call.query, "include_tag") ?? false });
}

/** `GET /markets/{id}/tags`. */
export function marketTags(call: Call) {
  return numbered(call).event.identity.tags.map(gammaTag);
}

function numbered({ venue, name }: Call): ListedMarket {
  const id = checkedId(name);
  const listed = listedMarkets(venue).find(({ market }) => market.identity.id === id);
  if (listed === undefined) throw notFound("id");
  return listed;
}

function listing(venue: ListedVenue, query: URLSearchParams): Listing<ListedMarket> {
  const withTags = flag(query, "include_tag") ?? false;
  return {
    name: "markets",
    items: listedMarkets(venue).filter(filterOf(query)),
    idOf: ({ market }) => market.identity.id,
    json: (listed) => gammaMarket(listed, { withTags }),
    orderFields: ORDER_FIELDS,
    sameFields: VOLUMES,
    limitMax: LIMIT_MAX,
  };
}

/**
 * Closed markets are hidden unless `closed=true` (observed), whatever else the query names. That
 * open ones are hidden then is one of two reports. Parameters that are not known mean nothing.
 */
function filterOf(query: URLSearchParams): Filter<ListedMarket> {
  return all<ListedMarket>([
    amongIds(query, "id", ({ market }) => [market.identity.id]),
    among(query, "slug", ({ market }) => [market.identity.slug]),
    among(query, "condition_ids", ({ market }) => [market.identity.market]),
    among(query, "question_ids", ({ market }) => [market.identity.questionId]),
    among(query, "clob_token_ids", ({ market }) => market.identity.tokens.map((t) => t.tokenId)),
    amongIds(query, "tag_id", ({ event }) => event.identity.tags.map(({ id }) => id)),
    flagged(query, "active", () => true),
    flagged(query, "archived", () => false),
    flagged(query, "closed", ({ market }) => isClosed(market), false),
    within(query, "start_date", ({ market }) => openedMs(market.identity), Date.parse),
    within(query, "end_date", ({ market }) => market.identity.endMs, Date.parse),
    within(query, "liquidity_num", ({ market }) => liquidity(market)),
    within(query, "volume_num", () => 0),
  ]);
}
