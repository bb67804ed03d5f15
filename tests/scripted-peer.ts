import type { Socket, SocketEvents } from "../src/ports/dial.ts";

/** A peer that the test speaks for. */
export class ScriptedPeer {
  readonly sent: string[] = [];
  readonly connections: SocketEvents[] = [];
  terminated = 0;

  readonly dial = (_url: string, events: SocketEvents): Socket => {
    this.connections.push(events);
    return {
      send: (text) => {
        this.sent.push(text);
      },
      terminate: () => {
        this.terminated++;
        events.closed(1006, "terminated");
      },
    };
  };

  get socket(): SocketEvents {
    return this.connections.at(-1)!;
  }
}
