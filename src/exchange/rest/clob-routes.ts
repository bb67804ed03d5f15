import { book, books } from "./clob-books.ts";
import { clobMarket, compactMarket, marketByToken, negRisk, tickSize } from "./clob-market.ts";
import {
  lastTradePrice,
  lastTradesPrices,
  midpoint,
  midpoints,
  price,
  prices,
  spread,
  spreads,
} from "./clob-prices.ts";
import type { Call, Routes } from "./route-table.ts";

const MS_PER_SECOND = 1_000;

/** The CLOB's REST service: books and what follows from them. */
export const CLOB_ROUTES: Routes = {
  "GET /time": time,
  "GET /book": book,
  "POST /books": books,
  "GET /midpoint": midpoint,
  "POST /midpoints": midpoints,
  "GET /price": price,
  "POST /prices": prices,
  "GET /spread": spread,
  "POST /spreads": spreads,
  "GET /last-trade-price": lastTradePrice,
  "POST /last-trades-prices": lastTradesPrices,
  "GET /prices-history": pricesHistory,
  "GET /tick-size": tickSize,
  "GET /neg-risk": negRisk,
  "GET /markets/{condition_id}": clobMarket,
  "GET /clob-markets/{condition_id}": compactMarket,
  "GET /markets-by-token/{token_id}": marketByToken,
};

/** Whole seconds of the venue's clock. */
function time({ nowMs }: Call): number {
  return Math.floor(nowMs / MS_PER_SECOND);
}

/** The exchange keeps no history. */
function pricesHistory() {
  return { history: [] };
}
