import type { Agenda } from "../agenda.ts";
import type { Transport } from "./transport.ts";

/** The venue closes a connection whose client does not read: so much may wait for it. */
const UNSENT_BYTES_MAX = 16 * 1024 * 1024;
/** A source that can wait stops at this much. */
const UNSENT_BYTES_FULL = 1024 * 1024;

/** The venue drops a connection without traffic after so long (docs/PROTOCOL.md). */
const IDLE_MS_MAX = 125_000;

export interface CloseFrame {
  readonly code: number;
  readonly reason: string;
}

export const SLOW_CONSUMER: CloseFrame = { code: 1013, reason: "slow consumer: send buffer full" };

export interface ClientSocketParts {
  /** Counted from 1 in the order of connection. */
  readonly number: number;
  readonly transport: Transport;
  readonly agenda: Agenda;
  /** Hears every text that is sent. */
  readonly onSent: (text: string) => void;
}

/** One client's connection: `send` is the only way for a text to leave the exchange. */
export class ClientSocket {
  readonly number: number;
  /** The client asked for custom features. */
  isCustom = false;
  readonly #transport: Transport;
  readonly #agenda: Agenda;
  readonly #onSent: (text: string) => void;
  #isOpen = true;
  #lastTrafficMs: number;
  #silentUntilMs = 0;

  constructor({ number, transport, agenda, onSent }: ClientSocketParts) {
    this.number = number;
    this.#transport = transport;
    this.#agenda = agenda;
    this.#onSent = onSent;
    this.#lastTrafficMs = agenda.nowMs;
    this.#watchIdle();
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Half open: nothing passes either way, not even the end of the connection. */
  get isSilent(): boolean {
    return this.#agenda.nowMs < this.#silentUntilMs;
  }

  /** True while a source that can wait should go on sending. */
  get hasRoom(): boolean {
    return this.#isOpen && this.#transport.unsentBytes < UNSENT_BYTES_FULL;
  }

  get unsentBytes(): number {
    return this.#isOpen ? this.#transport.unsentBytes : 0;
  }

  send(text: string): void {
    if (!this.#isOpen || this.isSilent) return;
    if (this.#transport.unsentBytes > UNSENT_BYTES_MAX) {
      this.close(SLOW_CONSUMER);
      return;
    }
    this.noteTraffic();
    this.#transport.send(text);
    this.#onSent(text);
  }

  close({ code, reason }: CloseFrame): void {
    this.#end(() => this.#transport.close(code, reason));
  }

  /** Cuts the connection without a close frame. */
  drop(): void {
    this.#end(() => this.#transport.drop());
  }

  /** The connection is gone, whoever ended it. */
  ended(): void {
    this.#isOpen = false;
  }

  /** The client spoke on a connection that ended in silence: now it is told. */
  reset(): void {
    if (!this.#isOpen && !this.isSilent) this.#transport.drop();
  }

  /** Begins a silence that the client is not told of. */
  fallSilent(untilMs: number): void {
    this.#silentUntilMs = Math.max(this.#silentUntilMs, untilMs);
  }

  /** Something went either way: the connection is not idle. */
  noteTraffic(): void {
    this.#lastTrafficMs = this.#agenda.nowMs;
  }

  #end(tell: () => void): void {
    if (!this.#isOpen) return;
    const isSilent = this.isSilent;
    this.#isOpen = false;
    if (!isSilent) tell();
  }

  #watchIdle(): void {
    this.#agenda.at(this.#lastTrafficMs + IDLE_MS_MAX, () => {
      if (!this.#isOpen) return;
      if (this.#agenda.nowMs - this.#lastTrafficMs >= IDLE_MS_MAX) this.drop();
      else this.#watchIdle();
    });
  }
}
