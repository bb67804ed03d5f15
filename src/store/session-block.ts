import type { JudgedRows } from "../book/token-book.ts";
import type { BlockWriter } from "../format/block-writer.ts";

/** A block of a session until it is handed to the queue, with the book's numbers of its rows. */
export class SessionBlock {
  readonly writer: BlockWriter;
  /** Notes that it holds of the session itself, and updates of which they tell. */
  notes = 0;
  told = 0;
  /** What its reader goes through, see `BLOCK_LEVELS_MAX`. */
  levels: number;
  readonly #firstRow: number;

  /** Rows come without a gap from `firstRow` on, to a book of so many levels. */
  constructor(writer: BlockWriter, firstRow: number, levels: number) {
    this.levels = levels;
    this.writer = writer;
    this.#firstRow = firstRow;
  }

  has(row: number): boolean {
    return row >= this.#firstRow && row < this.#firstRow + this.writer.rows;
  }

  /** Takes what was found out about its own rows, which may be only some of them. */
  judge(judged: JudgedRows): void {
    this.writer.judge(judged.rows, judged, this.#firstRow);
  }
}
