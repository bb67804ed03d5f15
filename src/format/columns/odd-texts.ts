import { damaged } from "../damaged.ts";
import { asArray, asCount, asText, exactText } from "../packed-value.ts";

/** Texts of a stream that its column does not know, each with its position in the stream. */
export class OddTexts {
  /** Hardly any stream has one. */
  #list: [position: number, text: string | Uint8Array][] | undefined;

  add(position: number, text: string): void {
    this.#list ??= [];
    this.#list.push([position, exactText(text)]);
  }

  get length(): number {
    return this.#list?.length ?? 0;
  }

  /** As the block's head has them: position, text, position, text. */
  list(): unknown[] {
    return this.#list?.flat() ?? [];
  }
}

/** The reverse of `OddTexts`: positions ascend. */
export class OddReader {
  readonly positions: readonly number[];
  readonly #texts: readonly string[];

  constructor(list: readonly unknown[]) {
    const positions: number[] = [];
    const texts: string[] = [];
    for (let i = 0; i < list.length; i += 2) {
      const position = asCount(list[i]);
      if (position <= (positions.at(-1) ?? -1)) throw damaged("odd texts are out of order");
      positions.push(position);
      texts.push(asText(list[i + 1]));
    }
    this.positions = positions;
    this.#texts = texts;
  }

  get length(): number {
    return this.positions.length;
  }

  /** The text at a position if it is odd; else how many odd ones stand before it. */
  at(position: number): string | number {
    let from = 0;
    let to = this.positions.length;
    while (from < to) {
      const middle = (from + to) >> 1;
      if (this.positions[middle]! < position) from = middle + 1;
      else to = middle;
    }
    return this.positions[from] === position ? this.#texts[from]! : from;
  }

  texts(): readonly string[] {
    return this.#texts;
  }
}

const NO_ODD = new OddReader([]);

/** The odd texts of all streams of a block, by the streams' numbers. */
export class OddStreams {
  readonly #streams = new Map<number, OddReader>();

  constructor(value: unknown) {
    const list = asArray(value);
    for (let i = 0; i < list.length; i += 2) {
      const stream = asCount(list[i]);
      if (this.#streams.has(stream)) throw damaged("a stream has two lists of odd texts");
      this.#streams.set(stream, new OddReader(asArray(list[i + 1])));
    }
  }

  /** Those of a stream of so many values; it is asked for once. */
  of(stream: number, values: number): OddReader {
    const odd = this.#streams.get(stream) ?? NO_ODD;
    if ((odd.positions.at(-1) ?? -1) >= values) throw damaged("an odd text has no place");
    this.#streams.delete(stream);
    return odd;
  }

  /** Whether every stream with odd texts was asked for: none may belong to one that is not there. */
  finish(): void {
    for (const odd of this.#streams.values()) {
      if (odd.length > 0) throw damaged("an odd text has no place");
    }
  }
}
