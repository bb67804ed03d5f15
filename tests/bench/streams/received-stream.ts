import { dialTo, IN_PROCESS_URLS } from "../../../src/exchange/in-process.ts";
import { openExchange } from "../../../src/exchange/start-exchange.ts";
import type { Random } from "../../../src/ports/random.ts";
import { VirtualClock } from "../../../src/ports/virtual-clock.ts";
import { readCaptures } from "../../captures.ts";

/** A text of the market channel and when it came, whole microseconds since the epoch. */
export interface ReceivedText {
  readonly receivedUs: number;
  readonly text: string;
}

/** What a recorder of one token hears. */
export interface ReceivedStream {
  readonly title: string;
  readonly tokenId: string;
  readonly market: string;
  readonly texts: readonly ReceivedText[];
}

/** The longest real stream there is: one token, four recordings that were joined. */
const REAL_STREAM = /^aaimek\/price_change_messages.*\.csv$/;
const US_PER_MS = 1000;
const MINUTE_MS = 60_000;

/** The real stream, with receive times of the model, or `undefined` without captures. */
export function realStream(random: Random): ReceivedStream | undefined {
  const capture = readCaptures()?.find(({ name }) => REAL_STREAM.test(name));
  if (capture === undefined) return undefined;
  const { asset_id, market } = JSON.parse(capture.messages[0]!) as Record<string, string>;
  const texts = capture.messages.map((text) => ({ receivedUs: 0, text }));
  const stream = { title: "real", tokenId: asset_id!, market: market!, texts };
  return withModelTimes(stream, random);
}

export interface SimulatedOptions {
  /** In ten-thousandths of a dollar. */
  readonly tick: number;
  readonly perSecond: number;
  readonly count: number;
}

/** So many texts of the first market of the exchange with such a tick, at its times of arrival. */
export function simulatedStream(title: string, options: SimulatedOptions): ReceivedStream {
  const { count } = options;
  const clock = new VirtualClock();
  const exchange = exchangeWithTick(clock, options);
  const [simulated] = exchange.simulation.markets;
  const { market, tokens } = simulated!.identity;
  const texts: ReceivedText[] = [];
  let last = 0;
  const socket = dialTo(exchange)(IN_PROCESS_URLS.wsUrl, {
    opened() {},
    message: (text) => {
      last = Math.max(clock.nowUs(), last + 1);
      texts.push({ receivedUs: last, text });
    },
    closed() {},
  });
  clock.advance(0);
  const assets_ids = tokens.map(({ tokenId }) => tokenId);
  socket.send(JSON.stringify({ assets_ids, type: "market", custom_feature_enabled: true }));
  while (texts.length < count) {
    clock.advance(MINUTE_MS);
    // The client's keepalive: without it a quiet socket is dropped.
    socket.send("PING");
  }
  exchange.stop();
  return { title, tokenId: tokens[0].tokenId, market, texts: texts.slice(0, count) };
}

function exchangeWithTick(clock: VirtualClock, { tick, perSecond }: SimulatedOptions) {
  for (let seed = 1; ; seed++) {
    const exchange = openExchange({ clock, markets: 1, rate: perSecond, seed });
    if (exchange.simulation.markets[0]!.tickSize === tick) return exchange;
    exchange.stop();
  }
}

/** Half a millisecond of rounding in the mean, 8 ms of way, and a gamma of two waits. */
const WAY_US = 8000;
const WAIT_US = 1200;

/**
 * The same stream with other receive times: the venue's millisecond and a part of it, the way,
 * and waits on it; never before the text before.
 */
export function withModelTimes(stream: ReceivedStream, random: Random): ReceivedStream {
  let last = 0;
  const texts = stream.texts.map(({ text }) => {
    const venueMs = Number(/"timestamp":"?(\d+)/.exec(text)?.[1] ?? last / US_PER_MS);
    const waits = -WAIT_US * (Math.log(1 - random()) + Math.log(1 - random()));
    const us = Math.floor((venueMs + random()) * US_PER_MS + WAY_US + waits);
    last = Math.max(us, last + 1);
    return { receivedUs: last, text };
  });
  return { ...stream, texts };
}
