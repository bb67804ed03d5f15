import { type Clock, systemClock } from "../ports/clock.ts";
import type { Random } from "../ports/random.ts";
import { readMessages } from "./channel/file-feed.ts";
import { CONTROL_PREFIX } from "./control.ts";
import { Exchange } from "./exchange.ts";
import type { ExchangeLog } from "./exchange-log.ts";
import { type ExchangeMarket, exchangeMarket } from "./exchange-market.ts";
import { ExchangeServer, HOST, MARKET_CHANNEL_PATH } from "./exchange-server.ts";
import type { FaultSpec } from "./faults/fault-spec.ts";
import { LogFile } from "./log-file.ts";
import type { RecipeName } from "./market/book-summary.ts";
import type { MarketProfile } from "./market/market-profile.ts";
import type { RecipeSwitch } from "./recipe-plan.ts";
import type { ReplayOptions } from "./replay/replay.ts";
import { GAMMA_PREFIX } from "./rest/gamma-routes.ts";

/** How an exchange behaves, wherever it runs. */
export type ExchangeOptions = Readonly<
  Partial<{
    /** Number of simulated markets, of two tokens each. Defaults to 10. */
    markets: number;
    /** Number of rolling series of markets, at most four. Defaults to 0. */
    series: number;
    /** Seconds of a series' windows. Defaults to 300. */
    windowS: number;
    /** Changes a second over all markets; 0 keeps the books still. Defaults to 20. */
    rate: number;
    /** What kind the markets are of. Defaults to drawing them as observed. */
    profile: (random: Random) => MarketProfile;
    /** The same seed tells the same story. Defaults to 1. */
    seed: number;
    /** How odd the venue is: 0 not at all, 1 as observed, more for worse. Defaults to 1. */
    oddities: number;
    /** Median milliseconds from the venue to a client. Defaults to 20; otherwise to 0. */
    delayMs: number;
    /** Tokens of one socket beyond which no books come. Defaults to 500. */
    bookCeiling: number;
    /** Whether REST has the venue's rate limits. Defaults to true, but for a recording. */
    rateLimits: boolean;
    /** What is hashed. Defaults to `10`. */
    recipe: RecipeName;
    recipeSwitches: readonly RecipeSwitch[];
    faults: readonly FaultSpec[];
    /** Serve these texts instead of a simulation. */
    messages: readonly string[];
    /** Serve a recording instead. Oddities are its own. */
    replay: ReplayOptions;
    /** Hears all that is sent, withheld and spoilt. */
    log: ExchangeLog;
    /** Defaults to the real clock. */
    clock: Clock;
  }>
>;

export type ServerOptions = ExchangeOptions &
  Readonly<
    Partial<{
      /** TCP port on 127.0.0.1. Defaults to 0: any free one. */
      port: number;
      /** Serve this file's lines instead of a simulation. */
      messagesFile: string;
      /** Write the log to this file. */
      logFile: string;
    }>
  >;

/** An exchange on a port. */
export interface RunningExchange {
  /** The market channel. */
  readonly wsUrl: string;
  /** The CLOB's REST service, without a slash at the end. */
  readonly clobUrl: string;
  /** Gamma's REST service, without a slash at the end. */
  readonly gammaUrl: string;
  /** Where faults are added while it runs. */
  readonly controlUrl: string;
  /** What could be subscribed at the start; empty when a file is served. */
  readonly markets: readonly ExchangeMarket[];
  readonly exchange: Exchange;
  /** Frees the port and completes the log. Throws `WRITE_FAILED` if the log is incomplete. */
  stop(): Promise<void>;
}

const DEFAULT_DELAY_MS = 20;

/** An exchange for clients in this process; see `dialTo` and `httpTo`. */
export function openExchange(options: ExchangeOptions = {}): Exchange {
  const { messages, replay } = options;
  const isSimulated = messages === undefined && replay === undefined;
  return new Exchange({
    clock: options.clock ?? systemClock,
    seed: options.seed ?? 1,
    markets: options.markets ?? 10,
    series: options.series ?? 0,
    windowS: options.windowS ?? 300,
    rate: options.rate ?? 20,
    profile: options.profile,
    messages,
    replay,
    delayMs: options.delayMs ?? (isSimulated ? DEFAULT_DELAY_MS : 0),
    oddities: options.oddities ?? (isSimulated ? 1 : 0),
    bookCeiling: options.bookCeiling ?? 500,
    rateLimits: options.rateLimits ?? replay === undefined,
    recipe: options.recipe ?? "10",
    recipeSwitches: options.recipeSwitches ?? [],
    faults: options.faults ?? [],
    log: options.log,
  });
}

/**
 * Starts a server that speaks the venue's protocol. Throws `PORT_IN_USE`, `BAD_INPUT` for a
 * messages file that cannot be read, `WRITE_FAILED` for a log that cannot be written; for a
 * recording also what reading it throws.
 */
export async function startExchange(options: ServerOptions = {}): Promise<RunningExchange> {
  const { port = 0, clock = systemClock, messagesFile, logFile } = options;
  const messages = messagesFile === undefined ? options.messages : await readMessages(messagesFile);
  const file = logFile === undefined ? undefined : await LogFile.create(logFile, clock);
  const log: ExchangeLog | undefined = file === undefined ? options.log : file.record;
  const exchange = openExchange({
    ...options,
    ...(messages !== undefined && { messages }),
    ...(log !== undefined && { log }),
  });
  let server: ExchangeServer;
  try {
    await exchange.replay?.playback.begin();
    server = new ExchangeServer({ port, exchange, clock });
  } catch (error) {
    exchange.stop();
    await file?.close();
    throw error;
  }
  await file?.start();
  let stopped: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    // What was sent still reaches the clients before the server closes their sockets.
    exchange.agenda.stop();
    await exchange.replay?.playback.stop();
    await server.stop();
    await file?.close();
  };
  const address = `${HOST}:${server.port}`;
  return {
    wsUrl: `ws://${address}${MARKET_CHANNEL_PATH}`,
    clobUrl: `http://${address}`,
    gammaUrl: `http://${address}${GAMMA_PREFIX}`,
    controlUrl: `http://${address}${CONTROL_PREFIX}`,
    markets: (exchange.replay?.venue ?? exchange.simulation).markets.map(({ identity }) =>
      exchangeMarket(identity),
    ),
    exchange,
    stop: () => {
      stopped ??= stop();
      return stopped;
    },
  };
}
