import type { LogLine } from "../../src/exchange/exchange-log.ts";
import { FAULT_KINDS, type FaultKind } from "../../src/exchange/faults/fault-kinds.ts";
import type { FaultSpec } from "../../src/exchange/faults/fault-spec.ts";
import { pick } from "../../src/exchange/market/pick.ts";
import type { Random } from "../../src/ports/random.ts";
import type { SimulatedDisk } from "../disk/simulated-disk.ts";
import type { VirtualExchange } from "../exchange/virtual-exchange.ts";
import { expectedOf } from "../expected-updates.ts";
import type { Strike, Trouble } from "./fault-plan.ts";
import type { Tapped, TappedDial } from "./tapped-dial.ts";

/** A trouble that struck, by the recorder's clock. */
export interface Struck {
  readonly kind: Trouble;
  readonly fromUs: number;
  readonly toUs: number;
  /** Those that it may concern; `undefined` for all. */
  readonly tokenIds: ReadonlySet<string> | undefined;
}

/** An entry of a price change that its token's owner should have got. */
export interface LostEntry {
  readonly tokenId: string;
  readonly us: number;
}

/** Nobody is connected: it is tried again. */
const AGAIN_MS = 1_000;

/** Strikes as planned, never the witness, and knows what was struck. */
export class Striker {
  readonly struck: Struck[] = [];
  /** Entries left out of texts that came. */
  readonly lost: LostEntry[] = [];
  /** Entries withheld, whose tokens went on or came back without them. */
  readonly withheld: LostEntry[] = [];
  readonly #spoilt = new Map<number, string>();
  /** How often each kind struck. */
  readonly counts = new Map<Trouble, number>();
  readonly #venue: VirtualExchange;
  readonly #tap: TappedDial;
  readonly #disk: SimulatedDisk;
  readonly #random: Random;

  constructor(
    { venue, tap, disk }: { venue: VirtualExchange; tap: TappedDial; disk: SimulatedDisk },
    random: Random,
  ) {
    this.#venue = venue;
    this.#tap = tap;
    this.#disk = disk;
    this.#random = random;
  }

  plan(strikes: readonly Strike[]): void {
    for (const strike of strikes) this.#venue.clock.after(strike.atMs, () => this.#strike(strike));
  }

  /** Takes a line of the exchange's log: texts that were spoilt or withheld are troubles too. */
  logged(line: LogLine): void {
    const { socket, t_us: us } = line;
    if (!("fault" in line)) {
      const whole = this.#spoilt.get(socket);
      this.#spoilt.delete(socket);
      if (whole !== undefined) this.#leftOut(whole, line);
      return;
    }
    if (line.fault === "lost") return;
    const kind = line.fault as FaultKind;
    const { on } = FAULT_KINDS[kind];
    const { text } = line;
    // Those of sockets are known as they are struck, and for how long.
    if (on === "socket" && text === undefined) return;
    if (on !== "socket") this.#count(kind);
    if (on === "exchange") return;
    if (on === "rest") {
      this.#did(kind, us, us);
      return;
    }
    const tokenIds = text === undefined ? this.#tokensOf(socket) : tokensIn(text);
    this.struck.push({ kind, fromUs: us, toUs: us, tokenIds });
    if (kind === "lost-entry" && text !== undefined) this.#spoilt.set(socket, text);
    if (on === "socket") this.#withheld(kind, { tokenIds, socket, us });
  }

  /** Which entry the text that came has no more. */
  #leftOut(whole: string, { socket, t_us: us, text }: Extract<LogLine, { text: string }>): void {
    const left = expectedOf(text ?? "").map(({ fields }) => JSON.stringify(fields));
    for (const { tokenIds, fields } of expectedOf(whole)) {
      const at = left.indexOf(JSON.stringify(fields));
      if (at >= 0) left.splice(at, 1);
      else if (this.#tap.ownerOf(tokenIds[0]!) === socket) {
        this.lost.push({ tokenId: tokenIds[0]!, us });
      }
    }
  }

  #withheld(
    kind: FaultKind,
    { tokenIds, socket, us }: { tokenIds: ReadonlySet<string>; socket: number; us: number },
  ): void {
    const isStalled = (tokenId: string) =>
      kind !== "stall-token" ||
      this.struck.some(
        ({ kind: other, fromUs, toUs, tokenIds: own }) =>
          other === kind && own?.size === 1 && own.has(tokenId) && fromUs <= us && us < toUs,
      );
    for (const tokenId of tokenIds) {
      if (this.#tap.ownerOf(tokenId) === socket && isStalled(tokenId)) {
        this.withheld.push({ tokenId, us });
      }
    }
  }

  #strike(strike: Strike): void {
    const { kind, ms = 0 } = strike;
    const { clock, exchange } = this.#venue;
    if (kind === "own-clock") {
      const beforeUs = clock.nowUs();
      clock.stepUs += ms * 1000;
      const afterUs = clock.nowUs();
      this.#did(kind, Math.min(beforeUs, afterUs), Math.max(beforeUs, afterUs));
      this.#count(kind);
      return;
    }
    if (kind === "full-disk") {
      this.#fill(strike);
      return;
    }
    const { on } = FAULT_KINDS[kind];
    const spec = this.#specOf(kind, strike);
    if (spec === undefined) {
      clock.after(AGAIN_MS, () => this.#strike(strike));
      return;
    }
    // Known before: a socket that is struck may be gone.
    const tokenIds = spec.socket === undefined ? undefined : this.#tokensOf(spec.socket);
    exchange.addFault(spec);
    if (on === "socket" || on === "exchange") {
      const ownTokens = spec.token === undefined ? tokenIds : new Set([spec.token]);
      const nowUs = clock.nowUs();
      const lastsMs = kind === "clock-step" ? Math.abs(ms) : (strike.forMs ?? 0);
      this.#did(kind, nowUs, nowUs + lastsMs * 1000, ownTokens);
      if (on === "socket") this.#count(kind);
    }
  }

  /** `undefined` while there is nobody to strike. */
  #specOf(kind: FaultKind, { forMs, ms, ofToken }: Strike): FaultSpec | undefined {
    const spec = { kind, ...(forMs !== undefined && { forMs }), ...(ms !== undefined && { ms }) };
    const { on } = FAULT_KINDS[kind];
    // The witness subscribes once, and asks REST nothing.
    if (on !== "socket" && on !== "text") return spec;
    const connection = pick(this.#random, this.#tap.connections);
    const token = connection && pick(this.#random, [...connection.tokens.keys()]);
    if (connection === undefined || token === undefined) return undefined;
    const isOfToken = kind === "stall-token" || (on === "text" && ofToken);
    return { ...spec, socket: connection.venueSocket, ...(isOfToken && { token }) };
  }

  #fill(strike: Strike): void {
    const { clock } = this.#venue;
    this.#disk.capacityBytes = 0;
    const fromUs = clock.nowUs();
    this.#count(strike.kind);
    clock.after(strike.forMs ?? 0, () => {
      this.#disk.capacityBytes = Number.POSITIVE_INFINITY;
      this.#did(strike.kind, fromUs, clock.nowUs());
    });
  }

  #did(kind: Trouble, fromUs: number, toUs: number, tokenIds?: ReadonlySet<string>): void {
    this.struck.push({ kind, fromUs, toUs, tokenIds });
  }

  #count(kind: Trouble): void {
    this.counts.set(kind, (this.counts.get(kind) ?? 0) + 1);
  }

  #tokensOf(venueSocket: number): ReadonlySet<string> {
    const isIt = (connection: Tapped) => connection.venueSocket === venueSocket;
    return new Set(this.#tap.connections.find(isIt)?.everTokens);
  }
}

/** The text as it should have been, or a part of it. */
function tokensIn(text: string): ReadonlySet<string> {
  return new Set(expectedOf(text).flatMap(({ tokenIds }) => tokenIds));
}
