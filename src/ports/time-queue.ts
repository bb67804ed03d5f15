interface Entry<T> {
  readonly ms: number;
  /** Ties go to who came first. */
  readonly order: number;
  readonly item: T;
}

/** Items in order of their times, a binary heap; those of one time keep the order they came in. */
export class TimeQueue<T> {
  readonly #entries: Entry<T>[] = [];
  #added = 0;

  get size(): number {
    return this.#entries.length;
  }

  /** The earliest time; `undefined` when nothing is queued. */
  get nextMs(): number | undefined {
    return this.#entries[0]?.ms;
  }

  add(ms: number, item: T): void {
    const entry = { ms, order: this.#added++, item };
    let index = this.#entries.length;
    while (index > 0) {
      const parent = (index - 1) >>> 1;
      const above = this.#entries[parent];
      if (above === undefined || !isBefore(entry, above)) break;
      this.#entries[index] = above;
      index = parent;
    }
    this.#entries[index] = entry;
  }

  /** Takes the earliest item. */
  take(): T | undefined {
    const first = this.#entries[0];
    const last = this.#entries.pop();
    if (last !== undefined && last !== first) this.#sink(last);
    return first?.item;
  }

  /** Puts `entry` in the free place at the top, then down to where it belongs. */
  #sink(entry: Entry<T>): void {
    const entries = this.#entries;
    let index = 0;
    for (;;) {
      const left = entries[2 * index + 1];
      const right = entries[2 * index + 2];
      const goesRight = left !== undefined && right !== undefined && isBefore(right, left);
      const child = goesRight ? right : left;
      if (child === undefined || isBefore(entry, child)) break;
      entries[index] = child;
      index = 2 * index + (goesRight ? 2 : 1);
    }
    entries[index] = entry;
  }
}

function isBefore(a: Entry<unknown>, b: Entry<unknown>): boolean {
  return a.ms < b.ms || (a.ms === b.ms && a.order < b.order);
}
