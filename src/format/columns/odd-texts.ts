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

/** The reverse of `OddTexts`: positions ascend, and each text is taken once. */
export class OddReader {
  readonly positions: readonly number[];
  readonly #texts: readonly string[];
  #next = 0;

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

  /** The text at a position if it is odd; positions are asked for in order. */
  take(position: number): string | undefined {
    if (this.positions[this.#next] !== position) return undefined;
    return this.#texts[this.#next++];
  }

  /** Whether the stream was long enough for all of them. */
  finish(): void {
    if (this.#next !== this.#texts.length) throw damaged("an odd text has no place");
  }
}

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

  of(stream: number): OddReader {
    return this.#streams.get(stream) ?? new OddReader([]);
  }

  /** Whether every odd text was taken: none may belong to a stream that is not there. */
  finish(): void {
    for (const reader of this.#streams.values()) reader.finish();
  }
}
