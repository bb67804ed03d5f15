import type { WirePriceChange } from "../../polymarket/messages.ts";
import type { Random } from "../../ports/random.ts";
import type { Agenda } from "../agenda.ts";
import { type FaultKind, faultsOn } from "../faults/fault-kinds.ts";
import type { FaultSpec } from "../faults/fault-spec.ts";
import type { Faults } from "../faults/faults.ts";
import { logNormal } from "../market/normal.ts";
import { type ClientSocket, SLOW_CONSUMER } from "./client-socket.ts";
import type { SocketTroubles } from "./socket-troubles.ts";

/** A text on its way to a client. */
export interface Outgoing {
  readonly text: string;
  /** The tokens that it is about. */
  readonly tokenIds: readonly string[];
  /** False for PONG and other replies of the protocol itself. */
  readonly isData: boolean;
  /** It is a price change, of which an entry could be lost. */
  readonly hasEntries: boolean;
}

export interface LineParts {
  readonly socket: ClientSocket;
  readonly agenda: Agenda;
  readonly faults: Faults;
  readonly troubles: SocketTroubles;
  /** The median time from the venue to a client in milliseconds; 0 sends at once. */
  readonly delayMs: number;
  /** A fault of the whole socket strikes at one of its texts. */
  readonly onSocketFault: (spec: FaultSpec, tokenIds: readonly string[]) => void;
  /** Hears what did not reach the client as it was said. */
  readonly onFault: (fault: string, text: string) => void;
}

const SOCKET_FAULTS = faultsOn("socket");
const DELAY_SIGMA = 0.5;
const FAULT_DELAY_MS = 2_000;
/** A text that waits for its successor, to be sent after it, waits no longer than this. */
const REORDER_MS_MAX = 1_000;
/** What the venue's buffer for a slow reader holds. */
const BUFFER_BYTES_MAX = 1024 * 1024;

/**
 * The way from the venue to one client: it takes time, keeps the order, and has faults. A slow
 * reader's texts queue up here.
 */
export class Line {
  readonly #parts: LineParts;
  readonly #random: Random;
  /** When the last text arrives. */
  #arrivalMs = 0;
  #bytesUnderWay = 0;
  #isUnderWay = 0;
  #heldBack: Outgoing | undefined;

  constructor(parts: LineParts) {
    this.#parts = parts;
    this.#random = parts.socket.random;
  }

  say(outgoing: Outgoing): void {
    const { socket, faults, troubles, agenda } = this.#parts;
    if (!socket.isOpen) return;
    const withheld = troubles.withholds(agenda.nowMs, outgoing);
    if (withheld !== undefined) {
      this.#tell(withheld, outgoing.text);
      return;
    }
    if (faults.isEmpty || !outgoing.isData) this.#pass(outgoing);
    else this.#passWithFaults(outgoing);
  }

  #passWithFaults(outgoing: Outgoing): void {
    const occasion = { socket: this.#parts.socket.number, tokenIds: outgoing.tokenIds };
    const strikes = (kind: FaultKind) => this.#parts.faults.strikes(kind, occasion);
    for (const kind of SOCKET_FAULTS) {
      const spec = strikes(kind);
      if (spec !== undefined) this.#parts.onSocketFault(spec, outgoing.tokenIds);
    }
    let { text } = outgoing;
    if (outgoing.hasEntries && strikes("lost-entry") !== undefined) text = this.#loseEntry(text);
    if (strikes("malformed") !== undefined) {
      this.#tell("malformed", text);
      text = text.slice(0, Math.floor(text.length / 2));
    }
    const delay = strikes("delay");
    if (delay !== undefined) {
      this.#arrivalMs = this.#parts.agenda.nowMs + (delay.ms ?? FAULT_DELAY_MS);
    }
    const changed = { ...outgoing, text };
    if (this.#heldBack === undefined && strikes("reorder") !== undefined) this.#holdBack(changed);
    else this.#pass(changed);
  }

  #loseEntry(text: string): string {
    this.#tell("lost-entry", text);
    const value: unknown = JSON.parse(text);
    const elements = [value].flat() as Partial<WirePriceChange>[];
    const entries = elements.find(({ price_changes }) => price_changes)?.price_changes;
    entries?.splice(Math.floor(this.#random() * entries.length), 1);
    return JSON.stringify(value);
  }

  #holdBack(outgoing: Outgoing): void {
    this.#heldBack = outgoing;
    this.#tell("reorder", outgoing.text);
    this.#parts.agenda.after(REORDER_MS_MAX, () => {
      if (this.#heldBack === outgoing) this.#releaseHeldBack();
    });
  }

  #releaseHeldBack(): void {
    const held = this.#heldBack;
    this.#heldBack = undefined;
    if (held !== undefined) this.#send(held.text);
  }

  #pass(outgoing: Outgoing): void {
    this.#send(outgoing.text);
    this.#releaseHeldBack();
  }

  #send(text: string): void {
    const { socket, agenda, delayMs, troubles } = this.#parts;
    const travelMs = delayMs === 0 ? 0 : logNormal(this.#random, delayMs, DELAY_SIGMA);
    const readingMs = troubles.readingMs(text.length, agenda.nowMs);
    this.#arrivalMs = Math.max(agenda.nowMs + travelMs, this.#arrivalMs) + readingMs;
    if (this.#arrivalMs <= agenda.nowMs && this.#isUnderWay === 0) {
      socket.send(text);
      return;
    }
    this.#isUnderWay += 1;
    this.#bytesUnderWay += text.length;
    if (readingMs > 0 && this.#bytesUnderWay > BUFFER_BYTES_MAX) {
      this.#tell("slow-reader", "");
      socket.close(SLOW_CONSUMER);
      return;
    }
    agenda.at(this.#arrivalMs, () => this.#arrive(text));
  }

  #arrive(text: string): void {
    const { socket, troubles, agenda } = this.#parts;
    this.#isUnderWay -= 1;
    this.#bytesUnderWay -= text.length;
    if (troubles.isHalfOpen(agenda.nowMs)) this.#tell("half-open", text);
    else socket.send(text);
  }

  #tell(fault: string, text: string): void {
    this.#parts.onFault(fault, text);
  }
}
