import { PolybotError } from "../format/error.ts";
import type { GammaClient } from "../polymarket/gamma-client.ts";
import { findMarkets } from "../polymarket/gamma-lookup.ts";
import type { MarketNames } from "../polymarket/market-names.ts";
import type { Clock, Timer } from "../ports/clock.ts";
import { type MarketSource, noMarket } from "./market-source.ts";

export interface SelectionOptions {
  readonly sources: readonly MarketSource[];
  /** Most markets of sources that list as many as there are, all together, at a time. */
  readonly maxMarkets: number;
  /** Between two looks at what has ended. */
  readonly rescanMs: number;
  /** There are tokens to record beside the selection, which wait for no Gamma. */
  readonly isBeside: boolean;
  readonly gamma: GammaClient;
  readonly clock: Clock;
  /** Markets that are to be recorded from now on, beside those found first. */
  added(markets: readonly MarketNames[]): void;
  /** Gamma confirms the outcome that won; `""` when all got the same part. */
  ended(market: MarketNames, outcome: string): void;
  onEvent(level: "info" | "warn", text: string): void;
}

interface LiveMarket {
  readonly names: MarketNames;
  readonly isListed: boolean;
}

/** So long after the socket Gamma is asked first. */
const CONFIRM_MS = 5_000;
/** A copy of Gamma's lists that lags may still have them as open. */
const ENDED_MAX = 10_000;

/**
 * The markets to record, kept current: what its sources bring is added, and what Gamma confirms
 * to be resolved ends. No failure takes anything away: it is told, and tried again.
 */
export class Selection {
  readonly #options: SelectionOptions;
  /** By condition id. */
  readonly #live = new Map<string, LiveMarket>();
  readonly #ended = new Set<string>();
  /** Said to be resolved by the socket, and asked for. */
  readonly #heard = new Set<string>();
  readonly #timers = new Set<Timer>();
  /** What could not be asked for, last time. */
  readonly #failing = new Set<string>();
  readonly #said = new Set<string>();
  /** When each source is to be asked again after the first time, milliseconds. */
  readonly #pauses = new Map<MarketSource, number | undefined>();
  #stopped = false;

  constructor(options: SelectionOptions) {
    this.#options = options;
  }

  /**
   * The markets to begin with. Throws `GAMMA_FAILED` unless there are tokens beside, `NO_MARKET`
   * for a name that Gamma does not know, or when nothing at all is open.
   */
  async find(): Promise<readonly MarketNames[]> {
    const { sources, rescanMs, isBeside } = this.#options;
    for (const source of sources) {
      // Tokens wait for one vain attempt, not for one of each source.
      if (this.#failing.size > 0) {
        this.#pauses.set(source, rescanMs);
        continue;
      }
      try {
        await this.#ask(source);
        this.#pauses.set(source, source.everyMs);
      } catch (error) {
        const isPassing = error instanceof PolybotError && error.code === "GAMMA_FAILED";
        if (!isPassing || !isBeside) throw hinted(error);
        this.#failed(source.name, error);
        this.#pauses.set(source, rescanMs);
      }
    }
    if (this.#live.size === 0 && !isBeside) {
      throw noMarket(["no open market to record", ...this.#said].join(": "));
    }
    return [...this.#live.values()].map(({ names }) => names);
  }

  /** From now on, what is added and what has ended is told. */
  follow(): void {
    for (const [source, pauseMs] of this.#pauses) this.#askAgain(source, pauseMs);
    if (this.#pauses.size > 0) this.#confirmAgain();
  }

  /** Nothing is told after this. */
  stop(): void {
    this.#stopped = true;
    for (const timer of this.#timers) timer.stop();
    this.#timers.clear();
  }

  /** The socket said that a market is resolved; that counts when Gamma says so. */
  heardResolved(conditionId: string): void {
    if (!this.#live.has(conditionId) || this.#heard.has(conditionId)) return;
    this.#heard.add(conditionId);
    this.#confirmSoon(conditionId, CONFIRM_MS);
  }

  /** Gamma lags behind the socket: it is asked less and less often until the next look at all. */
  #confirmSoon(conditionId: string, afterMs: number): void {
    this.#after(afterMs, async () => {
      await this.#attempt("outcomes", () => this.#confirm([conditionId]));
      if (this.#live.has(conditionId) && afterMs < this.#options.rescanMs) {
        this.#confirmSoon(conditionId, 2 * afterMs);
      } else {
        this.#heard.delete(conditionId);
      }
    });
  }

  #askAgain(source: MarketSource, everyMs: number | undefined): void {
    if (everyMs === undefined) return;
    this.#after(everyMs, async () => {
      const isDone = await this.#attempt(source.name, async () => {
        const added = await this.#ask(source);
        if (added.length > 0) this.#options.added(added);
      });
      this.#askAgain(source, isDone ? source.everyMs : this.#options.rescanMs);
    });
  }

  #confirmAgain(): void {
    this.#after(this.#options.rescanMs, async () => {
      await this.#attempt("outcomes", () => this.#confirm([...this.#live.keys()]));
      this.#confirmAgain();
    });
  }

  /** Adds what a source has that was not there, and gives it. */
  async #ask(source: MarketSource): Promise<MarketNames[]> {
    const { gamma, clock, maxMarkets, onEvent } = this.#options;
    const found = await source.find(gamma, clock.nowUs() / 1_000);
    if (this.#stopped) return [];
    for (const remark of found.remarks.filter((text) => !this.#said.has(text))) {
      this.#said.add(remark);
      onEvent("warn", remark);
    }
    const unknown = found.markets.filter(
      ({ conditionId }) => !this.#live.has(conditionId) && !this.#ended.has(conditionId),
    );
    const added = source.isListing
      ? unknown.slice(0, Math.max(0, maxMarkets - this.#listed))
      : unknown;
    for (const names of added) {
      this.#live.set(names.conditionId, { names, isListed: source.isListing });
    }
    return added;
  }

  get #listed(): number {
    return [...this.#live.values()].filter(({ isListed }) => isListed).length;
  }

  async #confirm(conditionIds: readonly string[]): Promise<void> {
    const closed = await findMarkets(this.#options.gamma, "condition_ids", conditionIds, {
      closed: true,
    });
    if (this.#stopped) return;
    for (const { conditionId, winner } of closed) {
      const market = this.#live.get(conditionId);
      if (market === undefined || winner === undefined) continue;
      this.#live.delete(conditionId);
      this.#ended.add(conditionId);
      if (this.#ended.size > ENDED_MAX) this.#forgetEnded();
      this.#options.ended(market.names, winner);
    }
  }

  #forgetEnded(): void {
    for (const oldest of this.#ended.values().take(1)) this.#ended.delete(oldest);
  }

  /** Whether it worked. Trouble is told when it begins and when it is over. */
  async #attempt(name: string, run: () => Promise<void>): Promise<boolean> {
    try {
      await run();
    } catch (error) {
      this.#failed(name, error);
      return false;
    }
    if (this.#failing.delete(name) && this.#failing.size === 0 && !this.#stopped) {
      this.#options.onEvent("info", "markets are looked up again");
    }
    return true;
  }

  #failed(name: string, error: unknown): void {
    const isNews = this.#failing.size === 0;
    this.#failing.add(name);
    if (!isNews || this.#stopped) return;
    const text = error instanceof Error ? error.message : String(error);
    this.#options.onEvent(
      "warn",
      `markets cannot be looked up (${name}): ${text}; recording goes on, and it is tried again`,
    );
  }

  #after(ms: number, run: () => Promise<void>): void {
    if (this.#stopped) return;
    const timer = this.#options.clock.after(ms, () => {
      this.#timers.delete(timer);
      void run();
    });
    this.#timers.add(timer);
  }
}

/** Without Gamma there are names for nothing, but tokens can be given as they are. */
function hinted(error: unknown): unknown {
  if (!(error instanceof PolybotError) || error.code !== "GAMMA_FAILED") return error;
  const hint = "again later, or --assets <token-ids>, which need no Gamma";
  return new PolybotError(error.code, error.message, { hint, cause: error });
}
