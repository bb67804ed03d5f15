import type { Place } from "../format/market-event.ts";
import { messageText } from "../format/message-text.ts";
import type { Update } from "./update.ts";

/** A part of a message: an element, or one entry of it. */
export type MessagePart = Pick<Place, "element"> & Partial<Pick<Place, "entry">>;

/** One object of a message: the whole of a bare one, or an item of its array. */
export interface MessageElement {
  /** Its position in the message. */
  readonly element: number;
  /** In order: one for each recorded entry, or one for each token that has it all. */
  readonly updates: readonly Update[];
}

/** A message of the venue, put together from what was recorded of it. */
export class Message {
  readonly kind = "message";
  /** Beside the receive time, what names it. */
  readonly recorder_id: string;
  /** Number of the socket in its recorder. */
  readonly socket: number;
  /** Receive time, epoch microseconds. */
  readonly received_us: number;
  readonly elements: readonly MessageElement[];
  #text: string | undefined;

  /** `updates`: all that there are of it, in any order; at least one. */
  constructor(recorderId: string, updates: readonly Update[]) {
    const [first] = updates as readonly [Update];
    this.recorder_id = recorderId;
    this.socket = first.socket;
    this.received_us = first.received_us;
    const sorted = updates.length === 1 ? updates : updates.toSorted(inOrder);
    this.elements = elementsOf(sorted);
  }

  /** Every update, in the order of the text. */
  get updates(): readonly Update[] {
    return this.elements.flatMap(({ updates }) => updates);
  }

  /**
   * The text as the venue sent it, less what was not recorded of it: byte for byte if all was, else
   * with the same keys in the same order.
   */
  get text(): string {
    this.#text ??= messageText(this.updates);
    return this.#text;
  }

  /** The text of some of its elements. */
  textOf(elements: readonly MessageElement[]): string {
    return elements.length === this.elements.length
      ? this.text
      : messageText(elements.flatMap(({ updates }) => updates));
  }

  /**
   * What the venue sent with it and `text` lacks: elements and entries of tokens that were not
   * recorded, or not asked for.
   */
  get leftOut(): readonly MessagePart[] {
    const { elements } = this.elements[0]!.updates[0]!.place;
    const known = new Map(this.elements.map((each) => [each.element, each]));
    return Array.from({ length: Math.max(1, elements) }, (_, element): readonly MessagePart[] => {
      const recorded = known.get(element);
      return recorded === undefined ? [{ element }] : leftOutOf(recorded);
    }).flat();
  }
}

function leftOutOf({ element, updates }: MessageElement): MessagePart[] {
  const { entries } = updates[0]!.place;
  const known = new Set(updates.map(({ place }) => place.entry));
  return Array.from({ length: entries }, (_, entry) => ({ element, entry })).filter(
    ({ entry }) => !known.has(entry),
  );
}

function inOrder({ place: a }: Update, { place: b }: Update): number {
  return a.element - b.element || a.entry - b.entry;
}

function elementsOf(sorted: readonly Update[]): MessageElement[] {
  const elements: { element: number; updates: Update[] }[] = [];
  for (const update of sorted) {
    const last = elements.at(-1);
    if (last?.element === update.place.element) last.updates.push(update);
    else elements.push({ element: update.place.element, updates: [update] });
  }
  return elements;
}
