/** The tokens of one market, which share a socket; tokens of unknown markets come one by one. */
export interface MarketTokens {
  /** The condition id; `undefined` while it is not known. */
  readonly market: string | undefined;
  readonly tokenIds: readonly string[];
}

/**
 * Shares markets out: whole ones, first to shards with room. `rooms` says how many tokens each
 * shard can still take. Comes back as the tokens for each of them, then those of new shards of at
 * most `max` tokens. Only a market that is larger than a shard is cut.
 */
export function shareOut(
  markets: readonly MarketTokens[],
  rooms: readonly number[],
  max: number,
): string[][] {
  const left = [...rooms];
  const shares = rooms.map((): string[] => []);
  /** All before are full. */
  let from = 0;
  for (const tokenIds of markets.flatMap((market) => cut(market.tokenIds, max))) {
    while (from < left.length && left[from] === 0) from++;
    let at = from;
    while (at < left.length && left[at]! < tokenIds.length) at++;
    if (at === left.length) {
      left.push(max);
      shares.push([]);
    }
    shares[at]!.push(...tokenIds);
    left[at]! -= tokenIds.length;
  }
  return shares;
}

function cut(tokenIds: readonly string[], max: number): string[][] {
  const parts: string[][] = [];
  for (let i = 0; i < tokenIds.length; i += max) parts.push(tokenIds.slice(i, i + max));
  return parts;
}
