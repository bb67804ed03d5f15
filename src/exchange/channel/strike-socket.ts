import type { FaultSpec } from "../faults/fault-spec.ts";
import type { Client } from "./client.ts";
import { SLOW_CONSUMER } from "./client-socket.ts";

/** Does a fault of a whole socket to it. A token that stalls is drawn from `tokenIds`. */
export function strikeSocket(
  { socket, troubles }: Client,
  spec: FaultSpec,
  nowMs: number,
  tokenIds: readonly string[],
): void {
  if (spec.kind === "close-1013") socket.close(SLOW_CONSUMER);
  else if (spec.kind === "drop") socket.drop();
  else {
    const drawn = tokenIds[Math.floor(socket.random() * tokenIds.length)];
    troubles.begin(spec, nowMs, spec.token ?? drawn);
  }
}
