import type { MarketEvent, UpdateType } from "../format/market-event.ts";
import type { PlainChange } from "../format/plain-change.ts";
import type { Shape } from "../format/shape.ts";
import { cutPart, type ElementPattern } from "./element-pattern.ts";

/** An event whose values are cut out of its message when they are first asked for. */
export class ScannedEvent implements MarketEvent {
  readonly type: UpdateType;
  readonly shape: Shape;
  readonly change: PlainChange | undefined;
  readonly #pattern: ElementPattern;
  readonly #text: string;
  readonly #front: number;
  readonly #entry: number;
  readonly #back: number;
  #values: readonly string[] | undefined;

  /** With the offsets of the parts that the pattern has. */
  constructor(
    pattern: ElementPattern,
    text: string,
    front: number,
    entry: number,
    back: number,
    change: PlainChange | undefined,
  ) {
    this.type = pattern.type;
    this.shape = pattern.shape;
    this.change = change;
    this.#pattern = pattern;
    this.#text = text;
    this.#front = front;
    this.#entry = entry;
    this.#back = back;
  }

  get values(): readonly string[] {
    this.#values ??= this.#cut();
    return this.#values;
  }

  #cut(): string[] {
    const { shape, front, entry, back } = this.#pattern;
    const values = new Array<string>(shape.slots.length);
    cutPart(this.#text, this.#front, front, values);
    if (entry !== undefined) cutPart(this.#text, this.#entry, entry, values);
    if (back !== undefined) cutPart(this.#text, this.#back, back, values);
    return values;
  }
}
