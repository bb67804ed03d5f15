import type { SeriesIdentity } from "../market/event-identity.ts";
import type { ListedVenue } from "./listed-venue.ts";

/** A series as its events name it. */
export function seriesHeading(series: SeriesIdentity) {
  return { ...naming(series), ...handling() };
}

/** A series as it is listed, with its events. */
export function gammaSeries(series: SeriesIdentity, events: readonly object[]) {
  return { ...naming(series), events, ...handling() };
}

/** Every series of a listed event once, by its number. */
export function seriesIn({ events }: ListedVenue): SeriesIdentity[] {
  const all = events.flatMap(({ identity }) => identity.series ?? []);
  const byId = new Map(all.map((series) => [series.id, series]));
  return [...byId.values()].sort((a, b) => Number(a.id) - Number(b.id));
}

function naming({ id, slug, title, recurrence }: SeriesIdentity) {
  return {
    id,
    ticker: slug,
    slug,
    title,
    seriesType: "single",
    recurrence,
    image: "",
    icon: "",
    active: true,
    closed: false,
    archived: false,
    featured: false,
    restricted: true,
    volume24hr: 0,
    volume: 0,
    liquidity: 0,
  };
}

function handling() {
  return { commentCount: 0, requiresTranslation: false };
}
