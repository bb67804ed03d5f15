import { httpTo, IN_PROCESS_URLS } from "../../src/exchange/in-process.ts";
import { fieldString } from "../../src/format/market-event.ts";
import { GammaClient } from "../../src/polymarket/gamma-client.ts";
import type { MarketNames } from "../../src/polymarket/market-names.ts";
import { seededRandom } from "../../src/ports/random.ts";
import type { MarketSource } from "../../src/recorder/market-source.ts";
import { Selection } from "../../src/recorder/selection.ts";
import { seriesMarkets } from "../../src/recorder/series-source.ts";
import { type RecordingOptions, VirtualRecording } from "./virtual-recording.ts";

/** Longer than a recorder waits for a market's last words. */
const GRACE_MS = 10_000;

export interface EndedMarket {
  readonly market: MarketNames;
  readonly outcome: string;
  /** What the exchange drew. */
  readonly truth: string | undefined;
}

/** A recorder of a rolling series, all on virtual time, and a real store. */
export class SelectedRecording implements AsyncDisposable {
  readonly recording: VirtualRecording;
  readonly ended: EndedMarket[] = [];
  /** When each token's first book came, epoch milliseconds. */
  readonly bookedMs = new Map<string, number>();
  readonly #selection: Selection;
  readonly #named: string | undefined;

  private constructor(
    recording: VirtualRecording,
    source: MarketSource,
    named: string | undefined,
  ) {
    this.#named = named;
    this.recording = recording;
    const { venue, recorder } = recording;
    const { clock, exchange } = venue;
    const url = IN_PROCESS_URLS.gammaUrl;
    this.#selection = new Selection({
      sources: [source],
      maxMarkets: 1_000,
      rescanMs: 60_000,
      isBeside: false,
      clock,
      gamma: new GammaClient({ url, clock, random: seededRandom(3), http: httpTo(exchange) }),
      added: (markets) => void recorder.add(markets),
      ended: (market, outcome) => {
        const winner = exchange.simulation.findMarket(market.conditionId)?.winner;
        const truth = winner === undefined ? undefined : market.outcomes[winner]?.outcome;
        this.ended.push({ market, outcome, truth });
        recorder.end(market, outcome);
      },
      onEvent: (level, text) => {
        if (level === "warn") recording.warnings.push(text);
      },
    });
    recording.heard = (tokenId, event) => {
      if (event.type === "book" && !this.bookedMs.has(tokenId)) {
        this.bookedMs.set(tokenId, this.nowMs);
      }
      const market = event.type === "market_resolved" ? fieldString(event, "market") : undefined;
      if (market !== undefined) this.#selection.heardResolved(market);
    };
  }

  /** Windows are of one minute. */
  static async start(
    options: RecordingOptions = {},
    sourceOf = (_slugs: readonly string[]) => seriesMarkets("btc-updown-1m", 60_000),
  ): Promise<SelectedRecording> {
    const exchange = { markets: 0, series: 1, windowS: 60, tokenIds: [], ...options };
    const recording = await VirtualRecording.start(exchange);
    const slugs = recording.venue.exchange.simulation.markets.map(({ identity }) => identity.slug);
    const selected = new SelectedRecording(recording, sourceOf(slugs), options.tokenIds?.[0]);
    const markets = await selected.#selection.find();
    selected.recording.recorder.add(markets);
    selected.#selection.follow();
    return selected;
  }

  /** Lets time pass; what ended ten seconds before is sealed then, however slow the disk is. */
  async run(ms: number): Promise<void> {
    const { recording } = this;
    await recording.run(ms - GRACE_MS);
    const tokenIds = this.endedTokens.filter((tokenId) => tokenId !== this.#named);
    await recording.run(GRACE_MS);
    while (tokenIds.some((tokenId) => recording.writer.phase(tokenId) !== "sealed")) {
      await recording.run(10, 10);
      await Bun.sleep(1);
    }
  }

  get endedTokens(): string[] {
    return this.ended.flatMap(({ market }) => market.outcomes.map(({ tokenId }) => tokenId));
  }

  get nowMs(): number {
    return this.recording.venue.clock.nowUs() / 1_000;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#selection.stop();
    await this.recording[Symbol.asyncDispose]();
  }
}
