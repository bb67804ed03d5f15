import type { WireLevel } from "../../polymarket/messages.ts";

/**
 * The levels of one side as a book has them, and their JSON. Each level is stringified when it
 * changes, and not again for every hash of the whole book.
 */
export class LevelList {
  readonly levels: WireLevel[] = [];
  readonly #texts: string[] = [];
  #json: string | undefined;

  /** What `JSON.stringify` makes of the levels. */
  get json(): string {
    this.#json ??= `[${this.#texts.join(",")}]`;
    return this.#json;
  }

  insert(index: number, level: WireLevel): void {
    this.levels.splice(index, 0, level);
    this.#texts.splice(index, 0, JSON.stringify(level));
    this.#json = undefined;
  }

  replace(index: number, level: WireLevel): void {
    this.levels[index] = level;
    this.#texts[index] = JSON.stringify(level);
    this.#json = undefined;
  }

  remove(index: number): void {
    this.levels.splice(index, 1);
    this.#texts.splice(index, 1);
    this.#json = undefined;
  }

  copy(): LevelList {
    const copy = new LevelList();
    copy.levels.push(...this.levels);
    copy.#texts.push(...this.#texts);
    return copy;
  }
}
