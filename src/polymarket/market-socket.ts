import type { Clock, Timer } from "../ports/clock.ts";
import type { Dial, Socket } from "../ports/dial.ts";
import type { Random } from "../ports/random.ts";
import { PING, type Subscription, type SubscriptionChange } from "./messages.ts";

/** Tokens in one subscribe text: the venue closes sockets that send thousands at once. */
const SUBSCRIBE_CHUNK = 100;
const CONNECT_TIMEOUT_MS = 10_000;
/** The venue drops a socket without traffic after 125 s; its documents ask for 10 s. */
const PING_MS = 10_000;
/** Longest silence. PONG counts: on a quiet market it is all that comes, and it queues behind
 * data, 9.5 s have been seen. */
const SILENCE_MAX_MS = 30_000;
const BACKOFF_MIN_MS = 250;
const BACKOFF_MAX_MS = 30_000;
/** A connection that lived so long is forgiven the failures before it. */
const STABLE_MS = 10_000;
/** A wall clock this far behind the last stamp was set back; less is a tie or slewing. */
const CLOCK_STEP_US = 1000;

export interface MarketSocketEvents {
  /** `receivedUs` strictly increases under one socket number. */
  message(text: string, receivedUs: number, socket: number): void;
  subscribed(socket: number): void;
  /** `cause` says how it ended; a new connection is on its way. */
  disconnected(socket: number, cause: string): void;
  /** The wall clock was set back; what follows has a new socket number. */
  clockStepped(socket: number, fromUs: number, toUs: number): void;
}

export interface MarketSocketOptions {
  readonly url: string;
  readonly tokenIds: readonly string[];
  readonly dial: Dial;
  readonly clock: Clock;
  readonly random: Random;
  readonly events: MarketSocketEvents;
}

/**
 * One market-channel socket, kept alive: it subscribes, pings, watches for silence, and connects
 * again with growing, jittered pauses until it is stopped. docs/PROTOCOL.md, "Connection".
 */
export class MarketSocket {
  readonly #options: MarketSocketOptions;
  #socket: Socket | undefined;
  /** Numbers connections and epochs of the clock, from 1. */
  #number = 0;
  #timers: Timer[] = [];
  #retry: Timer | undefined;
  #failures = 0;
  #lastUs = 0;
  #lastTrafficMs = 0;
  #openedMs = 0;
  /** Why this side ended the connection, if it did. */
  #terminated = "";
  #stopped = false;

  constructor(options: MarketSocketOptions) {
    this.#options = options;
  }

  start(): void {
    const { dial, url, clock } = this.#options;
    this.#number++;
    this.#lastUs = 0;
    this.#terminated = "";
    const connectTimer = clock.after(CONNECT_TIMEOUT_MS, () => this.#terminate("connect timeout"));
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

  /** No event comes after this. */
  stop(): void {
    this.#stopped = true;
    this.#retry?.stop();
    this.#stopTimers();
    this.#socket?.terminate();
  }

  /** Has the venue send fresh books of some of its tokens; a connection to come does so anyway. */
  refetch(tokenIds: readonly string[]): void {
    // A subscription of tokens that the socket has already brings none.
    for (const operation of ["unsubscribe", "subscribe"] as const) {
      const change: SubscriptionChange = {
        operation,
        assets_ids: [...tokenIds],
        ...(operation === "subscribe" && { custom_feature_enabled: true }),
      };
      this.#socket?.send(JSON.stringify(change));
    }
  }

  #opened(): void {
    if (this.#stopped) return;
    const { clock, tokenIds, events } = this.#options;
    this.#lastTrafficMs = clock.monotonicMs();
    this.#openedMs = this.#lastTrafficMs;
    this.#timers.push(clock.every(PING_MS, () => this.#keepAlive()));
    const chunk = (from: number) => tokenIds.slice(from, from + SUBSCRIBE_CHUNK);
    const first: Subscription = {
      assets_ids: chunk(0),
      type: "market",
      custom_feature_enabled: true,
      initial_dump: true,
    };
    this.#socket?.send(JSON.stringify(first));
    for (let from = SUBSCRIBE_CHUNK; from < tokenIds.length; from += SUBSCRIBE_CHUNK) {
      const more: SubscriptionChange = {
        operation: "subscribe",
        assets_ids: chunk(from),
        custom_feature_enabled: true,
      };
      this.#socket?.send(JSON.stringify(more));
    }
    events.subscribed(this.#number);
  }

  #message(text: string): void {
    const { clock, events } = this.#options;
    let receivedUs = clock.nowUs();
    if (this.#stopped) return;
    this.#lastTrafficMs = clock.monotonicMs();
    if (this.#lastTrafficMs - this.#openedMs >= STABLE_MS) this.#failures = 0;
    if (receivedUs <= this.#lastUs) {
      if (this.#lastUs - receivedUs > CLOCK_STEP_US) {
        this.#number++;
        events.clockStepped(this.#number, this.#lastUs, receivedUs);
      } else {
        receivedUs = this.#lastUs + 1;
      }
    }
    this.#lastUs = receivedUs;
    events.message(text, receivedUs, this.#number);
  }

  #keepAlive(): void {
    const silentMs = this.#options.clock.monotonicMs() - this.#lastTrafficMs;
    if (silentMs >= SILENCE_MAX_MS) this.#terminate(`silent for ${Math.round(silentMs / 1000)} s`);
    else this.#socket?.send(PING);
  }

  /** `close` would wait half a minute for a peer that is gone. */
  #terminate(cause: string): void {
    this.#terminated = cause;
    this.#socket?.terminate();
  }

  #closed(code: number, reason: string): void {
    this.#stopTimers();
    this.#socket = undefined;
    if (this.#stopped) return;
    const { clock, random, events } = this.#options;
    const cause = this.#terminated || `closed with ${code}${reason === "" ? "" : ` ${reason}`}`;
    events.disconnected(this.#number, cause);
    const ceiling = Math.min(BACKOFF_MAX_MS, BACKOFF_MIN_MS * 2 ** this.#failures);
    this.#failures++;
    const pause = ceiling / 2 + (random() * ceiling) / 2;
    this.#retry = clock.after(pause, () => this.start());
  }

  #stopTimers(): void {
    for (const timer of this.#timers) timer.stop();
    this.#timers = [];
  }
}
