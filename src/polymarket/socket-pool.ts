import type { Clock, Timer } from "../ports/clock.ts";
import type { Dial } from "../ports/dial.ts";
import type { Http } from "../ports/http.ts";
import type { Random } from "../ports/random.ts";
import { tokensWithoutBook } from "./clob.ts";
import type { Endpoints } from "./endpoints.ts";
import type { MarketSocket } from "./market-socket.ts";
import { type MissingBook, MissingBooks } from "./missing-books.ts";
import { Openings } from "./openings.ts";
import { ReceiveStamps } from "./receive-stamps.ts";
import { Shard, type ShardParts } from "./shard.ts";
import { type MarketTokens, shareOut } from "./sharding.ts";

export const DEFAULT_TOKENS_PER_SOCKET = 200;
const LOOK_MS = 1_000;
/** While the books that a socket owes still come, however slowly, none of them is missing. */
const STILL_COMING_MS = 5_000;
const US_PER_MS = 1000;

/**
 * Why nothing was sure to come for some tokens: their connection ended; it stayed and nothing came
 * any more; it stayed and nothing came about them; their opening books did not come.
 */
export type InterruptionCause = "disconnect" | "stall" | "silent" | "no-snapshot";

/** Tokens may have missed something since `fromUs`, until their next book. */
export interface Interruption {
  readonly cause: InterruptionCause;
  readonly tokenIds: readonly string[];
  readonly fromUs: number;
  /** The number of the socket that they were on. */
  readonly socket: number;
  /** In words, for people. */
  readonly reason: string;
}

export interface SocketPoolEvents {
  /** A text; what it says of a token is to be taken only if the pool `takes` it. */
  message(text: string, receivedUs: number, socket: MarketSocket): void;
  /** A socket serves so many tokens; `lostUs`: since when they had none that was good for them. */
  served(socket: number, tokenIds: readonly string[], lostUs: number | undefined): void;
  interrupted(interruption: Interruption): void;
  /** A connection did not come about; another is tried. */
  unreachable(reason: string): void;
  /** Tokens that REST does not know either: said once of each. */
  unknown(tokenIds: readonly string[]): void;
  /** A socket was closed, and nothing more comes of its tokens: they are over. */
  settled(socket: number, tokenIds: readonly string[]): void;
  /** The numbers of the sockets that are open have changed. */
  sockets(numbers: readonly number[]): void;
  clockStepped(socket: number, fromUs: number, toUs: number): void;
}

export interface SocketPoolOptions {
  readonly endpoints: Endpoints;
  readonly dial: Dial;
  readonly http: Http;
  readonly clock: Clock;
  readonly random: Random;
  /** Tokens of one socket, at most. Defaults to 200. */
  readonly tokensPerSocket?: number | undefined;
  readonly events: SocketPoolEvents;
}

/**
 * All sockets of a recorder. Each token is owned by one of them, and is moved to another when its
 * book does not come or its socket falls silent. docs/ARCHITECTURE.md, "Sockets".
 */
export class SocketPool {
  readonly #options: SocketPoolOptions;
  readonly #tokensMax: number;
  readonly #shards = new Set<Shard>();
  readonly #shardOf = new Map<string, Shard>();
  readonly #owners = new Map<string, MarketSocket>();
  readonly #missing = new MissingBooks();
  /** Tokens that were said to be unknown. */
  readonly #unknown = new Set<string>();
  /** Tokens whose market is resolved, as their socket said. */
  readonly #resolved = new Set<string>();
  readonly #parts: ShardParts;
  #numbers = 0;
  #lookedMs = 0;
  #timer: Timer | undefined;
  #isStopped = false;

  constructor(options: SocketPoolOptions) {
    const { endpoints, tokensPerSocket = DEFAULT_TOKENS_PER_SOCKET, events } = options;
    this.#options = options;
    this.#tokensMax = tokensPerSocket;
    this.#parts = {
      ...options,
      url: endpoints.wsUrl,
      openings: new Openings(options),
      owners: this.#owners,
      stamps: new ReceiveStamps(),
      nextNumber: () => ++this.#numbers,
      events: {
        message: events.message,
        unreachable: events.unreachable,
        served: ({ tokenIds }, { socket, lostUs, awaited }) => {
          this.#expect(awaited);
          events.served(socket.number, [...tokenIds], lostUs);
        },
        lost: ({ number }, { cause, fromUs, reason }, tokenIds) => {
          for (const tokenId of tokenIds) this.#missing.forget(tokenId);
          this.#tell({ cause, tokenIds, fromUs, socket: number, reason });
        },
        closed: (shard, socket) => void this.#closed(shard, socket.number),
        changed: () => this.#changed(),
        clockStepped: ({ number }, fromUs, toUs) => events.clockStepped(number, fromUs, toUs),
      },
    };
  }

  start(): void {
    this.#timer = this.#options.clock.every(LOOK_MS, () => this.#look());
  }

  /** No event comes after this. */
  stop(): void {
    this.#isStopped = true;
    this.#timer?.stop();
    for (const shard of this.#shards) shard.stop();
  }

  /** Takes more markets, on sockets with room first; tokens that it has already are left. */
  add(markets: readonly MarketTokens[]): void {
    const seen = new Set(this.#shardOf.keys());
    const isNew = (tokenId: string) => !seen.has(tokenId) && seen.add(tokenId) !== undefined;
    const fresh = markets.map(({ market, tokenIds }) => ({
      market,
      tokenIds: tokenIds.filter(isNew),
    }));
    this.#place(fresh, [...this.#shards]);
  }

  /** Lets tokens go; a socket that is left with none is closed. */
  remove(tokenIds: readonly string[]): void {
    for (const [shard, own] of this.#byShard(tokenIds)) this.#takeFrom(shard, own);
    for (const tokenId of tokenIds) {
      this.#missing.forget(tokenId);
      this.#unknown.delete(tokenId);
      this.#resolved.delete(tokenId);
    }
  }

  /** Their socket said that their market is resolved: whatever becomes of it, nothing is lost. */
  resolved(tokenIds: readonly string[]): void {
    for (const tokenId of tokenIds) this.#resolved.add(tokenId);
  }

  /** Has the venue send a token's book anew, on its socket; should none come, on another one. */
  refetch(tokenId: string): void {
    const owner = this.#owners.get(tokenId);
    if (owner === undefined || !owner.isOpen) return;
    owner.refetch([tokenId]);
    this.#expect([tokenId]);
  }

  /** To be called with each book, before `takes`: with it a token may pass to the socket. */
  booked(socket: MarketSocket, tokenId: string): void {
    const shard = this.#shardOf.get(tokenId);
    shard?.booked(socket, tokenId);
    if (this.#owners.get(tokenId) !== socket || !this.#missing.forget(tokenId)) return;
    shard!.awaitedBookMs = this.#options.clock.monotonicMs();
  }

  /** Whether the socket owns the token: then what its last text says of it is to be taken. */
  takes(socket: MarketSocket, tokenId: string): boolean {
    if (this.#owners.get(tokenId) !== socket) return false;
    socket.hearTokens();
    return true;
  }

  #changed(): void {
    if (this.#isStopped) return;
    const open = [...this.#shards].flatMap(({ openSockets }) => openSockets);
    this.#options.events.sockets(open.map(({ number }) => number));
  }

  /** Puts markets on shards with room, and on new ones. */
  #place(markets: readonly MarketTokens[], shards: readonly Shard[]): void {
    const rooms = shards.map(({ tokenIds }) => Math.max(0, this.#tokensMax - tokenIds.size));
    for (const [i, tokenIds] of shareOut(markets, rooms, this.#tokensMax).entries()) {
      if (tokenIds.length === 0) continue;
      const shard = shards[i] ?? new Shard(this.#parts);
      this.#shards.add(shard);
      for (const tokenId of tokenIds) this.#shardOf.set(tokenId, shard);
      shard.add(tokenIds);
      // Otherwise they are expected when it opens.
      if (shard.socket !== undefined) this.#expect(tokenIds);
    }
  }

  #expect(tokenIds: readonly string[]): void {
    const { clock } = this.#options;
    const awaited = tokenIds.filter((tokenId) => !this.#resolved.has(tokenId));
    this.#missing.expect(awaited, clock.monotonicMs(), clock.nowUs());
  }

  #takeFrom(shard: Shard, tokenIds: readonly string[]): void {
    shard.remove(tokenIds);
    for (const tokenId of tokenIds) this.#shardOf.delete(tokenId);
    if (shard.tokenIds.size > 0) return;
    this.#shards.delete(shard);
    shard.stop();
    this.#changed();
  }

  /**
   * The venue closes a socket when all of its tokens have settled, announced or not. What REST still
   * has a book of, or what never had one, has not.
   */
  async #closed(shard: Shard, socket: number): Promise<void> {
    const { http, endpoints, events } = this.#options;
    const asked = [...shard.tokenIds].filter((tokenId) => !this.#resolved.has(tokenId));
    const without = await tokensWithoutBook(http, endpoints.clobUrl, asked);
    if (this.#isStopped || !this.#shards.has(shard)) return;
    const settled = [...shard.tokenIds].filter(
      (tokenId) =>
        this.#resolved.has(tokenId) || (without.has(tokenId) && !this.#missing.has(tokenId)),
    );
    if (settled.length > 0) {
      this.remove(settled);
      events.settled(socket, settled);
    }
    if (shard.tokenIds.size > 0) shard.goOn();
  }

  #byShard(tokenIds: readonly string[]): Map<Shard, string[]> {
    const groups = new Map<Shard, string[]>();
    for (const tokenId of tokenIds) {
      const shard = this.#shardOf.get(tokenId);
      if (shard === undefined) continue;
      const group = groups.get(shard);
      if (group === undefined) groups.set(shard, [tokenId]);
      else group.push(tokenId);
    }
    return groups;
  }

  #look(): void {
    const nowMs = this.#options.clock.monotonicMs();
    for (const shard of this.#shards) this.#lookForSilence(shard, nowMs);
    this.#lookedMs = nowMs;
    const missing = this.#missing.overdue(nowMs, (tokenId) => {
      const shard = this.#shardOf.get(tokenId);
      return shard === undefined || nowMs - shard.awaitedBookMs >= STILL_COMING_MS;
    });
    if (missing.length > 0) void this.#lookAfterMissing(missing);
  }

  /** A socket can answer every PING, and say nothing any more of its tokens. */
  #lookForSilence(shard: Shard, nowMs: number): void {
    const { socket, rhythm } = shard;
    if (socket === undefined || shard.isBeingReplaced) return;
    const silentMs = nowMs - socket.tokensHeardMs;
    rhythm.look(socket.tokensHeardMs >= this.#lookedMs);
    if (silentMs < rhythm.patienceMs(LOOK_MS)) return;
    rhythm.doubt();
    const fromUs = this.#options.clock.nowUs() - Math.round(silentMs * US_PER_MS);
    const reason = `nothing of its tokens for ${Math.round(silentMs / 1000)} s`;
    this.#interrupt("silent", [...shard.tokenIds], { fromUs, socket, reason });
    shard.replace(fromUs);
  }

  /** Tokens that REST does not know need no other socket. */
  async #lookAfterMissing(missing: readonly MissingBook[]): Promise<void> {
    const { http, endpoints, events } = this.#options;
    this.#tellMissing(missing.filter(({ isNew }) => isNew));
    const asked = missing.map(({ tokenId }) => tokenId);
    const without = await tokensWithoutBook(http, endpoints.clobUrl, asked);
    if (this.#isStopped) return;
    const still = asked.filter((tokenId) => this.#missing.has(tokenId));
    const news = still.filter((tokenId) => without.has(tokenId) && !this.#unknown.has(tokenId));
    for (const tokenId of news) this.#unknown.add(tokenId);
    if (news.length > 0) events.unknown(news);
    this.#redrive(still.filter((tokenId) => !without.has(tokenId)));
  }

  #tellMissing(missing: readonly MissingBook[]): void {
    const since = new Map(missing.map(({ tokenId, sinceUs }) => [tokenId, sinceUs]));
    for (const [shard, tokenIds] of this.#byShard([...since.keys()])) {
      const { socket } = shard;
      const fromUs = Math.min(...tokenIds.map((tokenId) => since.get(tokenId)!));
      const reason = `${tokenIds.length} opening books have not come`;
      if (socket !== undefined)
        this.#interrupt("no-snapshot", tokenIds, { fromUs, socket, reason });
    }
  }

  /** Asks for books on another socket: a socket that lacks most of them is replaced. */
  #redrive(tokenIds: readonly string[]): void {
    for (const [shard, missing] of this.#byShard(tokenIds)) {
      if (missing.length > shard.tokenIds.size / 2) {
        shard.replace(this.#options.clock.nowUs());
        continue;
      }
      this.#takeFrom(shard, missing);
      const others = [...this.#shards].filter((other) => other !== shard);
      this.#place(
        missing.map((tokenId) => ({ market: undefined, tokenIds: [tokenId] })),
        others,
      );
    }
  }

  #interrupt(
    cause: InterruptionCause,
    tokenIds: readonly string[],
    { fromUs, socket, reason }: { fromUs: number; socket: MarketSocket; reason: string },
  ): void {
    this.#tell({ cause, tokenIds, fromUs, socket: socket.number, reason });
  }

  /** Of what is resolved nothing can be missed any more. */
  #tell(interruption: Interruption): void {
    const tokenIds = interruption.tokenIds.filter((tokenId) => !this.#resolved.has(tokenId));
    if (tokenIds.length > 0) this.#options.events.interrupted({ ...interruption, tokenIds });
  }
}
