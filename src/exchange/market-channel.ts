import { INVALID_OPERATION, PING, PONG } from "../polymarket/messages.ts";
import type { ClientSocket } from "./client-socket.ts";
import { parseFirstText, parseLaterText } from "./client-text.ts";
import type { Feed } from "./feed.ts";

const INVALID_SUBSCRIPTION = { code: 1008, reason: "invalid subscription payload" };

/**
 * The rules of the market channel (docs/PROTOCOL.md, "Connection"): the first text must be a
 * subscription, later ones are PING or change it.
 */
export class MarketChannel {
  readonly #feed: Feed;
  readonly #subscribed = new WeakSet<ClientSocket>();

  constructor(feed: Feed) {
    this.#feed = feed;
  }

  receive(socket: ClientSocket, text: string): void {
    if (this.#subscribed.has(socket)) {
      this.#receiveLater(socket, text);
    } else {
      this.#receiveFirst(socket, text);
    }
  }

  #receiveFirst(socket: ClientSocket, text: string): void {
    const request = parseFirstText(text);
    if (request === undefined) {
      socket.close(INVALID_SUBSCRIPTION.code, INVALID_SUBSCRIPTION.reason);
      return;
    }
    this.#subscribed.add(socket);
    const withBooks = request.initial_dump !== false;
    this.#feed.subscribe(socket, request.assets_ids, { order: "first", withBooks });
  }

  #receiveLater(socket: ClientSocket, text: string): void {
    if (text === PING) {
      socket.send(PONG);
      return;
    }
    const request = parseLaterText(text);
    if (request === undefined) {
      socket.send(INVALID_OPERATION);
    } else if (request.operation === "subscribe") {
      this.#feed.subscribe(socket, request.assets_ids, { order: "later", withBooks: true });
    } else {
      this.#feed.unsubscribe(socket, request.assets_ids);
    }
  }
}
