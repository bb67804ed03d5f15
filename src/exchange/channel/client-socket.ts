import type { Random } from "../../ports/random.ts";
import type { Agenda } from "../agenda.ts";
import type { Transport } from "./transport.ts";

/** The venue closes a connection whose client does not read: so much may wait for it. */
const UNSENT_BYTES_MAX = 16 * 1024 * 1024;
/** A source that can wait stops at this much. */
const UNSENT_BYTES_FULL = 1024 * 1024;

/** The venue drops a connection without traffic after so long (docs/PROTOCOL.md). */
const IDLE_MS_MAX = 125_000;

export const SLOW_CONSUMER = { code: 1013, reason: "slow consumer: send buffer full" };

export interface ClientSocketParts {
  /** Counted from 1 in the order of connection. */
  readonly number: number;
  readonly transport: Transport;
  readonly agenda: Agenda;
  /** Of its own, so that a socket's delays do not depend on other sockets. */
  readonly random: Random;
  /** Hears every text that is sent. */
  readonly onSent: (text: string) => void;
}

/** One client's connection: `send` is the only way for a text to leave the exchange. */
export class ClientSocket {
  readonly number: number;
  readonly random: Random;
  /** The client asked for custom features. */
  isCustom = false;
  readonly #transport: Transport;
  readonly #agenda: Agenda;
  readonly #onSent: (text: string) => void;
  #isOpen = true;
  #lastTrafficMs: number;

  constructor({ number, transport, agenda, random, onSent }: ClientSocketParts) {
    this.number = number;
    this.random = random;
    this.#transport = transport;
    this.#agenda = agenda;
    this.#onSent = onSent;
    this.#lastTrafficMs = agenda.nowMs;
    this.#watchIdle();
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** True while a source that can wait should go on sending. */
  get hasRoom(): boolean {
    return this.#isOpen && this.#transport.unsentBytes < UNSENT_BYTES_FULL;
  }

  get unsentBytes(): number {
    return this.#isOpen ? this.#transport.unsentBytes : 0;
  }

  send(text: string): void {
    if (!this.#isOpen) return;
    if (this.#transport.unsentBytes > UNSENT_BYTES_MAX) {
      this.close(SLOW_CONSUMER);
      return;
    }
    this.noteTraffic();
    this.#transport.send(text);
    this.#onSent(text);
  }

  close({ code, reason }: { readonly code: number; readonly reason: string }): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#transport.close(code, reason);
  }

  /** Cuts the connection without a close frame. */
  drop(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#transport.drop();
  }

  /** The connection is gone, whoever ended it. */
  ended(): void {
    this.#isOpen = false;
  }

  /** Something went either way: the connection is not idle. */
  noteTraffic(): void {
    this.#lastTrafficMs = this.#agenda.nowMs;
  }

  #watchIdle(): void {
    this.#agenda.at(this.#lastTrafficMs + IDLE_MS_MAX, () => {
      if (!this.#isOpen) return;
      if (this.#agenda.nowMs - this.#lastTrafficMs >= IDLE_MS_MAX) this.drop();
      else this.#watchIdle();
    });
  }
}
