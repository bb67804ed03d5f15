import { eventById, eventBySlug, events, eventsKeyset, eventTags } from "./gamma-events.ts";
import {
  relatedToId,
  relatedToSlug,
  series,
  seriesById,
  tagById,
  tagBySlug,
  tags,
} from "./gamma-labels.ts";
import { marketById, marketBySlug, markets, marketsKeyset, marketTags } from "./gamma-markets.ts";
import { publicSearch } from "./gamma-search.ts";
import type { Routes } from "./route-table.ts";

/** Gamma's part of the exchange's paths: both services own `/markets`. */
export const GAMMA_PREFIX = "/gamma";

/** Gamma's REST service, without its prefix: what markets and events there are. */
export const GAMMA_ROUTES: Routes = {
  "GET /markets": markets,
  "GET /markets/keyset": marketsKeyset,
  "GET /markets/slug/{slug}": marketBySlug,
  "GET /markets/{id}": marketById,
  "GET /markets/{id}/tags": marketTags,
  "GET /events": events,
  "GET /events/keyset": eventsKeyset,
  "GET /events/slug/{slug}": eventBySlug,
  "GET /events/{id}": eventById,
  "GET /events/{id}/tags": eventTags,
  "GET /tags": tags,
  "GET /tags/slug/{slug}": tagBySlug,
  "GET /tags/slug/{slug}/related-tags": relatedToSlug,
  "GET /tags/slug/{slug}/related-tags/tags": relatedToSlug,
  "GET /tags/{id}": tagById,
  "GET /tags/{id}/related-tags": relatedToId,
  "GET /tags/{id}/related-tags/tags": relatedToId,
  "GET /series": series,
  "GET /series/{id}": seriesById,
  "GET /public-search": publicSearch,
  "GET /sports": sports,
  "GET /sports/market-types": sportsMarketTypes,
};

/** The exchange knows no sport. */
function sports(): never[] {
  return [];
}

function sportsMarketTypes() {
  return { marketTypes: ["moneyline"] };
}
