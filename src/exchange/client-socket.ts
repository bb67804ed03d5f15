import type { Clock } from "../ports/clock.ts";
import type { SentLog } from "./sent-log.ts";

/** What the exchange needs of a WebSocket connection; Bun's `ServerWebSocket` is one. */
export interface Transport {
  readonly readyState: number;
  send(text: string): number;
  getBufferedAmount(): number;
  close(code: number, reason: string): void;
}

const OPEN = 1;

/** The venue closes a connection whose client does not read: so much may wait for it. */
const UNSENT_BYTES_MAX = 16 * 1024 * 1024;
/** A source that can wait stops at this much. */
const UNSENT_BYTES_FULL = 1024 * 1024;

const SLOW_CONSUMER = { code: 1013, reason: "slow consumer: send buffer full" };

/** One client's connection. Every text to a client goes through `send`, which logs it. */
export class ClientSocket {
  /** Counted from 1 in the order of connection. */
  readonly number: number;
  readonly #transport: Transport;
  readonly #clock: Clock;
  readonly #log: SentLog | undefined;

  constructor(number: number, transport: Transport, clock: Clock, log: SentLog | undefined) {
    this.number = number;
    this.#transport = transport;
    this.#clock = clock;
    this.#log = log;
  }

  /** True while a source that can wait should go on sending. */
  get hasRoom(): boolean {
    return this.isOpen && this.unsentBytes < UNSENT_BYTES_FULL;
  }

  get isOpen(): boolean {
    return this.#transport.readyState === OPEN;
  }

  get unsentBytes(): number {
    return this.#transport.getBufferedAmount();
  }

  send(text: string): void {
    if (!this.isOpen) {
      return;
    }
    if (this.unsentBytes > UNSENT_BYTES_MAX) {
      this.close(SLOW_CONSUMER.code, SLOW_CONSUMER.reason);
      return;
    }
    this.#transport.send(text);
    this.#log?.record(this.#clock.nowUs(), this.number, text);
  }

  close(code: number, reason: string): void {
    this.#transport.close(code, reason);
  }
}
