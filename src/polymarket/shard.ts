import type { Clock, Timer } from "../ports/clock.ts";
import type { Random } from "../ports/random.ts";
import { Backoff } from "./backoff.ts";
import { DataRhythm } from "./data-rhythm.ts";
import { MarketSocket, type SocketEnd, type SocketSurroundings } from "./market-socket.ts";
import { BOOK_DEADLINE_MS } from "./missing-books.ts";

const RECONNECT_PAUSE = { minMs: 250, maxMs: 30_000 };
/** A connection that lived so long is forgiven the failures before it. */
const STABLE_MS = 10_000;
/** What is wrong with the first text now is wrong with the next one too. */
const POLICY_VIOLATION = 1008;
/** The venue closes a connection so when all of its tokens have settled. */
const NORMAL_CLOSURE = 1000;

export interface ShardEvents {
  message(text: string, receivedUs: number, socket: MarketSocket): void;
  /** A socket serves the shard's tokens. */
  served(shard: Shard, service: Service): void;
  /** These tokens' socket ended, and another is on its way. */
  lost(socket: MarketSocket, end: SocketEnd, tokenIds: readonly string[]): void;
  /** Its socket ended, perhaps for good: it waits for `goOn`, or to lose its tokens. */
  closed(shard: Shard, socket: MarketSocket): void;
  /** A connection did not come about; another is tried. */
  unreachable(reason: string): void;
  /** The sockets that are open, or their numbers, are others than before. */
  changed(): void;
  clockStepped(socket: MarketSocket, fromUs: number, toUs: number): void;
}

/** What begins when a socket is there for the tokens of a shard. */
export interface Service {
  readonly socket: MarketSocket;
  /** Since when none was; `undefined` for the first. */
  readonly lostUs: number | undefined;
  /** Tokens whose opening books are still to come. */
  readonly awaited: readonly string[];
}

export interface ShardParts extends SocketSurroundings {
  readonly clock: Clock;
  readonly random: Random;
  /** The socket that each token's entries are taken from: the shard keeps those of its tokens. */
  readonly owners: Map<string, MarketSocket>;
  readonly events: ShardEvents;
}

/**
 * Tokens that share a socket. It is opened again when it ends, and can be replaced by a successor
 * that subscribes them too: each token passes to it with its opening book, and the old socket is
 * let go when all have passed.
 */
export class Shard {
  readonly tokenIds = new Set<string>();
  /** How often its tokens are heard of. */
  readonly rhythm = new DataRhythm();
  /** When a book came last that was waited for; monotonic milliseconds. */
  awaitedBookMs = Number.NEGATIVE_INFINITY;
  readonly #parts: ShardParts;
  readonly #backoff: Backoff;
  #socket: MarketSocket | undefined;
  #successor: MarketSocket | undefined;
  #retry: Timer | undefined;
  #succession: Timer | undefined;
  /** Since when its tokens have no socket that is good for them. */
  #lostUs: number | undefined;
  /** Goes on after a closure that may have been for good. */
  #resume: (() => void) | undefined;

  constructor(parts: ShardParts) {
    this.#parts = parts;
    this.#backoff = new Backoff(parts.random, RECONNECT_PAUSE);
  }

  /** The one that its tokens are on, if it is open. */
  get socket(): MarketSocket | undefined {
    return this.#socket?.isOpen ? this.#socket : undefined;
  }

  get openSockets(): MarketSocket[] {
    return this.#sockets.filter(({ isOpen }) => isOpen);
  }

  get isBeingReplaced(): boolean {
    return this.#successor !== undefined;
  }

  add(tokenIds: readonly string[]): void {
    for (const tokenId of tokenIds) this.tokenIds.add(tokenId);
    if (this.#socket !== undefined) this.#own(this.#socket, tokenIds);
    for (const socket of this.#sockets) socket.subscribe(tokenIds);
    const isWaiting = this.#retry !== undefined || this.#resume !== undefined;
    if (this.#socket === undefined && !isWaiting) this.#connect();
  }

  remove(tokenIds: readonly string[]): void {
    for (const tokenId of tokenIds) {
      this.tokenIds.delete(tokenId);
      this.#parts.owners.delete(tokenId);
    }
    for (const socket of this.#sockets) socket.unsubscribe(tokenIds);
  }

  /** What it still has after a closure has not settled: it needs a socket again. */
  goOn(): void {
    this.#resume?.();
  }

  /** Opens a successor of its open socket, which is good for nothing since `fromUs`. */
  replace(fromUs: number): void {
    if (this.socket === undefined || this.isBeingReplaced) return;
    this.#lostUs ??= fromUs;
    this.#successor = this.#open();
  }

  /** A book of one of its tokens came on the socket: if that is the successor, the token passes. */
  booked(socket: MarketSocket, tokenId: string): void {
    if (socket !== this.#successor) return;
    this.#parts.owners.set(tokenId, socket);
    for (const id of this.tokenIds) if (!this.#isOwned(id, socket)) return;
    this.#takeOver();
  }

  stop(): void {
    this.#retry?.stop();
    this.#succession?.stop();
    for (const socket of this.#sockets) socket.stop();
    this.remove([...this.tokenIds]);
  }

  get #sockets(): MarketSocket[] {
    return [this.#socket, this.#successor].filter((socket) => socket !== undefined);
  }

  #connect(): void {
    this.#retry = undefined;
    this.#socket = this.#open();
    this.#own(this.#socket, this.tokenIds);
  }

  #own(socket: MarketSocket, tokenIds: Iterable<string>): void {
    for (const tokenId of tokenIds) this.#parts.owners.set(tokenId, socket);
  }

  #open(): MarketSocket {
    const { events } = this.#parts;
    return new MarketSocket(this.#parts, this, this.tokenIds, {
      opened: (socket) => this.#opened(socket),
      message: events.message,
      clockStepped(socket, fromUs, toUs) {
        events.clockStepped(socket, fromUs, toUs);
        events.changed();
      },
      ended: (socket, end) => this.#ended(socket, end),
    });
  }

  #opened(socket: MarketSocket): void {
    const { clock, events } = this.#parts;
    events.changed();
    if (socket !== this.#successor) this.#serve([...this.tokenIds]);
    else this.#succession = clock.after(BOOK_DEADLINE_MS, () => this.#endSuccession());
  }

  #serve(awaited: readonly string[]): void {
    const lostUs = this.#lostUs;
    this.#lostUs = undefined;
    this.#parts.events.served(this, { socket: this.#socket!, lostUs, awaited });
  }

  #isOwned(tokenId: string, socket: MarketSocket): boolean {
    return this.#parts.owners.get(tokenId) === socket;
  }

  /** Its time is up: a successor that brought any book is the better socket, one without is none. */
  #endSuccession(): void {
    const successor = this.#successor!;
    if ([...this.tokenIds].some((tokenId) => this.#isOwned(tokenId, successor))) {
      this.#takeOver();
      return;
    }
    this.#successor = undefined;
    this.#lostUs = undefined;
    successor.stop();
    this.#parts.events.changed();
  }

  /** The successor is the socket of all tokens, whatever has passed to it so far. */
  #takeOver(): void {
    const old = this.#socket;
    const successor = this.#successor!;
    const awaited = [...this.tokenIds].filter((tokenId) => !this.#isOwned(tokenId, successor));
    this.#succession?.stop();
    this.#socket = successor;
    this.#successor = undefined;
    this.#own(successor, awaited);
    old?.stop();
    this.#parts.events.changed();
    if (successor.isOpen) this.#serve(awaited);
  }

  #ended(socket: MarketSocket, end: SocketEnd): void {
    const { events } = this.#parts;
    const lost = [...this.tokenIds].filter((tokenId) => this.#isOwned(tokenId, socket));
    if (socket === this.#successor) {
      this.#succession?.stop();
      this.#successor = undefined;
      if (lost.length === 0) {
        this.#lostUs = undefined;
        events.changed();
        return;
      }
      // What had passed to it went on without the old socket: that one is no way back.
      this.#socket?.stop();
      lost.splice(0, lost.length, ...this.tokenIds);
    }
    this.#socket = undefined;
    if (end.code === NORMAL_CLOSURE && this.#successor === undefined) {
      this.#resume = () => this.#lose(socket, end, lost);
      events.closed(this, socket);
    } else this.#lose(socket, end, lost);
    events.changed();
  }

  #lose(socket: MarketSocket, end: SocketEnd, tokenIds: readonly string[]): void {
    const { events } = this.#parts;
    this.#resume = undefined;
    if (end.livedMs === undefined) events.unreachable(end.reason);
    else {
      const lost = tokenIds.filter((tokenId) => this.tokenIds.has(tokenId));
      this.#lostUs ??= end.fromUs;
      events.lost(socket, end, lost);
    }
    if (this.#successor !== undefined) this.#takeOver();
    else this.#connectLater(end);
  }

  #connectLater({ livedMs = 0, code }: SocketEnd): void {
    if (livedMs >= STABLE_MS) this.#backoff.reset();
    if (code === POLICY_VIOLATION) this.#backoff.exhaust();
    this.#retry = this.#parts.clock.after(this.#backoff.next(), () => this.#connect());
  }
}
