import { PolybotError } from "../format/error.ts";
import { fieldString, type MarketEvent } from "../format/market-event.ts";
import type { Names } from "../format/metadata.ts";
import { GammaClient } from "../polymarket/gamma-client.ts";
import type { MarketNames } from "../polymarket/market-names.ts";
import { systemClock } from "../ports/clock.ts";
import { systemHttp } from "../ports/http.ts";
import { systemRandom } from "../ports/random.ts";
import { Selection } from "../recorder/selection.ts";
import type { Log } from "./log.ts";
import type { Wanted } from "./selection-flags.ts";

/** More markets than these are counted, not named. */
const NAMED_MAX = 5;
const TOKEN_ID = /\b[0-9]{20,78}\b/g;

/** The tokens that a command line wants, what they are called, and what becomes of them. */
export class SelectedTokens {
  readonly #wanted: Wanted;
  readonly #selection: Selection;
  readonly #log: Log;
  readonly #names = new Map<string, Pick<Names, "slug" | "outcome">>();

  constructor(wanted: Wanted, gammaUrl: string, log: Log) {
    this.#wanted = wanted;
    this.#log = log;
    const ports = { clock: systemClock, http: systemHttp, random: systemRandom };
    this.#selection = new Selection({
      ...wanted,
      ...ports,
      isBeside: wanted.tokenIds.length > 0,
      gamma: new GammaClient({ url: gammaUrl, ...ports }),
      added: (markets) => this.#added(markets),
      ended: (market, outcome) => this.#ended(market, outcome),
      onEvent: (level, text) => log[level](text),
    });
  }

  /** The tokens to begin with. Throws as `Selection.start`. */
  async start(): Promise<string[]> {
    const markets = await this.#selection.start();
    if (markets.length > 0) this.#log.info(`selected ${listText(markets)}`);
    this.#learn(markets);
    return [...new Set([...this.#wanted.tokenIds, ...tokensOf(markets)])];
  }

  stop(): void {
    this.#selection.stop();
  }

  /** Hears every update: what the venue says of an end is asked for at Gamma. */
  heard(event: MarketEvent): void {
    if (event.type !== "market_resolved") return;
    const market = fieldString(event, "market");
    if (market !== undefined) this.#selection.heardResolved(market);
  }

  namesOf(tokenId: string): Pick<Names, "slug" | "outcome"> | undefined {
    return this.#names.get(tokenId);
  }

  /** The text with names in the place of token ids, where they are known. */
  named(text: string): string {
    return text.replace(TOKEN_ID, (tokenId) => {
      const names = this.#names.get(tokenId);
      return names === undefined ? tokenId : `${names.slug} ${names.outcome}`;
    });
  }

  /** The error with names in the place of token ids. */
  namedError(error: unknown): unknown {
    if (!(error instanceof PolybotError)) return error;
    const { code, message, hint } = error;
    const details = { ...(hint !== undefined && { hint }), cause: error };
    return new PolybotError(code, this.named(message), details);
  }

  /** The tokens of a running recorder are fixed, so that a change is only told. */
  #added(markets: readonly MarketNames[]): void {
    this.#learn(markets);
    this.#log.info(`listed by now, and not recorded: ${listText(markets)}`);
  }

  #ended({ slug, conditionId, outcomes }: MarketNames, outcome: string): void {
    for (const { tokenId } of outcomes) this.#names.delete(tokenId);
    const how = outcome === "" ? "without one winner" : `as ${outcome}`;
    this.#log.info(`${slug || conditionId} is resolved ${how}`);
  }

  #learn(markets: readonly MarketNames[]): void {
    for (const { slug, outcomes } of markets) {
      for (const { tokenId, outcome } of outcomes) this.#names.set(tokenId, { slug, outcome });
    }
  }
}

function tokensOf(markets: readonly MarketNames[]): string[] {
  return markets.flatMap(({ outcomes }) => outcomes.map(({ tokenId }) => tokenId));
}

function listText(markets: readonly MarketNames[]): string {
  const named = markets.slice(0, NAMED_MAX).map(({ slug, conditionId }) => slug || conditionId);
  const more = markets.length - named.length;
  return `${markets.length === 1 ? "market" : `${markets.length} markets:`} ${named.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}
