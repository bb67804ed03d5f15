import type { Derivation, RowsVerdict, UnjudgedRow } from "./block.ts";
import type { Verdict } from "./market-event.ts";

/** A row until it and all before it are judged. */
export interface WaitingRow<Plan> {
  readonly row: UnjudgedRow;
  readonly plan: Plan;
  /** The first slot whose value is not that of the row before. */
  readonly from: number;
  verdict: Verdict | undefined;
  derivation: Derivation | undefined;
  /** The last row of its group. */
  endRow: number;
  /** Whether it is the last one that has the group's hash. */
  hasLastHash: boolean;
  isBestDerived: boolean;
}

/** Places of rows that were taken are cleared away when they are so many: each time would cost more. */
const TAKEN_MAX = 32;

/** Rows of a block whose hash is not judged yet. They are judged in any order, and taken in theirs. */
export class WaitingRows<Plan> {
  /** Rows from `#first` on; those before `#next` were taken, and are let go of. */
  readonly #rows: (WaitingRow<Plan> | undefined)[] = [];
  #first = 0;
  #next = 0;

  get count(): number {
    return this.#first + this.#rows.length - this.#next;
  }

  add(row: UnjudgedRow, plan: Plan, from: number, isBestDerived: boolean): void {
    this.#rows.push({
      row,
      plan,
      from,
      verdict: undefined,
      derivation: undefined,
      endRow: 0,
      hasLastHash: false,
      isBestDerived,
    });
  }

  /** By positions in the block; rows that were judged before stay as they are. */
  judge(rows: readonly number[], { verdict, derivation, isBestRight }: RowsVerdict): void {
    const last = derivation && this.#lastOfGroup(rows);
    const endRow = rows[rows.length - 1]!;
    for (const row of rows) {
      const waiting = this.#at(row);
      if (waiting === undefined || waiting.verdict !== undefined) continue;
      waiting.verdict = verdict;
      if (last === undefined) continue;
      waiting.derivation = derivation;
      waiting.endRow = endRow;
      waiting.isBestDerived = isBestRight;
    }
    if (last !== undefined) last.hasLastHash = true;
  }

  /** The next row in order if it is judged: no more is kept of it. */
  takeJudged(): WaitingRow<Plan> | undefined {
    const position = this.#next - this.#first;
    const next = this.#rows[position];
    if (next?.verdict === undefined) return undefined;
    this.#rows[position] = undefined;
    this.#next++;
    if (position + 1 === TAKEN_MAX) {
      this.#rows.splice(0, TAKEN_MAX);
      this.#first = this.#next;
    }
    return next;
  }

  /** What is not judged is pending. */
  giveUp(): void {
    for (const waiting of this.#rows) if (waiting !== undefined) waiting.verdict ??= "pending";
  }

  /**
   * The row that brings the hash of a group's end, if the group's hash can be derived. Where only
   * others brought it, such as one that cannot be read, a reader would take another row's end.
   */
  #lastOfGroup(rows: readonly number[]): WaitingRow<Plan> | undefined {
    for (const row of rows) if (this.#at(row)?.row.shape.mayBeDerived === false) return undefined;
    let at = rows[rows.length - 1]!;
    let last = this.#at(at);
    while (last !== undefined && last.row.shape.hashSlot < last.from) last = this.#at(--at);
    return rows.includes(at) ? last : undefined;
  }

  /** A row that was not taken yet. */
  #at(row: number): WaitingRow<Plan> | undefined {
    return this.#rows[row - this.#first];
  }
}
