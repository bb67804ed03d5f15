import { join } from "node:path";
import { type ServerOptions, startExchange } from "../../src/exchange/start-exchange.ts";
import { FastClock } from "../fast-clock.ts";
import { temporaryFolder } from "../polybot-process.ts";
import { DeliveredEvents } from "./delivered-events.ts";
import { judged } from "./judged-element.ts";
import { sdkClient } from "./sdk-client.ts";
import { SdkComparison } from "./sdk-comparison.ts";
import { sentElements } from "./sent-elements.ts";
import { sentTexts } from "./sent-texts.ts";

export type SdkRunOptions = Omit<ServerOptions, "logFile" | "clock"> & {
  /** How long the exchange runs, by its own clock. */
  readonly seconds: number;
  /** How much faster than life that clock is. Defaults to 1. */
  readonly pace?: number;
};

export interface SdkRun {
  /** Elements of the exchange's log by type. */
  readonly sent: Readonly<Record<string, number>>;
  /** Events that the SDK delivered by type. */
  readonly delivered: Readonly<Record<string, number>>;
  /** Answers to the SDK's keepalive. */
  readonly pongs: number;
  /** What is off; empty if the SDK delivered all that was sent, in order, and nothing else. */
  readonly problems: readonly string[];
}

/**
 * Lets the venue's own SDK listen to every token of an exchange, custom features on, and compares
 * the exchange's log of that time with what the SDK delivered.
 */
export async function sdkRun({ seconds, pace = 1, ...options }: SdkRunOptions): Promise<SdkRun> {
  using folder = temporaryFolder();
  const logFile = join(folder.path, "log");
  const clock = new FastClock(pace);
  const exchange = await startExchange({ ...options, logFile, clock });
  const client = sdkClient(exchange);
  const tokenIds = exchange.markets.flatMap(({ tokens }) => tokens.map((token) => token.token_id));
  const delivered = new DeliveredEvents();
  try {
    const handle = await client.subscribe([
      { topic: "market", tokenIds, customFeatureEnabled: true },
    ]);
    const following = delivered.follow(handle);
    await clock.sleep(seconds * 1_000);
    await exchange.stop();
    await delivered.reach(await acceptedIn(logFile));
    await handle.close();
    await following;
  } finally {
    await client.closeSubscriptions();
    await exchange.stop();
  }
  const comparison = new SdkComparison(delivered.digests);
  for await (const text of sentTexts(logFile)) comparison.take(text);
  comparison.finish();
  const { sent, pongs, problems } = comparison;
  return { sent, delivered: delivered.counts, pongs, problems };
}

/** Elements that the SDK has no reason to drop. */
async function acceptedIn(logFile: string): Promise<number> {
  let accepted = 0;
  for await (const { text } of sentTexts(logFile)) {
    accepted += sentElements(text).filter((element) => "event" in judged(element)).length;
  }
  return accepted;
}
