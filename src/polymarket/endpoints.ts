/** Where the venue's public services are; none needs an account (docs/PROTOCOL.md). */
export interface Endpoints {
  /** The market channel's WebSocket. */
  readonly wsUrl: string;
  /** Order books by REST. */
  readonly clobUrl: string;
  /** Names and dates of markets by REST. */
  readonly gammaUrl: string;
}

/** The live venue. */
export const defaultEndpoints: Endpoints = {
  wsUrl: "wss://ws-subscriptions-clob.polymarket.com/ws/market",
  clobUrl: "https://clob.polymarket.com",
  gammaUrl: "https://gamma-api.polymarket.com",
};
