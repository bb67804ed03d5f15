import type { ClientSocket } from "./client-socket.ts";
import type { Line } from "./line.ts";
import type { SocketTroubles } from "./socket-troubles.ts";
import type { Voice } from "./voice.ts";

/** A client and all that lies between it and the venue. */
export interface Client {
  readonly socket: ClientSocket;
  readonly voice: Voice;
  readonly line: Line;
  readonly troubles: SocketTroubles;
}
