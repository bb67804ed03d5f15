import type { Exchange } from "../../src/exchange/exchange.ts";
import type { LogLine } from "../../src/exchange/exchange-log.ts";
import { dialTo, httpTo, IN_PROCESS_URLS } from "../../src/exchange/in-process.ts";
import { type ExchangeOptions, openExchange } from "../../src/exchange/start-exchange.ts";
import type { HttpAnswer } from "../../src/ports/http.ts";
import { VirtualClock } from "../../src/ports/virtual-clock.ts";
import type { StaticValues } from "./replay-client.ts";

export interface VirtualClient {
  /** All that came, in order. */
  readonly texts: string[];
  /** When each text came, in monotonic milliseconds. */
  readonly times: number[];
  /** How the connection ended, if it did. */
  readonly ends: { readonly code: number; readonly reason: string }[];
  send(message: string | object): void;
  terminate(): void;
}

/** An exchange on virtual time, and clients of it in this process. */
export class VirtualExchange {
  readonly clock: VirtualClock;
  readonly log: LogLine[] = [];
  readonly exchange: Exchange;

  /** `startMs` is where its clock begins, epoch milliseconds. */
  constructor({ startMs, ...options }: ExchangeOptions & { readonly startMs?: number } = {}) {
    this.clock = new VirtualClock(startMs);
    const log = (line: LogLine) => void this.log.push(line);
    this.exchange = openExchange({ log, ...options, clock: this.clock });
  }

  get tokenIds(): string[] {
    return this.exchange.simulation.markets.flatMap(({ identity }) =>
      identity.tokens.map(({ tokenId }) => tokenId),
    );
  }

  /** The faults in the log. */
  get faults(): string[] {
    return this.log.flatMap((line) => ("fault" in line ? [line.fault] : []));
  }

  /** What a hash needs beside what the socket says. */
  readonly staticValues = (market: string): StaticValues => {
    const identity = this.exchange.simulation.findMarket(market)?.identity;
    return {
      minOrderSize: identity?.minOrderSize ?? "",
      negRisk: identity?.event.negRisk ?? false,
    };
  };

  connect(): VirtualClient {
    const texts: string[] = [];
    const times: number[] = [];
    const ends: { code: number; reason: string }[] = [];
    const socket = dialTo(this.exchange)(IN_PROCESS_URLS.wsUrl, {
      opened: () => {},
      message: (text) => {
        texts.push(text);
        times.push(this.clock.monotonicMs());
      },
      closed: (code, reason) => void ends.push({ code, reason }),
    });
    this.clock.advance(0);
    return {
      texts,
      times,
      ends,
      send: (message) => {
        socket.send(typeof message === "string" ? message : JSON.stringify(message));
        this.clock.advance(0);
      },
      terminate: () => socket.terminate(),
    };
  }

  /** A client that subscribed to these tokens, with custom features. */
  subscribe(tokenIds: readonly string[] = this.tokenIds): VirtualClient {
    const client = this.connect();
    client.send({ assets_ids: tokenIds, type: "market", custom_feature_enabled: true });
    return client;
  }

  /** Asks REST: with GET, or posts the body as JSON. */
  rest(path: string, body?: object): Promise<HttpAnswer> {
    const init = body === undefined ? undefined : { timeoutMs: 1_000, body: JSON.stringify(body) };
    return httpTo(this.exchange)(`${IN_PROCESS_URLS.clobUrl}${path}`, init);
  }

  /** Lets time pass. */
  run(ms: number): void {
    this.clock.advance(ms);
  }
}
