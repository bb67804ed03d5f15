import { type BookSummary, bookSummary } from "../market/book-summary.ts";
import type { TokenPlace } from "../market/simulation.ts";
import type { Call } from "./route-table.ts";
import { placeOf, tokenItemsOf } from "./token-query.ts";

/** `GET /book`. */
export function book(call: Call): object {
  return summaryOf(call, placeOf(call.simulation, call.query));
}

/** `POST /books`: tokens without a book are left out without a word. */
export function books(call: Call): object[] {
  return tokenItemsOf(call.body)
    .map(({ token_id }) => call.simulation.find(token_id))
    .filter((place) => place !== undefined)
    .map((place) => summaryOf(call, place));
}

function summaryOf({ simulation, staleMs }: Call, { market, token }: TokenPlace): object {
  const { recipe } = simulation.conditions;
  const state = market.stateBefore(staleMs);
  const summary = bookSummary(state, token, recipe);
  return recipe === "5" ? oldestForm(summary, state.lastChangeMs) : summary;
}

/** In 2024 REST gave the time that was not hashed yet, behind everything that was. */
function oldestForm({ market, asset_id, bids, asks, hash }: BookSummary, changedMs: number) {
  return { market, asset_id, bids, asks, hash, timestamp: String(changedMs) };
}
