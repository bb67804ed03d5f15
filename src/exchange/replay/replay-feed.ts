import type { Message, MessageElement } from "../../read/message.ts";
import type { BookNow } from "../../read/token-now.ts";
import type { Agenda } from "../agenda.ts";
import type { Client } from "../channel/client.ts";
import type { Feed, SubscriptionOrder } from "../channel/feed.ts";
import { Subscribers } from "../channel/subscribers.ts";
import { wireLevels } from "./recorded-market.ts";
import type { RecordedVenue } from "./recorded-venue.ts";

/** What a socket hears only if it asked for custom features. */
const CUSTOM_TYPES: readonly string[] = ["best_bid_ask", "new_market", "market_resolved"];
/** A client that takes nothing for so long is not waited for any more. */
const STUCK_MS = 5_000;

export interface ReplayFeedParts {
  readonly venue: RecordedVenue;
  readonly agenda: Agenda;
  /** Somebody has subscribed. */
  readonly onListener: () => void;
  /** `isReady` may be true now. */
  readonly onReady: () => void;
}

/** Gives the messages of a recording to who subscribed, whole as the venue sent them. */
export class ReplayFeed implements Feed {
  readonly #parts: ReplayFeedParts;
  readonly #subscribers = new Subscribers<Client>();
  /** Every client that has subscribed, to whatever. */
  readonly #clients = new Set<Client>();
  /** Clients by the tokens whose book is still to come. */
  readonly #owed = new Subscribers<Client>();
  /** Since when a client has no room, in the agenda's milliseconds. */
  readonly #fullMs = new Map<Client, number>();

  constructor(parts: ReplayFeedParts) {
    this.#parts = parts;
  }

  /** Books are sent for tokens that are new on the socket; an empty list has no answer. */
  subscribe(
    client: Client,
    tokenIds: readonly string[],
    { withBooks }: { readonly order: SubscriptionOrder; readonly withBooks: boolean },
  ): boolean {
    const { venue, onListener, onReady } = this.#parts;
    this.#clients.add(client);
    const fresh = [...new Set(tokenIds)].filter(
      (tokenId) => !this.#subscribers.isSubscribed(client, tokenId),
    );
    for (const tokenId of fresh) if (venue.has(tokenId)) this.#subscribers.add(client, tokenId);
    if (fresh.length > 0 && withBooks) {
      const awaited = fresh.filter((tokenId) => venue.awaits(tokenId));
      for (const tokenId of awaited) this.#owed.add(client, tokenId);
      const books = fresh.flatMap((tokenId) => venue.book(tokenId) ?? []);
      // Of settled and unknown tokens the venue says that they have none.
      if (books.length > 0 || awaited.length === 0) sayBooks(client, books);
    }
    onListener();
    onReady();
    return fresh.length > 0;
  }

  unsubscribe(client: Client, tokenIds: readonly string[]): void {
    for (const tokenId of tokenIds) {
      this.#subscribers.remove(client, tokenId);
      this.#owed.remove(client, tokenId);
    }
  }

  isSubscribed(client: Client, tokenId: string): boolean {
    return this.#subscribers.isSubscribed(client, tokenId);
  }

  tokensOf(client: Client): readonly string[] {
    return this.#subscribers.tokensOf(client);
  }

  drained(client: Client): void {
    this.#fullMs.delete(client);
    this.#parts.onReady();
  }

  forget(client: Client): void {
    this.#clients.delete(client);
    this.#subscribers.removeSocket(client);
    this.#owed.removeSocket(client);
    this.#fullMs.delete(client);
    this.#parts.onReady();
  }

  /** Whether somebody hears, and all who read have read. */
  get isReady(): boolean {
    const { nowMs } = this.#parts.agenda;
    for (const client of this.#clients) {
      if (client.line.hasRoom) {
        this.#fullMs.delete(client);
        continue;
      }
      const sinceMs = this.#fullMs.get(client) ?? nowMs;
      this.#fullMs.set(client, sinceMs);
      if (nowMs - sinceMs < STUCK_MS) return false;
    }
    return this.#clients.size > 0;
  }

  hear(message: Message): void {
    const { elements } = message;
    const heard = new Map<Client, MessageElement[]>();
    for (const element of elements) {
      for (const client of this.#audienceOf(element)) {
        const known = heard.get(client);
        if (known === undefined) heard.set(client, [element]);
        else known.push(element);
      }
    }
    const tokenIds = [...new Set(message.updates.map(({ token_id }) => token_id))];
    for (const [client, own] of heard) {
      client.line.say({ text: message.textOf(own), tokenIds, isData: true });
    }
    this.#payOwed(message);
  }

  /** Nobody knows what a token's subscribers missed: they are cut off, as whoever recorded it was. */
  cut(tokenIds: readonly string[]): void {
    for (const { socket } of this.#subscribers.socketsOf(tokenIds)) socket.drop();
  }

  /** Everybody is cut off. */
  cutAll(): void {
    for (const { socket } of [...this.#clients]) socket.drop();
  }

  #audienceOf({ updates }: MessageElement): Iterable<Client> {
    const [first] = updates;
    const type = first!.update_type;
    const tokenIds = updates.map(({ token_id }) => token_id).filter((tokenId) => tokenId !== "");
    // What names no token is for all.
    const clients = tokenIds.length === 0 ? this.#clients : this.#subscribers.socketsOf(tokenIds);
    return CUSTOM_TYPES.includes(type)
      ? [...clients].filter(({ socket }) => socket.isCustom)
      : clients;
  }

  /** A book that was still to come may have come, or is known again behind a gap. */
  #payOwed({ updates }: Message): void {
    for (const { token_id } of updates) {
      if (!this.#owed.has(token_id)) continue;
      const book = this.#parts.venue.book(token_id);
      if (book === undefined) continue;
      const hasCome = updates.some(
        (update) => update.token_id === token_id && update.update_type === "book",
      );
      for (const client of this.#owed.socketsOf([token_id])) {
        this.#owed.remove(client, token_id);
        if (!hasCome) sayBooks(client, [book]);
      }
    }
  }
}

/** The books that answer a subscription, in the venue's opening form. */
function sayBooks({ line }: Client, books: readonly BookNow[]): void {
  const elements = books.map((book) => ({
    market: book.market,
    asset_id: book.token_id,
    timestamp: book.timestamp,
    hash: book.hash,
    bids: wireLevels(book.bids),
    asks: wireLevels(book.asks),
    tick_size: book.tick_size,
    event_type: "book",
    last_trade_price: book.last_trade_price,
  }));
  line.say({ text: `${JSON.stringify(elements)}\n`, tokenIds: [], isData: true });
}
