import type { Dial, Socket } from "../../src/ports/dial.ts";
import type { VirtualClock } from "../../src/ports/virtual-clock.ts";
import { type ExpectedUpdate, expectedOf } from "../expected-updates.ts";

/** An update that a socket delivered, and that the recorder has to store. */
export interface Owed extends ExpectedUpdate {
  /** As the recorder numbers its sockets, and the epochs of its clock in them. */
  readonly socket: number;
  readonly receivedUs: number;
  /** Its token was between two subscriptions: it may be stored, or not. */
  readonly isOptional: boolean;
}

/** A time in which nothing was sure to come for a token that had a book. */
export interface Outage {
  readonly tokenId: string;
  /** `asked`: the recorder gave up what it had, to have the book sent anew. */
  readonly cause: "disconnect" | "stall" | "asked";
  /** The last text of the socket that ended. */
  readonly fromUs: number;
  /** The next book; the end of the recording if there is none. */
  toUs: number;
  /** The next book has the hash of the last update before. */
  isHeld: boolean;
}

/** A connection of the recorder, as the venue and the recorder see it. */
export interface Tapped {
  /** As the exchange numbers it; 0 before it is open. */
  venueSocket: number;
  isOver: boolean;
  /** What it subscribed, the latest last; whether the book has come since. */
  readonly tokens: Map<string, { hasBook: boolean; readonly order: number }>;
  /** And what it had before, which it may be about to subscribe again. */
  readonly everTokens: Set<string>;
}

interface Connection extends Tapped {
  socket: number;
  lastUs: number;
  openedUs: number;
}

/** A wall clock that says so much less than before was set back. */
const CLOCK_STEP_US = 1_000;
const HASHES_HELD = 8;

/**
 * Stands between a recorder's sockets and the exchange, and says by the rules of
 * docs/ARCHITECTURE.md alone which socket owns a token, and so what of all that is delivered has
 * to be stored.
 */
export class TappedDial {
  /** By token, `""` for the channel. */
  readonly owed = new Map<string, Owed[]>();
  readonly outages: Outage[] = [];
  texts = 0;
  readonly #clock: VirtualClock;
  readonly #tokenIds: ReadonlySet<string>;
  readonly #connections = new Set<Connection>();
  readonly #open = new Map<string, Outage>();
  readonly #announced = new Set<string>();
  /** The last hashes of each token that has a book. */
  readonly #hashes = new Map<string, string[]>();
  #sockets = 0;
  #venueSockets = 0;
  #orders = 0;
  #clockUs = 0;
  #lastUs = 0;

  constructor(clock: VirtualClock, tokenIds: Iterable<string>) {
    this.#clock = clock;
    this.#tokenIds = new Set(tokenIds);
  }

  /** Those that are open. */
  get connections(): readonly Tapped[] {
    return [...this.#connections].filter(({ venueSocket }) => venueSocket > 0);
  }

  /** The connection that owns a token, as the exchange numbers it. */
  ownerOf(tokenId: string): number | undefined {
    return this.#owner(tokenId)?.venueSocket;
  }

  /** Counts the connections of others. */
  counted(dial: Dial): Dial {
    return (url, events) =>
      dial(url, {
        ...events,
        opened: () => {
          this.#venueSockets++;
          events.opened();
        },
      });
  }

  /** The dial of the recorder. */
  tapped(dial: Dial): Dial {
    return (url, events) => {
      const connection: Connection = {
        venueSocket: 0,
        isOver: false,
        tokens: new Map(),
        everTokens: new Set(),
        socket: ++this.#sockets,
        lastUs: 0,
        openedUs: 0,
      };
      this.#connections.add(connection);
      const socket = dial(url, {
        opened: () => {
          connection.venueSocket = ++this.#venueSockets;
          connection.openedUs = this.#clock.nowUs();
          events.opened();
        },
        message: (text) => {
          this.#message(connection, text);
          events.message(text);
        },
        closed: (code, reason) => {
          this.#ended(connection, "disconnect");
          events.closed(code, reason);
        },
      });
      return this.#tapSocket(connection, socket);
    };
  }

  /** Nothing more is delivered. */
  end(): void {
    const nowUs = this.#clock.nowUs();
    for (const outage of this.#open.values()) this.outages.push({ ...outage, toUs: nowUs });
    this.#connections.clear();
  }

  #tapSocket(connection: Connection, socket: Socket): Socket {
    return {
      send: (text) => {
        if (text.startsWith("{")) this.#subscription(connection, JSON.parse(text));
        socket.send(text);
      },
      terminate: () => {
        this.#ended(connection, "stall");
        socket.terminate();
      },
    };
  }

  #subscription(
    connection: Connection,
    { operation, assets_ids }: { readonly operation?: string; readonly assets_ids: string[] },
  ): void {
    for (const tokenId of assets_ids) {
      if (operation !== "unsubscribe") {
        connection.everTokens.add(tokenId);
        connection.tokens.set(tokenId, { hasBook: false, order: ++this.#orders });
      } else {
        if (this.#owner(tokenId) === connection) this.#lost(tokenId, "asked", this.#clock.nowUs());
        connection.tokens.delete(tokenId);
      }
    }
  }

  #message(connection: Connection, text: string): void {
    if (connection.isOver) return;
    const receivedUs = this.#stamp(connection);
    if (text === "PONG") return;
    this.texts++;
    if (this.#isRepeat(text)) return;
    for (const update of expectedOf(text)) this.#update(connection, update, receivedUs);
  }

  /** The venue announces a market over a hundred times; one is kept. */
  #isRepeat(text: string): boolean {
    if (!text.startsWith("{") || !text.includes('"event_type":"new_market"')) return false;
    return this.#announced.has(text) || this.#announced.add(text) === undefined;
  }

  /**
   * Each receive time is later than those before it, on any socket; a socket whose own would not
   * be, since the clock was set back, has a new number.
   */
  #stamp(connection: Connection): number {
    const nowUs = this.#clock.nowUs();
    const isStep = nowUs < this.#clockUs - CLOCK_STEP_US;
    this.#clockUs = nowUs;
    this.#lastUs = isStep ? nowUs : Math.max(nowUs, this.#lastUs + 1);
    if (this.#lastUs <= connection.lastUs) connection.socket = ++this.#sockets;
    connection.lastUs = this.#lastUs;
    return connection.lastUs;
  }

  #update(connection: Connection, update: ExpectedUpdate, receivedUs: number): void {
    const { socket } = connection;
    const own = update.tokenIds.filter((tokenId) => this.#tokenIds.has(tokenId));
    for (const tokenId of own) {
      if (update.type === "book") {
        const subscribed = connection.tokens.get(tokenId);
        if (subscribed !== undefined) subscribed.hasBook = true;
      }
      const owner = this.#owner(tokenId);
      const isOptional = owner === undefined;
      if (!isOptional && owner !== connection) continue;
      this.#owe(tokenId, { ...update, socket, receivedUs, isOptional });
      this.#follow(tokenId, update, receivedUs);
    }
    if (own.length === 0) this.#owe("", { ...update, socket, receivedUs, isOptional: false });
  }

  /** The latest that brought a book; while none has, the one that was there first. */
  #owner(tokenId: string): Connection | undefined {
    let owner: Connection | undefined;
    let best = Number.NEGATIVE_INFINITY;
    for (const connection of this.#connections) {
      const subscribed = connection.tokens.get(tokenId);
      if (subscribed === undefined) continue;
      const rank = subscribed.hasBook ? subscribed.order : -subscribed.order;
      if (rank > best) {
        best = rank;
        owner = connection;
      }
    }
    return owner;
  }

  #owe(tokenId: string, owed: Owed): void {
    const list = this.owed.get(tokenId);
    if (list === undefined) this.owed.set(tokenId, [owed]);
    else list.push(owed);
  }

  #follow(tokenId: string, { type, fields }: ExpectedUpdate, receivedUs: number): void {
    if (type !== "book" && type !== "price_change") return;
    const hash = String(fields.hash);
    const hashes = this.#hashes.get(tokenId);
    const outage = this.#open.get(tokenId);
    if (type === "book" && outage !== undefined) {
      this.#open.delete(tokenId);
      this.outages.push({ ...outage, toUs: receivedUs, isHeld: hashes?.includes(hash) === true });
    }
    if (hashes === undefined) {
      if (type === "book") this.#hashes.set(tokenId, [hash]);
    } else if (hashes.push(hash) > HASHES_HELD) hashes.shift();
  }

  #ended(connection: Connection, cause: Outage["cause"]): void {
    if (connection.isOver) return;
    connection.isOver = true;
    const fromUs = connection.lastUs || connection.openedUs;
    const own = [...connection.tokens.keys()].filter((id) => this.#owner(id) === connection);
    for (const tokenId of own) this.#lost(tokenId, cause, fromUs);
    this.#connections.delete(connection);
  }

  #lost(tokenId: string, cause: Outage["cause"], fromUs: number): void {
    if (!this.#hashes.has(tokenId) || this.#open.has(tokenId)) return;
    this.#open.set(tokenId, { tokenId, cause, fromUs, toUs: fromUs, isHeld: false });
  }
}
