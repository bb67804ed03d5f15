import type { TokenView } from "./listed-venue.ts";
import type { Call } from "./route-table.ts";
import { placeOf, tokenItemsOf } from "./token-query.ts";

/** `GET /book`. */
export function book(call: Call): object {
  return summaryOf(call, placeOf(call.venue, call.query));
}

/** `POST /books`: tokens without a book are left out without a word. */
export function books(call: Call): object[] {
  return tokenItemsOf(call.body)
    .map(({ token_id }) => call.venue.find(token_id))
    .filter((place) => place !== undefined)
    .map((place) => summaryOf(call, place));
}

function summaryOf({ staleMs }: Call, { market, token }: TokenView): object {
  return market.restBook(token, staleMs);
}
