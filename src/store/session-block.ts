import type { JudgedRows } from "../book/token-book.ts";
import type { BlockWriter } from "../format/block-writer.ts";

/** A block of a session until it is handed to the queue, with the book's numbers of its rows. */
export class SessionBlock {
  readonly writer: BlockWriter;
  /** Notes that it holds of the session itself, and updates of which they tell. */
  notes = 0;
  told = 0;
  readonly #firstRow: number;

  /** Rows come without a gap from `firstRow` on. */
  constructor(writer: BlockWriter, firstRow: number) {
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
