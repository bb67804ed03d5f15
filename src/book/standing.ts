import type { JudgedGroup } from "./judged-group.ts";

/** How a token's book stands to the venue's hashes since its opening book. */
export interface Standing {
  /** When the last update was taken that the last proven hash covers; `undefined` while none is proven. */
  readonly provenUs: number | undefined;
  /** The same of the first and last missed since then; `undefined` while none is. */
  readonly missedFromUs: number | undefined;
  readonly missedToUs: number | undefined;
  /** The last update that a hash has proven. */
  readonly provenRow: number;
}

/**
 * Keeps the standing of one token. Groups are judged out of order, some a second late: rows tell
 * what is older than what.
 */
export class TokenStanding implements Standing {
  provenUs: number | undefined;
  missedFromUs: number | undefined;
  missedToUs: number | undefined;
  provenRow = 0;
  #missedRow = 0;
  /** The last row that nobody had time to judge. */
  #shedRow = 0;
  #openedRow = 0;

  /** An opening book starts anew, whatever its own hash turns out to be. */
  opened(row: number): void {
    this.#openedRow = row;
    this.provenRow = row - 1;
    this.provenUs = undefined;
    this.#missNone();
  }

  /** Takes provisional verdicts too: quiet tokens have no others. */
  judged({ verdict, rows, takenUs, proof }: JudgedGroup): void {
    const row = rows[rows.length - 1]!;
    if (row < this.#openedRow) return;
    if (proof !== undefined) this.#proven(Math.max(row, proof.stateRow), takenUs);
    else if (verdict === "shed") this.#shed(row);
    else if (verdict === "missed" && row > Math.max(this.provenRow, this.#shedRow)) {
      this.#missed(row, takenUs);
    }
  }

  /** What came after a miss may have proven the book: it is as if there had been none. */
  #shed(row: number): void {
    this.#shedRow = Math.max(this.#shedRow, row);
    if (row > this.#missedRow) this.#missNone();
  }

  #proven(row: number, takenUs: number): void {
    if (row <= this.provenRow) return;
    this.provenRow = row;
    this.provenUs = takenUs;
    if (row >= this.#missedRow) this.#missNone();
  }

  #missed(row: number, takenUs: number): void {
    this.#missedRow = row;
    this.missedFromUs ??= takenUs;
    this.missedToUs = takenUs;
  }

  #missNone(): void {
    this.missedFromUs = undefined;
    this.missedToUs = undefined;
    this.#missedRow = 0;
  }
}
