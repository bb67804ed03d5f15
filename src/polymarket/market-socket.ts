import type { Clock, Timer } from "../ports/clock.ts";
import type { Dial, Socket } from "../ports/dial.ts";
import { PING, type Subscription, type SubscriptionChange } from "./messages.ts";
import type { Opening, Openings } from "./openings.ts";
import type { ReceiveStamps } from "./receive-stamps.ts";

/** Tokens in one subscribe text: the venue closes sockets that send thousands at once. */
export const SUBSCRIBE_CHUNK = 100;
const CHUNK_PAUSE_MS = 50;
const CONNECT_TIMEOUT_MS = 10_000;
/** The venue drops a socket without traffic after 125 s; its documents ask for 10 s. */
const PING_MS = 10_000;
/** Longest silence. PONG counts: on a quiet market it is all that comes, and it queues behind
 * data, 9.5 s have been seen. */
const SILENCE_MAX_MS = 30_000;

/** How a connection ended. */
export interface SocketEnd {
  /** `stall`: it stayed open, and nothing came any more. */
  readonly cause: "disconnect" | "stall";
  /** In words, for people. */
  readonly reason: string;
  /** The close code; 1006 without a close frame. */
  readonly code: number;
  /** Since when something may be missed: the last text, or the opening. */
  readonly fromUs: number;
  /** How long it was open and heard of, milliseconds; `undefined` if it never opened. */
  readonly livedMs: number | undefined;
}

export interface MarketSocketEvents {
  /** Its first subscription is sent. */
  opened(socket: MarketSocket): void;
  /** `receivedUs` strictly increases under one socket number, and from socket to socket. */
  message(text: string, receivedUs: number, socket: MarketSocket): void;
  /** It ended without being asked to. Nothing comes after. */
  ended(socket: MarketSocket, end: SocketEnd): void;
  /** The wall clock was set back; what follows has a new socket number. */
  clockStepped(socket: MarketSocket, fromUs: number, toUs: number): void;
}

/** What all sockets of a pool have in common. */
export interface SocketSurroundings {
  readonly url: string;
  readonly dial: Dial;
  readonly clock: Clock;
  readonly openings: Openings;
  readonly stamps: ReceiveStamps;
  /** Numbers connections and epochs of the clock. */
  nextNumber(): number;
}

/**
 * One connection to the market channel: it waits for its turn, subscribes, pings, watches for
 * silence, and ends once. docs/PROTOCOL.md, "Connection".
 */
export class MarketSocket {
  readonly #surroundings: SocketSurroundings;
  readonly #events: MarketSocketEvents;
  readonly #opening: Opening;
  #number = 0;
  #socket: Socket | undefined;
  #isOpen = false;
  #isOver = false;
  #isAnswered = false;
  /** To be subscribed, a chunk at a time. */
  #waiting: string[];
  #hasSubscribed = false;
  #pacing: Timer | undefined;
  #timers: Timer[] = [];
  #lastUs = 0;
  #lastTrafficMs = 0;
  #openedUs = 0;
  #openedMs = 0;
  #tokensHeardMs = 0;
  /** Why this side ended the connection, if it did. */
  #terminated: Pick<SocketEnd, "cause" | "reason"> | undefined;

  /** `owner` is on whose behalf it is opened. */
  constructor(
    surroundings: SocketSurroundings,
    owner: object,
    tokenIds: Iterable<string>,
    events: MarketSocketEvents,
  ) {
    this.#surroundings = surroundings;
    this.#waiting = [...tokenIds];
    this.#events = events;
    this.#opening = surroundings.openings.request(owner, () => this.#dial());
  }

  /** Of the connection, or of its present epoch; 0 until it is its turn. */
  get number(): number {
    return this.#number;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** When one of its tokens was heard of last, or it was opened; monotonic milliseconds. */
  get tokensHeardMs(): number {
    return this.#tokensHeardMs;
  }

  /** The last text was about one of its tokens. */
  hearTokens(): void {
    this.#tokensHeardMs = this.#lastTrafficMs;
  }

  /** Subscribes more tokens, at once or when it is open. */
  subscribe(tokenIds: readonly string[]): void {
    this.#waiting.push(...tokenIds);
    if (this.#isOpen && this.#pacing === undefined) this.#subscribeChunk();
  }

  unsubscribe(tokenIds: readonly string[]): void {
    const gone = new Set(tokenIds);
    const unsent = new Set(this.#waiting.filter((tokenId) => gone.has(tokenId)));
    this.#waiting = this.#waiting.filter((tokenId) => !gone.has(tokenId));
    const sent = tokenIds.filter((tokenId) => !unsent.has(tokenId));
    if (!this.#isOpen) return;
    for (let from = 0; from < sent.length; from += SUBSCRIBE_CHUNK) {
      const assets_ids = sent.slice(from, from + SUBSCRIBE_CHUNK);
      this.#send({ operation: "unsubscribe", assets_ids });
    }
  }

  /** Has the venue send fresh books of some of its tokens. */
  refetch(tokenIds: readonly string[]): void {
    // A subscription of tokens that the socket has already brings none.
    this.unsubscribe(tokenIds);
    this.subscribe(tokenIds);
  }

  /** No event comes after this. */
  stop(): void {
    if (this.#isOver) return;
    this.#over();
    this.#opening.withdrawn();
    this.#socket?.terminate();
  }

  #dial(): void {
    const { dial, url, clock, nextNumber } = this.#surroundings;
    this.#number = nextNumber();
    const connectTimer = clock.after(CONNECT_TIMEOUT_MS, () =>
      this.#terminate({ cause: "disconnect", reason: "connect timeout" }),
    );
    this.#timers.push(connectTimer);
    this.#socket = dial(url, {
      opened: () => {
        connectTimer.stop();
        this.#opened();
      },
      message: (text) => this.#message(text),
      closed: (code, reason) => this.#closed(code, reason),
    });
  }

  #opened(): void {
    if (this.#isOver) return;
    const { clock } = this.#surroundings;
    this.#isOpen = true;
    this.#openedUs = clock.nowUs();
    this.#openedMs = clock.monotonicMs();
    this.#lastTrafficMs = this.#openedMs;
    this.#tokensHeardMs = this.#openedMs;
    this.#timers.push(clock.every(PING_MS, () => this.#keepAlive()));
    this.#subscribeChunk();
    this.#events.opened(this);
  }

  /** The first text is of another form, and must come before any other. */
  #subscribeChunk(): void {
    this.#pacing = undefined;
    const assets_ids = this.#waiting.splice(0, SUBSCRIBE_CHUNK);
    if (!this.#hasSubscribed) {
      this.#hasSubscribed = true;
      this.#send({ assets_ids, type: "market", custom_feature_enabled: true, initial_dump: true });
    } else if (assets_ids.length > 0) {
      this.#send({ operation: "subscribe", assets_ids, custom_feature_enabled: true });
    }
    if (assets_ids.length === 0) return;
    const { clock } = this.#surroundings;
    this.#pacing = clock.after(CHUNK_PAUSE_MS, () => this.#subscribeChunk());
  }

  #send(text: Subscription | SubscriptionChange): void {
    this.#socket?.send(JSON.stringify(text));
  }

  #message(text: string): void {
    const { clock, stamps } = this.#surroundings;
    const nowUs = clock.nowUs();
    if (this.#isOver) return;
    const receivedUs = stamps.next(nowUs);
    this.#lastTrafficMs = clock.monotonicMs();
    if (!this.#isAnswered) {
      this.#isAnswered = true;
      this.#opening.succeeded();
    }
    if (receivedUs <= this.#lastUs) {
      this.#number = this.#surroundings.nextNumber();
      this.#events.clockStepped(this, this.#lastUs, receivedUs);
    }
    this.#lastUs = receivedUs;
    this.#events.message(text, receivedUs, this);
  }

  #keepAlive(): void {
    const silentMs = this.#surroundings.clock.monotonicMs() - this.#lastTrafficMs;
    if (silentMs < SILENCE_MAX_MS) this.#socket?.send(PING);
    else {
      const reason = `silent for ${Math.round(silentMs / 1000)} s`;
      this.#terminate({ cause: "stall", reason });
    }
  }

  /** `close` would wait half a minute for a peer that is gone. */
  #terminate(why: Pick<SocketEnd, "cause" | "reason">): void {
    this.#terminated = why;
    this.#socket?.terminate();
  }

  #closed(code: number, reason: string): void {
    if (this.#isOver) return;
    const wasOpen = this.#isOpen;
    this.#over();
    if (!this.#isAnswered) this.#opening.failed();
    const closed = `closed with ${code}${reason === "" ? "" : ` ${reason}`}`;
    const { cause, reason: why } = this.#terminated ?? { cause: "disconnect", reason: closed };
    this.#events.ended(this, {
      cause,
      reason: why,
      code,
      fromUs: this.#lastUs || this.#openedUs,
      livedMs: wasOpen ? this.#lastTrafficMs - this.#openedMs : undefined,
    });
  }

  #over(): void {
    this.#isOver = true;
    this.#isOpen = false;
    this.#pacing?.stop();
    for (const timer of this.#timers) timer.stop();
  }
}
