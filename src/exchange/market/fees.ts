/** What trading costs: the same for all markets, on the market channel and in REST. */
export const FEES = { baseBps: 1_000, rate: 0.07, exponent: 1, takerOnly: true, rebateRate: 0.2 };
