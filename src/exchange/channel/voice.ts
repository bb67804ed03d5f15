import type { Random } from "../../ports/random.ts";
import type { Agenda } from "../agenda.ts";
import { isOlder } from "../market/book-summary.ts";
import type { Conditions } from "../market/conditions.ts";
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

export interface VoiceParts {
  readonly line: Line;
  readonly agenda: Agenda;
  /** Of its own, so that what a client hears does not depend on others. */
  readonly random: Random;
  readonly conditions: Conditions;
}

/**
 * What one socket hears of what is said: how groups are cut into messages, what comes twice, what
 * comes together. Two sockets with the same tokens hear the same, but not in the same texts.
 */
export class Voice {
  readonly #line: Line;
  readonly #agenda: Agenda;
  readonly #random: Random;
  readonly #conditions: Conditions;
  #waiting: Said | undefined;
  /** Duplicates to come. */
  readonly #repeats = new Set<Said>();
  /** When the last trade is said: trades keep their order. */
  #tradeMs = 0;

  constructor({ line, agenda, random, conditions }: VoiceParts) {
    this.#line = line;
    this.#agenda = agenda;
    this.#random = random;
    this.#conditions = conditions;
  }

  /** True where something that happens with this probability happens to this client. */
  happens(probability: number): boolean {
    return this.#random() < probability;
  }

  /** Takes the elements of one announcement. */
  hear(elements: readonly Said[]): void {
    const isTrade = elements[0]?.element.event_type === "last_trade_price";
    if (!isTrade) {
      for (const message of this.#cut(elements)) this.#say(message);
      return;
    }
    const tradeMs = this.#agenda.nowMs + this.#random() * TRADE_MS_MAX;
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
        this.#random() < this.#conditions.oddities.joinedChanges;
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
    this.#repeatBefore(message);
    const { duplicate, mixedArray } = this.#conditions.oddities;
    if (this.#waiting !== undefined) this.#sayTogether(this.#waiting, message);
    else if (this.#random() < mixedArray) {
      this.#wait(message);
      return;
    } else this.#utter(message.text, [message]);
    if (REPEATED_TYPES.includes(message.element.event_type) && this.#random() < duplicate) {
      this.#repeat(message);
    }
  }

  #repeat(message: Said): void {
    const change = priceChangeOf(message);
    const isSwapped = this.#random() < SWAPPED_SHARE;
    const again =
      change !== undefined && isSwapped
        ? said({ ...change, price_changes: change.price_changes.toReversed() }, message.tokenIds)
        : message;
    // A copy, so that it is told apart from other duplicates of the message.
    const repeat = { ...again };
    this.#repeats.add(repeat);
    this.#agenda.after(this.#random() * DUPLICATE_MS_MAX, () => this.#sayRepeat(repeat));
  }

  /** A duplicate comes before anything else of its market, as it was seen to. */
  #repeatBefore({ tokenIds }: Said): void {
    for (const repeat of [...this.#repeats]) {
      if (repeat.tokenIds.some((tokenId) => tokenIds.includes(tokenId))) this.#sayRepeat(repeat);
    }
  }

  #sayRepeat(repeat: Said): void {
    if (this.#repeats.delete(repeat)) this.#utter(repeat.text, [repeat]);
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

  /** In 2024 every text was an array. */
  #utter(text: string, parts: readonly Said[]): void {
    const isBare = isOlder(this.#conditions.recipe) && !text.startsWith("[");
    this.#line.say({
      text: isBare ? `[${text}]` : text,
      tokenIds: parts.flatMap(({ tokenIds }) => tokenIds),
      isData: true,
    });
  }
}
