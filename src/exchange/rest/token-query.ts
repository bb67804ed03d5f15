import {
  invalidPayload,
  invalidSide,
  invalidTokenId,
  marketNotFound,
  noBook,
  payloadTooLarge,
} from "./clob-refusal.ts";
import type { ListedVenue, MarketView, TokenView } from "./listed-venue.ts";

/** Documented, for every request that names several tokens. */
const TOKENS_MAX = 500;
const TOKEN_ID = /^[0-9]{1,78}$/;

/** One item of a request that names several tokens. */
export interface TokenItem {
  readonly token_id: string;
  /** Only where prices are asked for; not checked. */
  readonly side: unknown;
}

export type Side = "BUY" | "SELL";

/** The id in a query or path. Throws a `Refusal` for what is no id at all. */
export function tokenIdOf(text: string | null): string {
  if (text === null || !TOKEN_ID.test(text)) throw invalidTokenId();
  return text;
}

/** The token that a query names. Throws a `Refusal` when it has no book. */
export function placeOf(venue: ListedVenue, query: URLSearchParams): TokenView {
  const place = venue.find(tokenIdOf(query.get("token_id")));
  if (place === undefined) throw noBook();
  return place;
}

/** The market of a token, which may be settled. Throws a `Refusal` when there is none. */
export function marketOf(venue: ListedVenue, text: string | null): MarketView {
  const tokenId = tokenIdOf(text);
  const market =
    venue.find(tokenId)?.market ??
    venue.markets.find(({ identity }) =>
      identity.tokens.some((token) => token.tokenId === tokenId),
    );
  if (market === undefined) throw marketNotFound();
  return market;
}

/** The tokens that a body names, in its order. Throws a `Refusal`. */
export function tokenItemsOf(body: string): TokenItem[] {
  const list = parsed(body);
  if (!Array.isArray(list)) throw invalidPayload();
  if (list.length > TOKENS_MAX) throw payloadTooLarge();
  return list.map((item: unknown) => {
    if (!isRecord(item) || typeof item.token_id !== "string") throw invalidPayload();
    return { token_id: item.token_id, side: item.side };
  });
}

/** A side in any case: the venue's own examples write `buy`. Throws a `Refusal`. */
export function sideOf(value: unknown): Side {
  const side = typeof value === "string" ? value.toUpperCase() : undefined;
  if (side !== "BUY" && side !== "SELL") throw invalidSide();
  return side;
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
