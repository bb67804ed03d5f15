import { INVALID_OPERATION, PING, PONG } from "../../polymarket/messages.ts";
import type { Client } from "./client.ts";
import { parseFirstText, parseLaterText } from "./client-text.ts";
import type { Feed } from "./feed.ts";

const INVALID_SUBSCRIPTION = { code: 1008, reason: "invalid subscription payload" };
/** What the official client expects for a subscription of known tokens only ([ts-sdk]). */
const NO_NEW_ASSETS = "NO NEW ASSETS";

/**
 * The rules of the market channel (docs/PROTOCOL.md, "Connection"): the first text must be a
 * subscription, later ones are PING or change it.
 */
export class MarketChannel {
  readonly #feed: Feed;
  readonly #subscribed = new WeakSet<Client>();

  constructor(feed: Feed) {
    this.#feed = feed;
  }

  receive(client: Client, text: string): void {
    if (this.#subscribed.has(client)) {
      this.#receiveLater(client, text);
    } else {
      this.#receiveFirst(client, text);
    }
  }

  #receiveFirst(client: Client, text: string): void {
    const request = parseFirstText(text);
    if (request === undefined) {
      client.socket.close(INVALID_SUBSCRIPTION);
      return;
    }
    this.#subscribed.add(client);
    client.socket.isCustom = request.isCustom;
    const { withBooks } = request;
    this.#feed.subscribe(client, request.tokenIds, { order: "first", withBooks });
  }

  #receiveLater(client: Client, text: string): void {
    if (text === PING) {
      reply(client, PONG);
      return;
    }
    const request = parseLaterText(text);
    if (request === undefined) {
      reply(client, INVALID_OPERATION);
    } else if (request.operation === "unsubscribe") {
      this.#feed.unsubscribe(client, request.assets_ids);
    } else {
      this.#subscribe(client, request);
    }
  }

  /** The features are the connection's: a subscription of known tokens changes them too. */
  #subscribe(client: Client, request: { assets_ids: string[]; custom_feature_enabled?: boolean }) {
    client.socket.isCustom = request.custom_feature_enabled ?? client.socket.isCustom;
    const options = { order: "later", withBooks: true } as const;
    const isNew = this.#feed.subscribe(client, request.assets_ids, options);
    if (!isNew && request.assets_ids.length > 0) reply(client, NO_NEW_ASSETS);
  }
}

/** Replies wait their turn behind data. */
function reply({ line }: Client, text: string): void {
  line.say({ text, tokenIds: [], isData: false });
}
