import type { RunningExchange } from "../exchange/start-exchange.ts";
import { Output } from "./output.ts";

/** Prints where an exchange is to be found, and its markets: one line of JSON. */
export async function printExchange(exchange: RunningExchange): Promise<void> {
  const { wsUrl, clobUrl, gammaUrl, controlUrl, markets } = exchange;
  const output = new Output();
  await output.line(
    JSON.stringify({
      ws_url: wsUrl,
      clob_url: clobUrl,
      gamma_url: gammaUrl,
      control_url: controlUrl,
      markets,
    }),
  );
  await output.flush();
}
