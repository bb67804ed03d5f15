import type { MarketEvent, UpdateType } from "../format/market-event.ts";
import type { PlainChange } from "../format/plain-change.ts";
import type { Shape } from "../format/shape.ts";
import { cutPart, type ElementPattern } from "./element-pattern.ts";

/** An event whose values are cut out of its message when they are first asked for. */
export class ScannedEvent implements MarketEvent {
  readonly #pattern: ElementPattern;
  readonly #text: string;
  /** Offsets of the parts that the pattern has. */
  readonly #front: number;
  readonly #entry: number;
  #back = 0;
  #change: PlainChange | undefined;
  #values: readonly string[] | undefined = undefined;

  constructor(
    pattern: ElementPattern,
    text: string,
    front: number,
    entry: number,
    change: PlainChange | undefined,
  ) {
    this.#pattern = pattern;
    this.#text = text;
    this.#front = front;
    this.#entry = entry;
    this.#change = change;
  }

  get type(): UpdateType {
    return this.#pattern.type;
  }

  get shape(): Shape {
    return this.#pattern.shape;
  }

  get change(): PlainChange | undefined {
    return this.#change;
  }

  /** The entries of its element end here, and all their values are plain or not. */
  close(back: number, isPlain: boolean): void {
    this.#back = back;
    if (!isPlain) this.#change = undefined;
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
