import type { MarketView } from "./rest/listed-venue.ts";

/** A market as an exchange introduces itself: what a client needs in order to subscribe. */
export interface ExchangeMarket {
  /** The condition id. */
  readonly market: string;
  readonly slug: string;
  readonly tokens: readonly { readonly token_id: string; readonly outcome: string }[];
}

export function exchangeMarket(identity: MarketView["identity"]): ExchangeMarket {
  return {
    market: identity.market,
    slug: identity.slug,
    tokens: identity.tokens.map(({ tokenId, outcome }) => ({ token_id: tokenId, outcome })),
  };
}
