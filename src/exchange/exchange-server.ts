import type { Server } from "bun";
import { PolybotError } from "../format/error.ts";
import type { Clock } from "../ports/clock.ts";
import { CONTROL_PREFIX, Control } from "./control.ts";
import type { Connection, Exchange } from "./exchange.ts";
import type { RestAnswer } from "./rest/rest-answer.ts";

export const MARKET_CHANNEL_PATH = "/ws/market";
export const HOST = "127.0.0.1";

const GOING_AWAY = { code: 1001, reason: "exchange stopped" };
/** How long stopping waits for clients to read what was sent to them. */
const DRAIN_MS_MAX = 1_000;
const DRAIN_LOOK_MS = 10;
const BAD_GATEWAY = 502;
/**
 * Bun drops texts silently beyond its limit: it lies so high that the socket's own limit, which
 * closes the connection as the venue does, is always reached first.
 */
const BACKPRESSURE_BYTES = 1024 * 1024 * 1024;

interface ConnectionData {
  connection?: Connection;
}

export interface ServerParts {
  /** 0 takes any free port. */
  readonly port: number;
  readonly exchange: Exchange;
  readonly clock: Clock;
}

/** The port of an exchange: market channel, REST and control on one. */
export class ExchangeServer {
  readonly #parts: ServerParts;
  readonly #control: Control;
  readonly #server: Server<ConnectionData>;

  /** Throws `PORT_IN_USE`. */
  constructor(parts: ServerParts) {
    this.#parts = parts;
    this.#control = new Control(parts.exchange);
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
    const { clock, exchange } = this.#parts;
    const endMs = clock.monotonicMs() + DRAIN_MS_MAX;
    const sockets = exchange.clients.map(({ socket }) => socket);
    while (clock.monotonicMs() < endMs && sockets.some(({ unsentBytes }) => unsentBytes > 0)) {
      await clock.sleep(DRAIN_LOOK_MS);
    }
    for (const socket of sockets) socket.close(GOING_AWAY);
    await this.#server.stop(true);
  }

  #serve(): Server<ConnectionData> {
    const { port, exchange } = this.#parts;
    return Bun.serve<ConnectionData>({
      hostname: HOST,
      port,
      fetch: (request, server) => this.#answer(request, server),
      websocket: {
        // The exchange drops idle sockets itself, as the venue does.
        idleTimeout: 0,
        sendPings: false,
        backpressureLimit: BACKPRESSURE_BYTES,
        open: (ws) => {
          const connection = exchange.connect({
            get unsentBytes() {
              return ws.getBufferedAmount();
            },
            send: (text) => void ws.send(text),
            close: (code, reason) => ws.close(code, reason),
            drop: () => ws.terminate(),
          });
          if (connection === undefined) ws.terminate();
          else ws.data.connection = connection;
        },
        message: (ws, text) => ws.data.connection?.receive(String(text)),
        drain: (ws) => ws.data.connection?.drained(),
        close: (ws) => ws.data.connection?.ended(),
      },
    });
  }

  async #answer(request: Request, server: Server<ConnectionData>): Promise<Response | undefined> {
    const { exchange } = this.#parts;
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === MARKET_CHANNEL_PATH) {
      if (exchange.isDown) return new Response("bad gateway", { status: BAD_GATEWAY });
      if (server.upgrade(request, { data: {} })) return undefined;
    }
    const asked = {
      method: request.method,
      path: pathname,
      query: searchParams,
      body: await request.text(),
    };
    return pathname.startsWith(CONTROL_PREFIX)
      ? responseOf(this.#control.answer(asked))
      : responseOf(exchange.answer(asked));
  }
}

function responseOf({ status, body, headers }: RestAnswer): Response {
  return new Response(body, { status, headers });
}
