import { dialTo, IN_PROCESS_URLS } from "../../src/exchange/in-process.ts";
import { openExchange } from "../../src/exchange/start-exchange.ts";
import { VirtualClock } from "../../src/ports/virtual-clock.ts";

/** How much faster than life an exchange runs on virtual time, with a client that hears it all. */

const MARKETS = 20;
const MINUTES = 1_000;
const MS_PER_MINUTE = 60_000;
/** Changes a second: over all markets together, and in each of them in the mean. */
const RATES = [1, MARKETS];
const TARGET_S = 60;

export async function run(): Promise<string[]> {
  const figures: string[] = [];
  for (const rate of RATES) {
    const clock = new VirtualClock();
    const exchange = openExchange({ clock, markets: MARKETS, rate, seed: 1 });
    const tokenIds = exchange.simulation.markets.flatMap(({ identity }) =>
      identity.tokens.map(({ tokenId }) => tokenId),
    );
    let texts = 0;
    let bytes = 0;
    const start = Bun.nanoseconds();
    const cpuBefore = process.cpuUsage();
    const socket = dialTo(exchange)(IN_PROCESS_URLS.wsUrl, {
      opened() {},
      message(text) {
        texts += 1;
        bytes += text.length;
      },
      closed() {},
    });
    clock.advance(0);
    socket.send(
      JSON.stringify({ assets_ids: tokenIds, type: "market", custom_feature_enabled: true }),
    );
    for (let minute = 0; minute < MINUTES; minute += 1) {
      clock.advance(MS_PER_MINUTE);
      // The client's keepalive: without it a quiet socket is dropped.
      socket.send("PING");
    }
    const seconds = (Bun.nanoseconds() - start) / 1e9;
    const { user, system } = process.cpuUsage(cpuBefore);
    const cpuSeconds = (user + system) / 1e6;
    exchange.stop();
    figures.push(
      `${MARKETS} markets, ${(texts / MINUTES / 60).toFixed(1)} texts a second: ` +
        `${MINUTES} minutes in ${seconds.toFixed(1)} s (${Math.round((MINUTES * 60) / seconds)} ` +
        `times life), ${cpuSeconds.toFixed(1)} s of processor, ` +
        `${((cpuSeconds * 1e6) / texts).toFixed(1)} us of it and ` +
        `${Math.round(bytes / texts)} bytes a text`,
    );
    // Other work on the machine is not the exchange's: its own processor time counts.
    if (cpuSeconds > TARGET_S) throw new Error([...figures, `over ${TARGET_S} s`].join("\n  "));
  }
  return figures;
}
