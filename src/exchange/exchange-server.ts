import type { Server } from "bun";
import { PolybotError } from "../format/error.ts";
import type { Clock } from "../ports/clock.ts";
import { ClientSocket } from "./client-socket.ts";
import { clobAnswer } from "./clob-answer.ts";
import type { Feed } from "./feed.ts";
import { gammaAnswer } from "./gamma-answer.ts";
import { MarketChannel } from "./market-channel.ts";
import type { SentLog } from "./sent-log.ts";
import type { Simulation } from "./simulation.ts";

export const MARKET_CHANNEL_PATH = "/ws/market";
export const HOST = "127.0.0.1";

const GOING_AWAY = { code: 1001, reason: "exchange stopped" };
/** How long stopping waits for clients to read what was sent to them. */
const DRAIN_MS_MAX = 1_000;
const DRAIN_LOOK_MS = 10;
const US_PER_MS = 1_000;
/**
 * Bun drops texts silently beyond its limit: it lies so high that the socket's own limit, which
 * closes the connection as the venue does, is always reached first.
 */
const BACKPRESSURE_BYTES = 1024 * 1024 * 1024;

interface Connection {
  socket?: ClientSocket;
}

export interface ServerParts {
  /** 0 takes any free port. */
  readonly port: number;
  readonly feed: Feed;
  /** Where REST answers come from. */
  readonly simulation: Simulation;
  readonly clock: Clock;
  readonly log: SentLog | undefined;
}

/** The port of an exchange: market channel and REST on one. */
export class ExchangeServer {
  readonly #parts: ServerParts;
  readonly #channel: MarketChannel;
  readonly #sockets = new Set<ClientSocket>();
  readonly #server: Server<Connection>;
  #connections = 0;

  /** Throws `PORT_IN_USE`. */
  constructor(parts: ServerParts) {
    this.#parts = parts;
    this.#channel = new MarketChannel(parts.feed);
    try {
      this.#server = this.#serve();
    } catch (cause) {
      if (cause instanceof Error && "code" in cause && cause.code === "EADDRINUSE") {
        throw new PolybotError("PORT_IN_USE", `port ${parts.port} is in use`, {
          hint: "another --port, or 0 for any free one",
          cause,
        });
      }
      throw cause;
    }
  }

  get port(): number {
    return this.#server.port ?? this.#parts.port;
  }

  /** Lets clients read what was sent to them, closes every socket and frees the port. */
  async stop(): Promise<void> {
    const { clock } = this.#parts;
    const endMs = clock.monotonicMs() + DRAIN_MS_MAX;
    while (clock.monotonicMs() < endMs && [...this.#sockets].some((s) => s.unsentBytes > 0)) {
      await clock.sleep(DRAIN_LOOK_MS);
    }
    for (const socket of [...this.#sockets]) {
      socket.close(GOING_AWAY.code, GOING_AWAY.reason);
    }
    await this.#server.stop(true);
  }

  #serve(): Server<Connection> {
    const { port, feed, clock, log } = this.#parts;
    return Bun.serve<Connection>({
      hostname: HOST,
      port,
      fetch: (request, server) => this.#answer(request, server),
      websocket: {
        // A socket stays open however quiet it is; Bun would close it after two minutes.
        idleTimeout: 0,
        sendPings: false,
        backpressureLimit: BACKPRESSURE_BYTES,
        open: (ws) => {
          this.#connections += 1;
          const socket = new ClientSocket(this.#connections, ws, clock, log);
          ws.data.socket = socket;
          this.#sockets.add(socket);
        },
        message: (ws, text) => {
          if (ws.data.socket !== undefined) {
            this.#channel.receive(ws.data.socket, String(text));
          }
        },
        drain: (ws) => {
          if (ws.data.socket !== undefined) {
            feed.drained(ws.data.socket);
          }
        },
        close: (ws) => {
          if (ws.data.socket !== undefined) {
            this.#sockets.delete(ws.data.socket);
            feed.forget(ws.data.socket);
          }
        },
      },
    });
  }

  #answer(request: Request, server: Server<Connection>): Response | undefined {
    const url = new URL(request.url);
    if (url.pathname === MARKET_CHANNEL_PATH && server.upgrade(request, { data: {} })) {
      return undefined;
    }
    const { simulation, clock } = this.#parts;
    const answer =
      request.method === "GET"
        ? (clobAnswer(simulation, url, clock.nowUs() / US_PER_MS) ?? gammaAnswer(simulation, url))
        : undefined;
    return answer ?? Response.json({ error: "not found" }, { status: 404 });
  }
}
