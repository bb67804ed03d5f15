import type { FaultSpec } from "../faults/fault-spec.ts";
import type { Client } from "./client.ts";
import { SLOW_CONSUMER } from "./client-socket.ts";

/** Does a fault of a whole socket to it; `tokenId` is the one that stalls. */
export function strikeSocket(
  { socket, troubles }: Client,
  spec: FaultSpec,
  nowMs: number,
  tokenId: string | undefined,
): void {
  const { kind, forMs = Number.POSITIVE_INFINITY } = spec;
  if (kind === "close-1013") socket.close(SLOW_CONSUMER);
  else if (kind === "drop") socket.drop();
  else if (kind === "half-open") socket.fallSilent(nowMs + forMs);
  else troubles.begin(spec, nowMs, tokenId);
}
