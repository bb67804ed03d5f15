import { createPublicClient, forkEnvironmentConfig, type PublicClient } from "@polymarket/client";
import type { RunningExchange } from "../../src/exchange/start-exchange.ts";

type Endpoints = Pick<RunningExchange, "wsUrl" | "clobUrl" | "gammaUrl">;

/** The venue's own SDK, talking to an exchange of ours in place of the venue. */
export function sdkClient({ wsUrl, clobUrl, gammaUrl }: Endpoints): PublicClient {
  const environment = forkEnvironmentConfig({
    name: "exchange",
    clob: { rest: clobUrl, market: { ws: wsUrl } },
    gamma: { rest: gammaUrl },
  });
  return createPublicClient({ environment });
}
