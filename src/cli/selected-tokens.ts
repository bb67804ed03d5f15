import { PolybotError } from "../format/error.ts";
import { fieldString, type MarketEvent } from "../format/market-event.ts";
import type { Names } from "../format/metadata.ts";
import { GammaClient } from "../polymarket/gamma-client.ts";
import type { MarketNames } from "../polymarket/market-names.ts";
import { systemClock } from "../ports/clock.ts";
import { systemHttp } from "../ports/http.ts";
import { systemRandom } from "../ports/random.ts";
import type { Recorder } from "../recorder/recorder.ts";
import type { RefusedMarket } from "../recorder/roster.ts";
import { Selection } from "../recorder/selection.ts";
import type { Log } from "./log.ts";
import type { Wanted } from "./selection-flags.ts";

/** More markets than these are counted, not named. */
const NAMED_MAX = 5;
const TOKEN_ID = /\b[0-9]{20,78}\b/g;

/** What a command line wants to record, what it is called, and what becomes of it. */
export class SelectedTokens {
  readonly #wanted: Wanted;
  readonly #selection: Selection;
  readonly #log: Log;
  readonly #names = new Map<string, Pick<Names, "slug" | "outcome">>();
  /** The markets to begin with, once they are known. */
  #found: Promise<readonly MarketNames[]> | undefined;
  #recorder: Recorder | undefined;
  #isStopped = false;

  constructor(wanted: Wanted, gammaUrl: string, log: Log) {
    this.#wanted = wanted;
    this.#log = log;
    const ports = { clock: systemClock, http: systemHttp, random: systemRandom };
    this.#selection = new Selection({
      ...wanted,
      ...ports,
      isBeside: wanted.tokenIds.length > 0,
      gamma: new GammaClient({ url: gammaUrl, ...ports }),
      added: (markets) => this.#add(markets, "new"),
      ended: (market, outcome) => this.#ended(market, outcome),
      onEvent: (level, text) => log[level](text),
    });
  }

  /** Looks the markets up that there are to begin with: their tokens. Throws as `Selection.find`. */
  async find(): Promise<string[]> {
    this.#found = this.#selection.find();
    const markets = await this.#found;
    return markets.flatMap(({ outcomes }) => outcomes.map(({ tokenId }) => tokenId));
  }

  /** Has the recorder join. Throws `TOKEN_IN_USE` if there is nothing that it may record. */
  join(recorder: Recorder): void {
    const refused = recorder.join();
    this.#tellRefused(refused);
    if (recorder.tokenIds.length === 0 && refused.length > 0) throw refused[0]!.error;
  }

  /**
   * Has the recorder take what is selected, now and until `stop`. Throws as `find`, if that is still
   * to be done, and `TOKEN_IN_USE` if other recorders have all that is wanted.
   */
  async recordWith(recorder: Recorder): Promise<void> {
    this.#recorder = recorder;
    const markets = await (this.#found ?? this.#selection.find());
    if (this.#isStopped) return;
    const refused = this.#add(markets, "selected");
    if (this.#wanted.tokenIds.length === 0 && refused.length === markets.length) {
      throw refused[0]!.error;
    }
    this.#selection.follow();
  }

  stop(): void {
    this.#isStopped = true;
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

  /** Gives those that another recorder has: each is told. */
  #add(markets: readonly MarketNames[], what: "selected" | "new"): RefusedMarket[] {
    if (markets.length === 0) return [];
    this.#log.info(`${what} ${listText(markets)}`);
    for (const { slug, outcomes } of markets) {
      for (const { tokenId, outcome } of outcomes) this.#names.set(tokenId, { slug, outcome });
    }
    const refused = this.#recorder!.add(markets);
    this.#tellRefused(refused);
    return refused;
  }

  #tellRefused(refused: readonly RefusedMarket[]): void {
    for (const { error } of refused.slice(0, NAMED_MAX)) {
      this.#log.warn(`left out: ${this.named(error.message)}`);
    }
    const more = refused.length - NAMED_MAX;
    if (more > 0) this.#log.warn(`left out: ${more} more markets, for reasons such as these`);
  }

  #ended(market: MarketNames, outcome: string): void {
    const { slug, conditionId, outcomes } = market;
    const how = outcome === "" ? "without one winner" : `as ${outcome}`;
    this.#log.info(`${slug || conditionId} is resolved ${how}`);
    this.#recorder!.end(market, outcome);
    for (const { tokenId } of outcomes) {
      if (!this.#wanted.tokenIds.includes(tokenId)) this.#names.delete(tokenId);
    }
  }
}

function listText(markets: readonly MarketNames[]): string {
  const named = markets.slice(0, NAMED_MAX).map(({ slug, conditionId }) => slug || conditionId);
  const more = markets.length - named.length;
  return `${markets.length === 1 ? "market" : `${markets.length} markets:`} ${named.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}
