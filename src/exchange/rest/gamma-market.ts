import { dateText, spacedTimeText, timeText } from "../date-text.ts";
import { ONE } from "../market/decimal-text.ts";
import { FEES } from "../market/fees.ts";
import type { TokenIndex } from "../market/mirrored-book.ts";
import { eventHeading } from "./gamma-event.ts";
import { bestPrices, competitive, liquidity, VOLUMES } from "./gamma-numbers.ts";
import { gammaTag } from "./gamma-tag.ts";
import { isClosed, type ListedMarket } from "./listed-market.ts";
import type { MarketView } from "./listed-venue.ts";
import { openedMs, REWARDS } from "./market-terms.ts";
import { tokenPrice } from "./middle-price.ts";

/** A market as Gamma lists it. */
export function gammaMarket(
  listed: ListedMarket,
  { withTags = false }: { readonly withTags?: boolean } = {},
) {
  return fieldsOf(listed, { events: [eventHeading(listed.event)] }, { withTags });
}

/** A market as its event lists it, which it does not name again. */
export function marketOfEvent(listed: ListedMarket) {
  return fieldsOf(listed, {}, { withTags: false });
}

/**
 * The keys of recorded markets in their order, with their types. What the exchange does not
 * know is left out where recorded markets leave it out too, and otherwise is what most of them
 * have.
 */
function fieldsOf(
  { market, event }: ListedMarket,
  events: { readonly events?: readonly object[] },
  { withTags }: { readonly withTags: boolean },
) {
  const liquidityNum = liquidity(market);
  return {
    ...naming(market, liquidityNum),
    ...standing(market),
    ...trading({ market, event }, liquidityNum),
    ...events,
    ready: false,
    funded: false,
    acceptingOrdersTimestamp: timeText(openedMs(market.identity)),
    ...(withTags && { tags: market.identity.event.tags.map(gammaTag) }),
    cyom: false,
    competitive: competitive(market),
    pagerDutyNotificationEnabled: false,
    approved: true,
    rewardsMinSize: REWARDS.minSize,
    rewardsMaxSpread: REWARDS.maxSpread,
    ...bestPrices(market),
    ...handling(market),
  };
}

/** Gamma writes lists as JSON texts, with a space after each comma. */
function listText(texts: readonly string[]): string {
  return `[${texts.map((text) => JSON.stringify(text)).join(", ")}]`;
}

function naming(market: MarketView, liquidityNum: number) {
  const { identity } = market;
  const prices = identity.tokens.map((_, token) => String(tokenPrice(market, token as TokenIndex)));
  return {
    id: identity.id,
    question: identity.question,
    conditionId: identity.market,
    slug: identity.slug,
    resolutionSource: "",
    endDate: timeText(identity.endMs),
    liquidity: String(liquidityNum),
    startDate: timeText(openedMs(identity)),
    image: "",
    icon: "",
    description: identity.description,
    outcomes: listText(identity.tokens.map(({ outcome }) => outcome)),
    outcomePrices: listText(prices),
    volume: "0",
  };
}

function standing(market: MarketView) {
  const { identity } = market;
  const closed = isClosed(market);
  return {
    active: true,
    closed,
    marketMakerAddress: "",
    createdAt: timeText(openedMs(identity)),
    updatedAt: timeText(market.lastChangeMs),
    ...(closed && { closedTime: spacedTimeText(market.settledMs ?? identity.endMs) }),
    new: false,
    featured: false,
    archived: false,
    restricted: true,
  };
}

function trading({ market, event }: ListedMarket, liquidityNum: number) {
  const { identity } = market;
  const { negRisk, negRiskMarketId } = identity.event;
  const { volume24hr, volume1wk, volume1mo, volume1yr } = VOLUMES;
  return {
    ...(identity.groupItemTitle !== "" && { groupItemTitle: identity.groupItemTitle }),
    groupItemThreshold: String(event.markets.indexOf(market)),
    questionID: identity.questionId,
    enableOrderBook: true,
    orderPriceMinTickSize: market.tickSize / ONE,
    orderMinSize: Number(identity.minOrderSize),
    ...(isClosed(market) && { umaResolutionStatus: "resolved" }),
    volumeNum: 0,
    liquidityNum,
    endDateIso: dateText(identity.endMs),
    startDateIso: dateText(openedMs(identity)),
    hasReviewedDates: true,
    ...VOLUMES,
    ...(identity.gameStartTime !== "" && { gameStartTime: identity.gameStartTime }),
    clobTokenIds: listText(identity.tokens.map(({ tokenId }) => tokenId)),
    volume24hrClob: volume24hr,
    volume1wkClob: volume1wk,
    volume1moClob: volume1mo,
    volume1yrClob: volume1yr,
    volumeClob: 0,
    liquidityClob: liquidityNum,
    makerBaseFee: FEES.baseBps,
    takerBaseFee: FEES.baseBps,
    acceptingOrders: market.phase === "open",
    negRisk,
    ...(negRisk && { negRiskMarketID: negRiskMarketId, negRiskRequestID: "" }),
  };
}

function handling(market: MarketView) {
  const { event, startMs } = market.identity;
  return {
    automaticallyActive: true,
    clearBookOnStart: true,
    showGmpSeries: false,
    showGmpOutcome: false,
    manualActivation: false,
    negRiskOther: false,
    umaResolutionStatuses: isClosed(market) ? listText(["proposed", "resolved"]) : listText([]),
    pendingDeployment: false,
    deploying: false,
    rfqEnabled: false,
    ...(event.series !== undefined && { eventStartTime: timeText(startMs) }),
    holdingRewardsEnabled: false,
    feesEnabled: true,
    requiresTranslation: false,
    feeType: "crypto_fees",
    feeSchedule: {
      exponent: FEES.exponent,
      rate: FEES.rate,
      takerOnly: FEES.takerOnly,
      rebateRate: FEES.rebateRate,
    },
  };
}
