import type { Dial, Socket } from "../ports/dial.ts";
import type { Http } from "../ports/http.ts";
import type { Connection, Exchange } from "./exchange.ts";
import { GAMMA_PREFIX } from "./rest/gamma-routes.ts";

const REFUSED = { code: 1006, reason: "the exchange is down" };
const DROPPED = { code: 1006, reason: "" };

/** Where an exchange of this process is, for code that wants URLs; the host means nothing. */
export const IN_PROCESS_URLS = {
  wsUrl: "ws://exchange/ws/market",
  clobUrl: "http://exchange",
  gammaUrl: `http://exchange${GAMMA_PREFIX}`,
} as const;

/** Connects clients of this process to an exchange, on its own clock and without a network. */
export function dialTo(exchange: Exchange): Dial {
  return (_url, events) => {
    let ended = false;
    let connection: Connection | undefined;
    const end = ({ code, reason }: { readonly code: number; readonly reason: string }) => {
      if (ended) return;
      ended = true;
      connection?.ended();
      events.closed(code, reason);
    };
    exchange.agenda.after(0, () => {
      if (ended) return;
      connection = exchange.connect({
        unsentBytes: 0,
        send: (text) => {
          if (!ended) events.message(text);
        },
        close: (code, reason) => end({ code, reason }),
        drop: () => end(DROPPED),
      });
      if (connection === undefined) end(REFUSED);
      else events.opened();
    });
    // Nothing comes inside a call of the client, as with a real socket.
    const socket: Socket = {
      send: (text) =>
        exchange.agenda.after(0, () => {
          if (!ended) connection?.receive(text);
        }),
      terminate: () => {
        exchange.agenda.after(0, () => end(DROPPED));
        // The agenda may have stopped, or stop before.
        queueMicrotask(() => end(DROPPED));
      },
    };
    return socket;
  };
}

/** REST of an exchange of this process. */
export function httpTo(exchange: Exchange): Http {
  return async (url, init) => {
    const { pathname, searchParams } = new URL(url);
    const { status, body, headers } = exchange.answer({
      method: init?.body === undefined ? "GET" : "POST",
      path: pathname,
      query: searchParams,
      body: init?.body ?? "",
    });
    const retryAfter = headers["retry-after"];
    return { status, text: body, ...(retryAfter !== undefined && { retryAfter }) };
  };
}
