import { type Clock, systemClock } from "../ports/clock.ts";
import { type ExchangeMarket, exchangeMarket } from "./exchange-market.ts";
import { ExchangeServer, HOST, MARKET_CHANNEL_PATH } from "./exchange-server.ts";
import type { Feed } from "./feed.ts";
import { FileFeed, readMessages } from "./file-feed.ts";
import { GAMMA_PREFIX } from "./gamma-answer.ts";
import { SentLog } from "./sent-log.ts";
import { Simulation } from "./simulation.ts";
import { SimulationFeed } from "./simulation-feed.ts";

export type ExchangeOptions = Readonly<
  Partial<{
    /** TCP port on 127.0.0.1. Defaults to 0: any free one. */
    port: number;
    /** Number of simulated markets, of two tokens each. Defaults to 10. */
    markets: number;
    /** Changes per second over all markets; 0 keeps the books still. Defaults to 20. */
    rate: number;
    /** The same seed makes the same markets and the same changes. Defaults to 1. */
    seed: number;
    /** Serve this file's lines instead of a simulation. */
    messagesFile: string;
    /** Write every sent text to this file. */
    logFile: string;
    /** Defaults to the real clock. */
    clock: Clock;
  }>
>;

/** A running exchange. */
export interface Exchange {
  /** The market channel. */
  readonly wsUrl: string;
  /** The CLOB's REST service, without a slash at the end. */
  readonly clobUrl: string;
  /** Gamma's REST service, without a slash at the end. */
  readonly gammaUrl: string;
  /** What can be subscribed; empty when a file is served. */
  readonly markets: readonly ExchangeMarket[];
  /** Frees the port and completes the log. Throws `WRITE_FAILED` if the log is incomplete. */
  stop(): Promise<void>;
}

const US_PER_MS = 1_000;

/**
 * Starts a server that speaks the venue's protocol. Throws `PORT_IN_USE`, `BAD_INPUT` for a
 * messages file that cannot be read, `WRITE_FAILED` for a log that cannot be written.
 */
export async function startExchange(options: ExchangeOptions = {}): Promise<Exchange> {
  const { port = 0, markets = 10, rate = 20, seed = 1, clock = systemClock } = options;
  const { messagesFile, logFile } = options;
  const messages = messagesFile === undefined ? undefined : await readMessages(messagesFile);
  const log = logFile === undefined ? undefined : await SentLog.create(logFile, clock);
  const simulation = new Simulation({
    markets: messages === undefined ? markets : 0,
    seed,
    startMs: clock.nowUs() / US_PER_MS,
  });
  const feed: Feed =
    messages === undefined ? new SimulationFeed(simulation, rate, clock) : new FileFeed(messages);
  let server: ExchangeServer;
  try {
    server = new ExchangeServer({ port, feed, simulation, clock, log });
  } catch (error) {
    feed.stop();
    await log?.close();
    throw error;
  }
  await log?.start();
  let stopped: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    feed.stop();
    await server.stop();
    await log?.close();
  };
  const address = `${HOST}:${server.port}`;
  return {
    wsUrl: `ws://${address}${MARKET_CHANNEL_PATH}`,
    clobUrl: `http://${address}`,
    gammaUrl: `http://${address}${GAMMA_PREFIX}`,
    markets: simulation.markets.map(({ identity }) => exchangeMarket(identity)),
    stop: () => {
      stopped ??= stop();
      return stopped;
    },
  };
}
