import { timeText } from "../date-text.ts";
import { eventEndMs, eventLiquidity, eventStartMs, isEventClosed } from "./event-facts.ts";
import { competitive, VOLUMES } from "./gamma-numbers.ts";
import { seriesHeading } from "./gamma-series.ts";
import { gammaTag } from "./gamma-tag.ts";
import type { EventView } from "./listed-venue.ts";

/**
 * An event as Gamma lists it, with its markets as they are handed in; keys and types as recorded
 * events have them.
 */
export function gammaEvent(event: EventView, markets: readonly object[]) {
  return {
    ...naming(event),
    ...numbers(event),
    markets,
    ...seriesOf(event),
    tags: event.identity.tags.map(gammaTag),
    ...handling(event),
  };
}

/** An event as its markets name it: without markets and tags. */
export function eventHeading(event: EventView) {
  return { ...naming(event), ...numbers(event), ...seriesOf(event), ...handling(event) };
}

function naming(event: EventView) {
  const { id, slug, title, description } = event.identity;
  const startDate = timeText(eventStartMs(event));
  return {
    id,
    ticker: slug,
    slug,
    title,
    description,
    resolutionSource: "",
    startDate,
    creationDate: startDate,
    endDate: timeText(eventEndMs(event)),
    image: "",
    icon: "",
    active: true,
    closed: isEventClosed(event),
    archived: false,
    new: false,
    featured: false,
    restricted: true,
  };
}

function numbers(event: EventView) {
  const { identity, markets } = event;
  const liquidity = eventLiquidity(event);
  return {
    liquidity,
    volume: 0,
    openInterest: 0,
    createdAt: timeText(eventStartMs(event)),
    updatedAt: timeText(Math.max(...markets.map(({ lastChangeMs }) => lastChangeMs))),
    competitive: Math.max(...markets.map(competitive)),
    ...VOLUMES,
    enableOrderBook: true,
    liquidityClob: liquidity,
    negRisk: identity.negRisk,
    ...(identity.negRisk && { negRiskMarketID: identity.negRiskMarketId }),
    commentCount: 0,
  };
}

function seriesOf({ identity }: EventView) {
  return identity.series === undefined ? {} : { series: [seriesHeading(identity.series)] };
}

function handling(event: EventView) {
  const { identity, markets } = event;
  const [first] = markets;
  return {
    cyom: false,
    ...(isEventClosed(event) && { closedTime: timeText(eventEndMs(event)) }),
    showAllOutcomes: true,
    showMarketImages: true,
    enableNegRisk: identity.negRisk,
    automaticallyActive: true,
    ...(identity.series !== undefined &&
      first !== undefined && {
        startTime: timeText(first.identity.startMs),
        seriesSlug: identity.series.slug,
      }),
    negRiskAugmented: false,
    pendingDeployment: false,
    deploying: false,
    requiresTranslation: false,
  };
}
