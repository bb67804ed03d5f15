import { httpTo, IN_PROCESS_URLS } from "../../src/exchange/in-process.ts";
import type { ExchangeOptions } from "../../src/exchange/start-exchange.ts";
import { GammaClient } from "../../src/polymarket/gamma-client.ts";
import type { MarketNames } from "../../src/polymarket/market-names.ts";
import type { Http } from "../../src/ports/http.ts";
import { seededRandom } from "../../src/ports/random.ts";
import type { MarketSource } from "../../src/recorder/market-source.ts";
import { Selection } from "../../src/recorder/selection.ts";
import { VirtualExchange } from "../exchange/virtual-exchange.ts";

interface SelectedOptions {
  readonly sources: readonly MarketSource[];
  readonly maxMarkets?: number;
  readonly rescanMs?: number;
  readonly isBeside?: boolean;
  readonly exchange?: ExchangeOptions;
}

/** A selection of an exchange's markets, both on virtual time. */
export class SelectedMarkets {
  readonly venue: VirtualExchange;
  readonly selection: Selection;
  readonly initial: string[] = [];
  /** Slugs by when they were added, milliseconds from the start. */
  readonly added: [number, string][] = [];
  readonly ended: [number, string, string][] = [];
  readonly warnings: string[] = [];
  readonly infos: string[] = [];
  /** Paths and queries of all requests. */
  readonly asked: string[] = [];
  /** Answers instead of the exchange, when set. */
  http: Http | undefined;

  constructor(options: SelectedOptions) {
    const { sources, maxMarkets = 1_000, rescanMs = 60_000, isBeside = false } = options;
    this.venue = new VirtualExchange({ rate: 0, ...options.exchange });
    const { clock, exchange } = this.venue;
    const http = httpTo(exchange);
    this.selection = new Selection({
      sources,
      maxMarkets,
      rescanMs,
      isBeside,
      clock,
      gamma: new GammaClient({
        url: IN_PROCESS_URLS.gammaUrl,
        clock,
        random: seededRandom(1),
        http: (url, init) => {
          this.asked.push(url.slice(IN_PROCESS_URLS.gammaUrl.length));
          return (this.http ?? http)(url, init);
        },
      }),
      added: (markets) => {
        for (const { slug } of markets) this.added.push([clock.monotonicMs(), slug]);
      },
      ended: ({ slug }, outcome) => this.ended.push([clock.monotonicMs(), slug, outcome]),
      onEvent: (level, text) => (level === "warn" ? this.warnings : this.infos).push(text),
    });
  }

  /** Time passes while it starts, since it may have to wait between tries. */
  async start(): Promise<readonly MarketNames[]> {
    const starting = this.selection.find().finally(() => {
      isStarting = false;
    });
    starting.catch(() => {});
    let isStarting = true;
    while (isStarting) await this.run(100, 100);
    const markets = await starting;
    this.selection.follow();
    this.initial.push(...markets.map(({ slug }) => slug));
    return markets;
  }

  async run(ms: number, stepMs = 1_000): Promise<void> {
    for (let leftMs = ms; leftMs > 0; leftMs -= stepMs) {
      this.venue.run(Math.min(stepMs, leftMs));
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** A market of the exchange by its slug. */
  market(slug: string) {
    const found = this.venue.exchange.simulation.markets.find((one) => one.identity.slug === slug);
    if (found === undefined) throw new Error(`no market ${slug}`);
    return found;
  }

  get slugs(): string[] {
    return this.venue.exchange.simulation.markets.map(({ identity }) => identity.slug);
  }
}
