import type { Random } from "../../ports/random.ts";
import type { Agenda } from "../agenda.ts";
import { type FaultKind, faultsOn } from "../faults/fault-kinds.ts";
import type { FaultSpec } from "../faults/fault-spec.ts";
import type { Faults } from "../faults/faults.ts";
import { logNormal } from "../market/normal.ts";
import { type ClientSocket, type CloseFrame, SLOW_CONSUMER } from "./client-socket.ts";
import { type EntriesOfText, entriesOf, withoutTokens } from "./entries.ts";
import type { SocketTroubles } from "./socket-troubles.ts";

/** A text for a client, before it sets out. */
export interface Outgoing {
  readonly text: string;
  /** The tokens that it is about. */
  readonly tokenIds: readonly string[];
  /** False for PONG and other replies of the protocol itself. */
  readonly isData: boolean;
  /** What was left out of it already. */
  readonly spoilt?: readonly Spoilt[];
}

/** What was done to a text, and the text or part as it should have been. */
export interface Spoilt {
  readonly fault: FaultKind;
  readonly text: string;
  /** It is the whole text, of which a spoilt form goes on its way. */
  readonly follows: boolean;
}

/** A text on its way. */
interface Letter {
  readonly text: string;
  readonly spoilt: readonly Spoilt[];
  /** It travels, so that nothing else changes, and does not arrive. */
  readonly withheld: FaultKind | undefined;
}

export interface LineParts {
  readonly socket: ClientSocket;
  readonly agenda: Agenda;
  /** For delays only, one draw a text: nothing else disturbs them. */
  readonly random: Random;
  readonly faults: Faults;
  readonly troubles: SocketTroubles;
  /** The median time from the venue to a client in milliseconds; 0 sends at once. */
  readonly delayMs: number;
  /** Whether the client subscribed to a token. */
  readonly isSubscribed: (tokenId: string) => boolean;
  /** A fault of the whole socket strikes at one of its texts. */
  readonly onSocketFault: (spec: FaultSpec, tokenIds: readonly string[]) => void;
  /** A text has arrived: there may be room for another. */
  readonly onRoom: () => void;
  /** Hears what did not reach the client as it was said, just before what did. */
  readonly onFault: (
    fault: FaultKind | "lost",
    text: string,
    options?: { readonly follows: boolean },
  ) => void;
}

const SOCKET_FAULTS = faultsOn("socket");
const DELAY_SIGMA = 0.5;
const FAULT_DELAY_MS = 2_000;
/** A text that waits for its successor, to be sent after it, waits no longer than this. */
const REORDER_MS_MAX = 1_000;
/** What the venue's buffer for a slow reader holds. */
const BUFFER_BYTES_MAX = 1024 * 1024;
/** A source that can wait stops well below that. */
const UNDER_WAY_BYTES_FULL = 256 * 1024;

/**
 * The way from the venue to one client: it takes time, keeps the order, and has faults. A slow
 * reader's texts queue up here.
 */
export class Line {
  readonly #parts: LineParts;
  /** When the last text arrives. */
  #arrivalMs = 0;
  #underWay = 0;
  #bytesUnderWay = 0;
  #heldBack: Letter | undefined;

  constructor(parts: LineParts) {
    this.#parts = parts;
  }

  /** True while a source that can wait should go on. */
  get hasRoom(): boolean {
    return this.#bytesUnderWay < UNDER_WAY_BYTES_FULL && this.#parts.socket.hasRoom;
  }

  say(outgoing: Outgoing): void {
    const { socket, faults } = this.#parts;
    if (!socket.isOpen) return;
    const letter =
      faults.isIdle || !outgoing.isData ? this.#letter(outgoing) : this.#spoil(outgoing);
    if (letter === undefined) return;
    this.#send(letter);
    const held = this.#heldBack;
    this.#heldBack = undefined;
    if (held !== undefined) this.#send(held);
  }

  /** Closes the socket behind all that is under way. */
  close(frame: CloseFrame): void {
    this.#travel(0, () => this.#parts.socket.close(frame));
  }

  #letter({ text, tokenIds, isData, spoilt = [] }: Outgoing): Letter {
    const { troubles, agenda, isSubscribed } = this.#parts;
    const { nowMs } = agenda;
    if (isData && troubles.stalls(nowMs)) return { text, spoilt, withheld: "stall-socket" };
    const isStalled = (tokenId: string) => troubles.stallsToken(tokenId, nowMs);
    if (!tokenIds.some(isStalled)) return { text, spoilt, withheld: undefined };
    // A sibling goes on while its neighbour is silent.
    const rest = withoutTokens(text, isStalled, isSubscribed);
    if (rest === undefined) return { text, spoilt, withheld: "stall-token" };
    return { text: rest, spoilt: [...spoilt, spoiltAs("stall-token", text)], withheld: undefined };
  }

  /** Lets faults strike; `undefined` if the text waits for its successor. */
  #spoil(outgoing: Outgoing): Letter | undefined {
    const { socket, agenda, faults, onSocketFault } = this.#parts;
    const { tokenIds } = outgoing;
    const strikes = (kind: FaultKind) => faults.strikes(kind, { socket: socket.number, tokenIds });
    for (const kind of SOCKET_FAULTS) {
      const spec = strikes(kind);
      if (spec !== undefined) onSocketFault(spec, tokenIds);
    }
    const spoilt = [...(outgoing.spoilt ?? [])];
    let text = this.#loseEntry(outgoing, spoilt);
    if (strikes("malformed") !== undefined) {
      spoilt.push(spoiltAs("malformed", text));
      text = text.slice(0, Math.floor(text.length / 2));
    }
    const delay = strikes("delay");
    if (delay !== undefined) {
      spoilt.push(spoiltAs("delay", text));
      const heldUntilMs = agenda.nowMs + (delay.ms ?? FAULT_DELAY_MS);
      this.#arrivalMs = Math.max(this.#arrivalMs, heldUntilMs);
    }
    const isLast = this.#heldBack === undefined && strikes("reorder") !== undefined;
    if (!isLast) return this.#letter({ ...outgoing, text, spoilt });
    spoilt.push(spoiltAs("reorder", text));
    this.#holdBack(this.#letter({ ...outgoing, text, spoilt }));
    return undefined;
  }

  /** The venue sends no price change without entries: one that has a single entry keeps it. */
  #loseEntry({ text, tokenIds }: Outgoing, spoilt: Spoilt[]): string {
    const { socket, faults } = this.#parts;
    if (!faults.plans("lost-entry") || !hasSpareEntry(entriesOf(text, undefined))) return text;
    const spec = faults.strikes("lost-entry", { socket: socket.number, tokenIds });
    if (spec === undefined) return text;
    const { value, places } = entriesOf(text, spec.token);
    const lost = faults.draw(places.filter(({ list }) => list.length > 1));
    if (lost === undefined) return text;
    lost.list.splice(lost.index, 1);
    spoilt.push(spoiltAs("lost-entry", text));
    return JSON.stringify(value);
  }

  #holdBack(letter: Letter): void {
    this.#heldBack = letter;
    this.#parts.agenda.after(REORDER_MS_MAX, () => {
      if (this.#heldBack !== letter) return;
      this.#heldBack = undefined;
      this.#send(letter);
    });
  }

  #send(letter: Letter): void {
    const { socket, agenda, troubles } = this.#parts;
    const bytes = letter.withheld === undefined ? letter.text.length : 0;
    const readingMs = troubles.readingMs(bytes, agenda.nowMs);
    if (readingMs > 0 && this.#bytesUnderWay + bytes > BUFFER_BYTES_MAX) {
      socket.close(SLOW_CONSUMER);
      this.#travel(0, () => this.#deliver({ ...letter, withheld: "slow-reader" }));
      return;
    }
    this.#bytesUnderWay += bytes;
    this.#travel(readingMs, () => {
      this.#bytesUnderWay -= bytes;
      this.#deliver(letter);
      this.#parts.onRoom();
    });
  }

  /** Behind all that set out before; at once where nothing takes time. */
  #travel(readingMs: number, arrive: () => void): void {
    const { agenda, delayMs, random } = this.#parts;
    const travelMs = delayMs === 0 ? 0 : logNormal(random, delayMs, DELAY_SIGMA);
    this.#arrivalMs = Math.max(agenda.nowMs + travelMs, this.#arrivalMs) + readingMs;
    if (this.#arrivalMs <= agenda.nowMs && this.#underWay === 0) {
      arrive();
      return;
    }
    this.#underWay += 1;
    agenda.at(this.#arrivalMs, () => {
      this.#underWay -= 1;
      arrive();
    });
  }

  #deliver({ text, spoilt, withheld }: Letter): void {
    const { socket, onFault } = this.#parts;
    for (const part of spoilt) onFault(part.fault, part.text, part);
    const reason = withheld ?? (socket.isSilent ? "half-open" : socket.isOpen ? undefined : "lost");
    if (reason === undefined) socket.send(text);
    // Sending may find the buffer full and close the socket.
    const isLost = reason ?? (socket.isOpen ? undefined : "lost");
    if (isLost !== undefined) onFault(isLost, text);
  }
}

function spoiltAs(fault: FaultKind, text: string): Spoilt {
  return { fault, text, follows: true };
}

function hasSpareEntry({ places }: EntriesOfText): boolean {
  return places.some(({ list }) => list.length > 1);
}
