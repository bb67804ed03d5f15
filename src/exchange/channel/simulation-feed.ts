import type { WireBook } from "../../polymarket/messages.ts";
import type { Agenda } from "../agenda.ts";
import type { FaultKind } from "../faults/fault-kinds.ts";
import type { Faults } from "../faults/faults.ts";
import type { Announcement, Audience } from "../market/announcement.ts";
import type { Simulation } from "../market/simulation.ts";
import type { Client } from "./client.ts";
import type { Feed, SubscriptionOrder } from "./feed.ts";
import type { Spoilt } from "./line.ts";
import { said, saidOf } from "./said.ts";
import { Subscribers } from "./subscribers.ts";

/** How often subscribing a stalled token again wakes it (docs/PROTOCOL.md, "Limits and oddities"). */
const REDRIVE_SHARE = 0.55;

const ALL_SETTLED = { code: 1000, reason: "" };

/** Gives what a simulation says to who subscribed. */
export class SimulationFeed implements Feed, Audience {
  readonly #agenda: Agenda;
  readonly #faults: Faults;
  readonly #bookCeiling: number;
  readonly #subscribers = new Subscribers<Client>();
  /** Every client that has subscribed, to whatever. */
  readonly #clients = new Set<Client>();
  #simulation: Simulation | undefined;

  /** A socket with more than `bookCeiling` tokens gets no books for those beyond. */
  constructor(agenda: Agenda, faults: Faults, bookCeiling: number) {
    this.#agenda = agenda;
    this.#faults = faults;
    this.#bookCeiling = bookCeiling;
  }

  /** The simulation that talks to this feed. */
  attach(simulation: Simulation): void {
    this.#simulation = simulation;
  }

  /** Books are sent for tokens that are new on the socket; an empty list has no answer. */
  subscribe(
    client: Client,
    tokenIds: readonly string[],
    { withBooks }: { readonly order: SubscriptionOrder; readonly withBooks: boolean },
  ): boolean {
    this.#clients.add(client);
    const fresh = [...new Set(tokenIds)].filter(
      (tokenId) => !this.#subscribers.isSubscribed(client, tokenId),
    );
    const heldBefore = this.#subscribers.count(client);
    for (const tokenId of fresh) {
      if (this.#simulation?.find(tokenId) !== undefined) this.#subscribers.add(client, tokenId);
    }
    if (fresh.length > 0 && withBooks) {
      this.#sendBooks(client, fresh, Math.max(0, this.#bookCeiling - heldBefore));
    }
    return fresh.length > 0;
  }

  unsubscribe(client: Client, tokenIds: readonly string[]): void {
    for (const tokenId of tokenIds) this.#subscribers.remove(client, tokenId);
  }

  isSubscribed(client: Client, tokenId: string): boolean {
    return this.#subscribers.isSubscribed(client, tokenId);
  }

  tokensOf(client: Client): readonly string[] {
    return this.#subscribers.tokensOf(client);
  }

  /** A simulation does not wait for slow clients. */
  drained(): void {}

  forget(client: Client): void {
    this.#clients.delete(client);
    this.#subscribers.removeSocket(client);
  }

  hears(tokenIds: readonly string[]): boolean {
    return tokenIds.some((tokenId) => this.#subscribers.has(tokenId));
  }

  hear(announcement: Announcement): void {
    const { tokenIds, custom } = announcement;
    const elements = saidOf(announcement);
    const clients = tokenIds === undefined ? this.#clients : this.#subscribers.socketsOf(tokenIds);
    for (const client of clients) {
      if (!custom || client.socket.isCustom) client.voice.hear(elements);
    }
  }

  /** A connection ends when all of its tokens have settled. */
  settled(tokenIds: readonly string[]): void {
    for (const client of this.#subscribers.socketsOf(tokenIds)) {
      this.unsubscribe(client, tokenIds);
      if (this.#subscribers.count(client) === 0) client.line.close(ALL_SETTLED);
    }
  }

  #sendBooks(client: Client, tokenIds: readonly string[], room: number): void {
    const books = tokenIds
      .flatMap((tokenId) => this.#simulation?.openingBook(tokenId) ?? [])
      .slice(0, room);
    const spoilt: Spoilt[] = [];
    const sent = books.filter((book) => {
      const fault = this.#missing(client, book);
      if (fault !== undefined) spoilt.push({ fault, text: JSON.stringify(book), follows: false });
      return fault === undefined;
    });
    const text = `${JSON.stringify(sent)}\n`;
    client.line.say({ text, tokenIds: [], isData: true, spoilt });
    for (const book of books) this.#sendStaleChange(client, book);
  }

  /** Why a book is left out, if it is. */
  #missing({ socket, troubles }: Client, { asset_id }: WireBook): FaultKind | undefined {
    if (troubles.stallsToken(asset_id, this.#agenda.nowMs)) {
      if (!this.#faults.happens(REDRIVE_SHARE)) return "stall-token";
      troubles.liftToken(asset_id);
    }
    const occasion = { socket: socket.number, tokenIds: [asset_id] };
    return this.#faults.strikes("missing-book", occasion)?.kind;
  }

  /** A change that the book has already, and that was stamped before it. */
  #sendStaleChange({ voice }: Client, { asset_id }: WireBook): void {
    if (!voice.happens(this.#simulation?.conditions.oddities.staleChange ?? 0)) return;
    const stale = this.#simulation?.staleChange(asset_id);
    if (stale === undefined) return;
    const tokenIds = stale.price_changes.map((entry) => entry.asset_id);
    voice.hear([said(stale, tokenIds)]);
  }
}
