import type { MarketSocket } from "../../src/polymarket/market-socket.ts";
import type { MarketTokens } from "../../src/polymarket/sharding.ts";
import { type Interruption, SocketPool } from "../../src/polymarket/socket-pool.ts";
import type { Dial, SocketEvents } from "../../src/ports/dial.ts";
import type { HttpAnswer } from "../../src/ports/http.ts";
import { seededRandom } from "../../src/ports/random.ts";
import { VirtualClock } from "../../src/ports/virtual-clock.ts";

/** A connection to the scripted venue, as the venue sees it. */
export class PooledPeer {
  readonly openedMs: number;
  readonly #events: SocketEvents;
  /** Texts that subscribe or unsubscribe, with when they came. */
  readonly requests: { readonly ms: number; readonly operation: string; readonly ids: string[] }[] =
    [];
  readonly subscribed = new Set<string>();
  isClosed = false;

  constructor(openedMs: number, events: SocketEvents) {
    this.openedMs = openedMs;
    this.#events = events;
  }

  /** A text to the client: a kind of what the pool has to know, and the tokens it is about. */
  say(kind: "book" | "data" | "other", ...tokenIds: string[]): void {
    this.#events.message([kind, ...tokenIds].join(" "));
  }

  open(): void {
    this.#events.opened();
  }

  close(code = 1006, reason = ""): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.#events.closed(code, reason);
  }
}

export interface PooledVenueOptions {
  readonly tokensPerSocket?: number;
  readonly seed?: number;
}

/** A pool, and a venue that the test speaks for: by itself it opens sockets and sends books. */
export class PooledVenue {
  readonly clock = new VirtualClock();
  readonly peers: PooledPeer[] = [];
  readonly interruptions: Interruption[] = [];
  readonly served: { socket: number; tokens: number; lostUs: number | undefined }[] = [];
  readonly unknown: string[] = [];
  readonly settled: string[] = [];
  readonly unreachable: string[] = [];
  readonly steps: number[] = [];
  /** What was taken: kind, token, and number of the socket. */
  readonly taken: [kind: string, tokenId: string, socket: number][] = [];
  /** What came about tokens that another socket owns. */
  foreign = 0;
  sockets: readonly number[] = [];
  /** Attempts are refused while true. */
  isDown = false;
  /** Whether a token's book is sent when it is subscribed on the peer. */
  hasBook: (tokenId: string, peer: PooledPeer) => boolean = () => true;
  /** Tokens of which REST has a book; all without, and no answer at all for an error. */
  rest: ReadonlySet<string> | Error | undefined;
  readonly asked: string[][] = [];
  readonly pool: SocketPool;

  constructor({ tokensPerSocket, seed = 1 }: PooledVenueOptions = {}) {
    this.pool = new SocketPool({
      endpoints: { wsUrl: "ws://venue", clobUrl: "http://venue", gammaUrl: "" },
      dial: this.#dial,
      http: (_, init) => this.#answer(init!.body!),
      clock: this.clock,
      random: seededRandom(seed),
      tokensPerSocket,
      events: {
        message: (text, _, socket) => this.#message(text, socket),
        served: (socket, { length: tokens }, lostUs) =>
          void this.served.push({ socket, tokens, lostUs }),
        interrupted: (interruption) => void this.interruptions.push(interruption),
        unreachable: (reason) => void this.unreachable.push(reason),
        unknown: (tokenIds) => void this.unknown.push(...tokenIds),
        settled: (_, tokenIds) => void this.settled.push(...tokenIds),
        sockets: (numbers) => {
          this.sockets = numbers;
        },
        clockStepped: (socket) => void this.steps.push(socket),
      },
    });
    this.pool.start();
  }

  /** Peers that are connected. */
  get live(): PooledPeer[] {
    return this.peers.filter(({ isClosed }) => !isClosed);
  }

  /** The numbers of live peers that have subscribed the token. */
  peersOf(tokenId: string): number[] {
    return this.live
      .filter(({ subscribed }) => subscribed.has(tokenId))
      .map((peer) => this.peers.indexOf(peer) + 1);
  }

  /** Lets time pass, and answers of REST come. */
  async run(ms: number): Promise<void> {
    for (let leftMs = ms; leftMs > 0; leftMs -= 1_000) {
      this.clock.advance(Math.min(1_000, leftMs));
      for (let i = 0; i < 5; i++) await Promise.resolve();
    }
  }

  #message(text: string, socket: MarketSocket): void {
    const [kind = "", ...tokenIds] = text.split(" ");
    for (const tokenId of tokenIds) {
      if (kind === "book") this.pool.booked(socket, tokenId);
      if (this.pool.takes(socket, tokenId)) this.taken.push([kind, tokenId, socket.number]);
      else this.foreign++;
    }
  }

  readonly #dial: Dial = (_url, events) => {
    const peer = new PooledPeer(this.clock.monotonicMs(), events);
    this.peers.push(peer);
    this.clock.after(5, () => {
      if (this.isDown) peer.close();
      else if (!peer.isClosed) peer.open();
    });
    return {
      send: (text) => this.#receive(peer, text),
      terminate: () => peer.close(),
    };
  };

  #receive(peer: PooledPeer, text: string): void {
    if (text === "PING") {
      this.clock.after(5, () => peer.isClosed || peer.say("other"));
      return;
    }
    const { operation = "first", assets_ids: ids } = JSON.parse(text);
    peer.requests.push({ ms: this.clock.monotonicMs(), operation, ids });
    for (const id of ids) {
      if (operation === "unsubscribe") peer.subscribed.delete(id);
      else peer.subscribed.add(id);
    }
    if (operation === "unsubscribe") return;
    const booked = (ids as string[]).filter((id) => this.hasBook(id, peer));
    this.clock.after(5, () => peer.isClosed || peer.say("book", ...booked));
  }

  async #answer(body: string): Promise<HttpAnswer> {
    const asked = (JSON.parse(body) as { token_id: string }[]).map(({ token_id }) => token_id);
    this.asked.push(asked);
    const { rest } = this;
    if (rest instanceof Error) throw rest;
    const known = asked.filter((id) => rest === undefined || rest.has(id));
    return { status: 200, text: JSON.stringify(known.map((asset_id) => ({ asset_id }))) };
  }
}

/** So many token ids. */
export function ids(count: number, from = 0): string[] {
  return Array.from({ length: count }, (_, i) => String(from + i));
}

/** Markets of two tokens each. */
export function markets(count: number): MarketTokens[] {
  return Array.from({ length: count }, (_, i) => ({
    market: `0x${i}`,
    tokenIds: [String(2 * i), String(2 * i + 1)],
  }));
}

/** Tokens of which nobody knows the market. */
export function singles(tokenIds: readonly string[]): MarketTokens[] {
  return tokenIds.map((tokenId) => ({ market: undefined, tokenIds: [tokenId] }));
}

/** The most of these times that lie within one second. */
export function mostInASecond(times: readonly number[]): number {
  const within = (ms: number) => times.filter((other) => other >= ms && other < ms + 1_000);
  return Math.max(0, ...times.map((ms) => within(ms).length));
}
