import { INVALID_OPERATION, PING, PONG } from "../../polymarket/messages.ts";
import type { FaultKind } from "../faults/fault-kinds.ts";
import type { Faults } from "../faults/faults.ts";
import type { Client } from "./client.ts";
import { parseFirstText, parseLaterText } from "./client-text.ts";
import type { Feed } from "./feed.ts";

const INVALID_SUBSCRIPTION = { code: 1008, reason: "invalid subscription payload" };
/** What the official client expects for a subscription of known tokens only ([ts-sdk]). */
const NO_NEW_ASSETS = "NO NEW ASSETS";

/** Hears of a fault that struck at a subscription. */
export type OnFault = (socket: number, fault: FaultKind) => void;

/**
 * The rules of the market channel (docs/PROTOCOL.md, "Connection"): the first text must be a
 * subscription, later ones are PING or change it.
 */
export class MarketChannel {
  readonly #feed: Feed;
  readonly #faults: Faults;
  readonly #onFault: OnFault;
  readonly #subscribed = new WeakSet<Client>();

  constructor(feed: Feed, faults: Faults, onFault: OnFault) {
    this.#feed = feed;
    this.#faults = faults;
    this.#onFault = onFault;
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
    if (request === undefined || this.#strikes("close-1008", client, request.tokenIds)) {
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
    } else if (this.#strikes("close-1008", client, request.assets_ids)) {
      client.socket.close(INVALID_SUBSCRIPTION);
    } else if (this.#strikes("invalid-operation", client, request.assets_ids)) {
      reply(client, INVALID_OPERATION);
    } else {
      this.#subscribe(client, request);
    }
  }

  #strikes(kind: FaultKind, { socket }: Client, tokenIds: readonly string[]): boolean {
    const isStruck = this.#faults.strikes(kind, { socket: socket.number, tokenIds }) !== undefined;
    if (isStruck) this.#onFault(socket.number, kind);
    return isStruck;
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
