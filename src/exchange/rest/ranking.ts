/** What items are ordered by: the values asked for, then the item's number. */
export type Rank = readonly (number | string)[];

export interface Ranked<T> {
  readonly item: T;
  readonly rank: Rank;
}

const NUMBER = /^-?\d+(\.\d+)?$/;

/** A value of a listed item. Numbers written as texts are compared as numbers. */
export function rankValue(value: unknown): number | string {
  if (typeof value === "number") return value;
  if (typeof value === "boolean") return Number(value);
  const text = typeof value === "string" ? value : "";
  return NUMBER.test(text) ? Number(text) : text;
}

/** Less than 0 when `a` comes before `b`; numbers come before texts. */
export function compareRanks(a: Rank, b: Rank): number {
  for (const [index, left] of a.entries()) {
    const right = b[index] ?? "";
    if (left === right) continue;
    if (typeof left !== typeof right) return typeof left === "number" ? -1 : 1;
    return left < right ? -1 : 1;
  }
  return 0;
}
