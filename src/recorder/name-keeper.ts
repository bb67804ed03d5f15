import type { StaticValues } from "../book/recipe-state.ts";
import type { Names } from "../format/metadata.ts";
import { fetchMarketNames } from "../polymarket/gamma.ts";
import type { Clock, Timer } from "../ports/clock.ts";
import type { Http } from "../ports/http.ts";

const RETRY_MIN_MS = 5_000;
const RETRY_MAX_MS = 600_000;

export interface NameKeeperOptions {
  readonly tokenIds: readonly string[];
  readonly gammaUrl: string;
  readonly http: Http;
  readonly clock: Clock;
  /** Called once for each token whose names were found. */
  readonly found: (tokenId: string, names: Names) => void;
  /** Hears what the hashes of a token's market cover, as far as REST says it. */
  readonly known: (market: string, values: StaticValues) => void;
  /** Hears why REST told nothing. */
  readonly onTrouble: (text: string) => void;
}

/**
 * Asks REST for the tokens' names, and what it says beside them, until all are known. Recording
 * never waits for it.
 */
export class NameKeeper {
  readonly #options: NameKeeperOptions;
  readonly #missing: Set<string>;
  #pauseMs = RETRY_MIN_MS;
  #retry: Timer | undefined;
  #stopped = false;

  constructor(options: NameKeeperOptions) {
    this.#options = options;
    this.#missing = new Set(options.tokenIds);
  }

  async start(): Promise<void> {
    const { http, gammaUrl, clock, found, known, onTrouble } = this.#options;
    const names = await fetchMarketNames(http, gammaUrl, [...this.#missing], (reason) => {
      if (!this.#stopped) onTrouble(`names are missing: ${reason}`);
    });
    if (this.#stopped) return;
    for (const [tokenId, { market, question, slug, outcome, endDate, event, hashed }] of names) {
      this.#missing.delete(tokenId);
      known(market, hashed);
      found(tokenId, { question, slug, outcome, end_date: endDate, event });
    }
    if (this.#missing.size === 0) return;
    this.#retry = clock.after(this.#pauseMs, () => void this.start());
    this.#pauseMs = Math.min(RETRY_MAX_MS, this.#pauseMs * 2);
  }

  stop(): void {
    this.#stopped = true;
    this.#retry?.stop();
  }
}
