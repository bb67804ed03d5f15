import { isRecord } from "./json-value.ts";
import { type MarketNames, parseMarketNames, stringsOf, textOf } from "./market-names.ts";

/** A market as Gamma lists it: its names, and how it stands. */
export interface GammaMarket extends MarketNames {
  /** Nothing trades any more. The outcome may follow later. */
  readonly closed: boolean;
  /**
   * The outcome that won, as Gamma confirms it: closed, and its tokens pay one dollar or nothing.
   * `""` when the market was resolved and every token pays the same part of a dollar; `undefined`
   * while there is nothing to be sure of.
   */
  readonly winner: string | undefined;
}

/** A token id is a 256-bit number in decimal; ids become the names of folders. */
const TOKEN_ID = /^[0-9]{1,78}$/;

const WON = 1;

/**
 * One item of Gamma's list. `undefined` for what names no market for sure, and for markets without
 * an order book: the venue's oldest ones, and those that are only being prepared.
 */
export function parseGammaMarket(item: unknown): GammaMarket | undefined {
  const names = parseMarketNames(item);
  if (names === undefined || !isRecord(item)) return undefined;
  const isSound = names.outcomes.every(({ tokenId }) => TOKEN_ID.test(tokenId));
  if (!isSound || names.outcomes.length === 0 || item.enableOrderBook === false) return undefined;
  return { ...names, closed: item.closed === true, winner: winnerOf(item, names) };
}

/** All markets of a list, in its order. `undefined` when it is none. */
export function parseGammaMarkets(list: unknown): GammaMarket[] | undefined {
  if (!Array.isArray(list)) return undefined;
  return list.map(parseGammaMarket).filter((market) => market !== undefined);
}

/** The markets of an event, which do not name it themselves there. `undefined` when it is none. */
export function parseEventMarkets(event: unknown): GammaMarket[] | undefined {
  if (!isRecord(event)) return undefined;
  const slug = textOf(event.slug);
  return parseGammaMarkets(event.markets)?.map((market) => ({ ...market, event: slug }));
}

/** Prices near a dollar are no outcome: the last trades of an open market have them too. */
function winnerOf(item: Record<string, unknown>, { outcomes }: MarketNames): string | undefined {
  const prices = stringsOf(item.outcomePrices)?.map(Number);
  if (item.closed !== true || prices?.length !== outcomes.length) return undefined;
  const won = prices.indexOf(WON);
  if (won >= 0 && prices.every((price, index) => index === won || price === 0)) {
    return outcomes[won]?.outcome;
  }
  const isSplit = prices.every((price) => price === WON / outcomes.length);
  return isSplit && item.umaResolutionStatus === "resolved" ? "" : undefined;
}
