import type { SessionBlock } from "./session-block.ts";

interface Unreleased {
  readonly last: number;
  readonly toll: Toll;
}

/** What goes down with a block that cannot be written. */
export interface Toll {
  /** Its rows without the session's own notes. */
  readonly updates: number;
  /** Updates of which its gap notes tell. */
  readonly told: number;
  readonly fromUs: number;
}

/** Blocks of a session that are not known to be durable in a segment, in order. */
export class UnreleasedBlocks {
  #blocks: Unreleased[] = [];

  /** Its last update, and what goes down with it. */
  add({ writer, notes, told }: SessionBlock): Unreleased {
    const toll = { updates: writer.rows - notes, told, fromUs: writer.minUs };
    const block = { last: writer.firstSequence + writer.rows - 1, toll };
    this.#blocks.push(block);
    return block;
  }

  /** Updates up to here are durable in segments. */
  release(sequence: number): void {
    while (this.#blocks[0] !== undefined && this.#blocks[0].last <= sequence) this.#blocks.shift();
  }

  /** Takes out those whose last update nothing else holds. */
  lost(isHeld: (sequence: number) => boolean): Toll[] {
    const lost = this.#blocks.filter(({ last }) => !isHeld(last));
    this.#blocks = this.#blocks.filter(({ last }) => isHeld(last));
    return lost.map(({ toll }) => toll);
  }
}
