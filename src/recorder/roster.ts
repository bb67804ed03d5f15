import type { Names } from "../format/metadata.ts";
import type { MarketNames } from "../polymarket/market-names.ts";
import type { MarketTokens } from "../polymarket/sharding.ts";
import type { Clock, Timer } from "../ports/clock.ts";
import type { Refusal } from "../store/claims.ts";
import type { StorageWriter } from "../store/storage-writer.ts";

/** The venue's last words about a market may come so long after its outcome. */
const GRACE_MS = 5_000;

/** Whether others still record what they had is asked so often. */
const AGAIN_MS = 60_000;

/** A market that is not recorded, and why not. */
export interface RefusedMarket {
  readonly market: MarketNames;
  readonly error: Error;
}

export interface RosterOptions {
  /** Tokens named by their ids: they stay, whatever becomes of their market. */
  readonly tokenIds: readonly string[];
  readonly writer: StorageWriter;
  /** Takes markets without claiming them, before `join`. */
  readonly isWaiting?: boolean;
  readonly clock: Clock;
  /** What a token is called that comes with its market. */
  named(tokenId: string, names: Names): void;
  /** Markets that are to be subscribed. */
  come(markets: readonly MarketTokens[]): void;
  /** A token's market has this outcome. */
  resolved(tokenId: string, outcome: string): void;
  /** Tokens of which nothing more is to be taken; their sessions end after it. */
  leave(tokenIds: readonly string[]): void;
  /** Markets that were refused, and come after all. */
  freed(markets: readonly MarketNames[]): void;
  onTrouble(error: unknown): void;
}

/**
 * Whom a recorder records: tokens named by id, and markets that come and go. Those that it may not
 * record are tried again, as long as they are wanted.
 */
export class Roster {
  readonly #options: RosterOptions;
  readonly #named: ReadonlySet<string>;
  /** By condition id. */
  readonly #markets = new Map<string, MarketNames>();
  readonly #tokens: Set<string>;
  readonly #leaving = new Set<Timer>();
  /** By condition id. */
  readonly #refused = new Map<string, MarketNames>();
  #again: Timer | undefined;
  #count: number;
  #isWaiting: boolean;

  constructor(options: RosterOptions) {
    this.#options = options;
    this.#named = new Set(options.tokenIds);
    this.#tokens = new Set(options.tokenIds);
    this.#count = this.#tokens.size;
    this.#isWaiting = options.isWaiting === true;
  }

  has(tokenId: string): boolean {
    return this.#tokens.has(tokenId);
  }

  get tokenIds(): readonly string[] {
    return [...this.#tokens];
  }

  /** Tokens that were recorded at any time. */
  get count(): number {
    return this.#count;
  }

  /** Claims the markets that were taken before; those that it may not have leave, and are given. */
  join(): RefusedMarket[] {
    this.#isWaiting = false;
    const markets = [...this.#markets.values()];
    const refused = this.#claim(markets);
    for (const { market } of refused) {
      this.#markets.delete(market.conditionId);
      const leaving = tokensOf(market).filter((tokenId) => !this.#named.has(tokenId));
      for (const tokenId of leaving) this.#tokens.delete(tokenId);
      this.#count -= leaving.length;
      this.#options.leave(leaving);
    }
    return refused;
  }

  /** Records more markets; gives those that it may not. */
  add(markets: readonly MarketNames[]): RefusedMarket[] {
    const fresh = markets.filter(({ conditionId }) => !this.#markets.has(conditionId));
    const refused = this.#isWaiting ? [] : this.#claim(fresh);
    this.#come(fresh.filter(({ conditionId }) => !this.#refused.has(conditionId)));
    return refused;
  }

  /** Stores the outcome of a market, and lets its tokens go a little later. */
  end({ conditionId }: MarketNames, outcome: string): void {
    const { clock, resolved } = this.#options;
    this.#refused.delete(conditionId);
    const market = this.#markets.get(conditionId);
    if (market === undefined) return;
    const tokenIds = tokensOf(market);
    this.#markets.delete(conditionId);
    for (const tokenId of tokenIds) resolved(tokenId, outcome);
    const timer = clock.after(GRACE_MS, () => {
      this.#leaving.delete(timer);
      this.#letGo(conditionId, tokenIds);
    });
    this.#leaving.add(timer);
  }

  /** Whoever is about to leave stays to the end. */
  stop(): void {
    for (const timer of this.#leaving) timer.stop();
    this.#again?.stop();
  }

  /** Claims markets, each for itself; gives those that are refused, which are tried again. */
  #claim(markets: readonly MarketNames[]): RefusedMarket[] {
    const refusals = this.#refusals(markets.map(tokensOf));
    const refused: RefusedMarket[] = [];
    for (const [i, market] of markets.entries()) {
      const error = refusals[i];
      if (error === undefined) this.#refused.delete(market.conditionId);
      else {
        this.#refused.set(market.conditionId, market);
        refused.push({ market, error });
      }
    }
    if (refused.length > 0)
      this.#again ??= this.#options.clock.every(AGAIN_MS, () => this.#retry());
    return refused;
  }

  /** A store where nothing can be claimed now refuses all. */
  #refusals(groups: readonly (readonly string[])[]): readonly (Refusal | Error)[] {
    try {
      return this.#options.writer.claimEach(groups);
    } catch (error) {
      return groups.map(() => (error instanceof Error ? error : new Error(String(error))));
    }
  }

  #retry(): void {
    const wanted = [...this.#refused.values()];
    if (wanted.length === 0) return;
    this.#claim(wanted);
    const freed = wanted.filter(({ conditionId }) => !this.#refused.has(conditionId));
    if (freed.length === 0) return;
    this.#come(freed);
    this.#options.freed(freed);
  }

  #come(markets: readonly MarketNames[]): void {
    for (const market of markets) this.#take(market);
    this.#options.come(
      markets.map((market) => ({ market: market.conditionId, tokenIds: tokensOf(market) })),
    );
  }

  #take(market: MarketNames): void {
    const { writer, named } = this.#options;
    const { conditionId, question, slug, endDate, event, outcomes, hashed } = market;
    writer.know(conditionId, hashed);
    this.#markets.set(conditionId, market);
    for (const { tokenId, outcome } of outcomes) {
      if (this.#tokens.has(tokenId)) continue;
      this.#count++;
      this.#tokens.add(tokenId);
      named(tokenId, { question, slug, outcome, end_date: endDate, event });
    }
  }

  #letGo(conditionId: string, tokenIds: readonly string[]): void {
    const { writer, leave, onTrouble } = this.#options;
    const leaving = tokenIds.filter((tokenId) => !this.#named.has(tokenId));
    for (const tokenId of leaving) this.#tokens.delete(tokenId);
    leave(leaving);
    writer.release(conditionId, leaving).catch(onTrouble);
  }
}

function tokensOf({ outcomes }: Pick<MarketNames, "outcomes">): string[] {
  return outcomes.map(({ tokenId }) => tokenId);
}
