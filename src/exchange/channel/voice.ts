import type { Agenda } from "../agenda.ts";
import type { Oddities } from "../market/oddities.ts";
import type { ClientSocket } from "./client-socket.ts";
import type { Line } from "./line.ts";
import { priceChangeOf, type Said, said } from "./said.ts";

/** A duplicate follows its original within this time. */
const DUPLICATE_MS_MAX = 6;
const SWAPPED_SHARE = 0.5;
/** An element that waits for another one to share an array with waits no longer than this. */
const ARRAY_MS_MAX = 50;
/** Trades come another way than changes: how they lie between them differs by socket. */
const TRADE_MS_MAX = 25;
const REPEATED_TYPES: readonly string[] = ["price_change", "tick_size_change", "best_bid_ask"];

/**
 * What one socket hears of what is said: how groups are cut into messages, what comes twice, what
 * comes together. Two sockets with the same tokens hear the same, but not in the same texts.
 */
export class Voice {
  readonly #socket: ClientSocket;
  readonly #line: Line;
  readonly #agenda: Agenda;
  readonly #oddities: () => Oddities;
  #waiting: Said | undefined;
  /** When the last trade is said: trades keep their order. */
  #tradeMs = 0;

  constructor(socket: ClientSocket, line: Line, agenda: Agenda, oddities: () => Oddities) {
    this.#socket = socket;
    this.#line = line;
    this.#agenda = agenda;
    this.#oddities = oddities;
  }

  /** Takes the elements of one announcement. */
  hear(elements: readonly Said[]): void {
    const isTrade = elements[0]?.element.event_type === "last_trade_price";
    if (!isTrade) {
      for (const message of this.#cut(elements)) this.#say(message);
      return;
    }
    const tradeMs = this.#agenda.nowMs + this.#socket.random() * TRADE_MS_MAX;
    this.#tradeMs = Math.max(this.#tradeMs, tradeMs);
    this.#agenda.at(this.#tradeMs, () => {
      for (const message of elements) this.#say(message);
    });
  }

  /** The changes of a group, each a message of its own or joined. */
  #cut(elements: readonly Said[]): Said[] {
    const messages: Said[] = [];
    for (const next of elements) {
      const last = messages.at(-1);
      const into = last === undefined ? undefined : priceChangeOf(last);
      const from = priceChangeOf(next);
      const isJoined =
        last !== undefined &&
        into !== undefined &&
        from !== undefined &&
        this.#socket.random() < this.#oddities().joinedChanges;
      if (isJoined) {
        const price_changes = [...into.price_changes, ...from.price_changes];
        messages[messages.length - 1] = said({ ...into, price_changes }, last.tokenIds);
      } else {
        messages.push(next);
      }
    }
    return messages;
  }

  #say(message: Said): void {
    const { random } = this.#socket;
    const { duplicate, mixedArray } = this.#oddities();
    if (this.#waiting !== undefined) this.#sayTogether(this.#waiting, message);
    else if (random() < mixedArray) this.#wait(message);
    else this.#utter(message.text, [message]);
    if (REPEATED_TYPES.includes(message.element.event_type) && random() < duplicate) {
      this.#repeat(message);
    }
  }

  #repeat(message: Said): void {
    const change = priceChangeOf(message);
    const isSwapped = this.#socket.random() < SWAPPED_SHARE;
    const again =
      change !== undefined && isSwapped
        ? said({ ...change, price_changes: change.price_changes.toReversed() }, message.tokenIds)
        : message;
    this.#agenda.after(this.#socket.random() * DUPLICATE_MS_MAX, () =>
      this.#utter(again.text, [again]),
    );
  }

  #wait(message: Said): void {
    this.#waiting = message;
    this.#agenda.after(ARRAY_MS_MAX, () => {
      if (this.#waiting !== message) return;
      this.#waiting = undefined;
      this.#utter(message.text, [message]);
    });
  }

  #sayTogether(first: Said, second: Said): void {
    this.#waiting = undefined;
    this.#utter(`[${first.text},${second.text}]`, [first, second]);
  }

  #utter(text: string, parts: readonly Said[]): void {
    this.#line.say({
      text,
      tokenIds: parts.flatMap(({ tokenIds }) => tokenIds),
      isData: true,
      hasEntries: parts.some((part) => priceChangeOf(part) !== undefined),
    });
  }
}
