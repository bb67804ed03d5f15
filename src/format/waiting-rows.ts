import type { Derivation, RowsVerdict, StoredEvent } from "./block.ts";
import type { Verdict } from "./market-event.ts";
import type { PlainChange } from "./plain-change.ts";
import type { Shape } from "./shape.ts";

/** A row until it and all before it are judged. */
export class WaitingRow {
  readonly #event: StoredEvent;
  /** Its values in numbers, if they are plain. */
  readonly change: PlainChange | undefined;
  /** The first slot whose value is not that of the row before. */
  readonly from: number;
  verdict: Verdict | undefined;
  derivation: Derivation | undefined;
  /** The last row of its group. */
  endRow = 0;
  /** Whether it is the last one that has the group's hash. */
  hasLastHash = false;
  isBestDerived: boolean;

  constructor(
    event: StoredEvent,
    change: PlainChange | undefined,
    from: number,
    isBestDerived: boolean,
  ) {
    this.#event = event;
    this.change = change;
    this.from = from;
    this.isBestDerived = isBestDerived;
  }

  get type(): StoredEvent["type"] {
    return this.#event.type;
  }

  get shape(): Shape {
    return this.#event.shape;
  }

  /** Of a value that is no list. */
  text(slot: number): string {
    return this.#event.values[slot] as string;
  }
}

/** Places of rows that were taken are cleared away when they are so many: each time would cost more. */
const TAKEN_MAX = 32;

/** Rows of a block whose hash is not judged yet. They are judged in any order, and taken in theirs. */
export class WaitingRows {
  /** Rows from `#first` on; those before `#next` were taken, and are let go of. */
  readonly #rows: (WaitingRow | undefined)[] = [];
  #first = 0;
  #next = 0;

  get count(): number {
    return this.#first + this.#rows.length - this.#next;
  }

  add(
    event: StoredEvent,
    change: PlainChange | undefined,
    from: number,
    isBestDerived: boolean,
  ): void {
    this.#rows.push(new WaitingRow(event, change, from, isBestDerived));
  }

  /**
   * By positions plus `firstRow`, those of other blocks among them; rows that were judged before
   * stay as they are. `derivation` is that of rows whose hash need not be stored.
   */
  judge(
    rows: readonly number[],
    { verdict, isBestRight }: RowsVerdict,
    derivation: Derivation | undefined,
    firstRow: number,
  ): void {
    const last = derivation && this.#lastOfGroup(rows, firstRow);
    const endRow = rows[rows.length - 1]! - firstRow;
    for (let i = 0; i < rows.length; i++) {
      const waiting = this.#at(rows[i]! - firstRow);
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
  takeJudged(): WaitingRow | undefined {
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
  #lastOfGroup(rows: readonly number[], firstRow: number): WaitingRow | undefined {
    for (const row of rows)
      if (this.#at(row - firstRow)?.shape.mayBeDerived === false) return undefined;
    let at = rows[rows.length - 1]! - firstRow;
    let last = this.#at(at);
    while (last !== undefined && last.shape.hashSlot < last.from) last = this.#at(--at);
    return rows.includes(at + firstRow) ? last : undefined;
  }

  /** A row that was not taken yet. */
  #at(row: number): WaitingRow | undefined {
    return this.#rows[row - this.#first];
  }
}
