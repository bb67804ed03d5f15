import { describe, expect, test } from "bun:test";
import { BOOK_DEADLINE_MS, MissingBooks } from "../../src/polymarket/missing-books.ts";

const always = () => true;

/** The ids of those that are overdue then. */
function overdue(missing: MissingBooks, nowMs: number, isDue = always): string[] {
  return missing.overdue(nowMs, isDue).map(({ tokenId }) => tokenId);
}

describe("a book that is expected", () => {
  test("is overdue after its deadline, then after twice the pause each", () => {
    const missing = new MissingBooks();
    missing.expect(["1"], 0, 5_000);
    missing.expect(["2"], 3_000, 8_000);
    expect(overdue(missing, BOOK_DEADLINE_MS - 1)).toEqual([]);
    expect(missing.overdue(BOOK_DEADLINE_MS, always)).toEqual([
      { tokenId: "1", sinceUs: 5_000, isNew: true },
    ]);
    expect(overdue(missing, 13_000)).toEqual(["2"]);
    expect(overdue(missing, 29_999)).toEqual([]);
    expect(missing.overdue(30_000, always)).toEqual([
      { tokenId: "1", sinceUs: 5_000, isNew: false },
    ]);
    expect(missing.forget("1")).toBe(true);
    expect(missing.forget("1")).toBe(false);
    expect(overdue(missing, 9_000_000)).toEqual(["2"]);
  });

  test("keeps its pause when it is subscribed again, and has its deadline each time", () => {
    const missing = new MissingBooks();
    missing.expect(["1"], 0, 0);
    expect(overdue(missing, 10_000)).toEqual(["1"]);
    missing.expect(["1"], 10_001, 0);
    expect(overdue(missing, 29_999)).toEqual([]);
    // It had to wait for its turn.
    missing.expect(["1"], 25_000, 0);
    expect(overdue(missing, 34_999)).toEqual([]);
    expect(overdue(missing, 35_000)).toEqual(["1"]);
    expect(overdue(missing, 74_999)).toEqual([]);
    expect(overdue(missing, 75_000)).toEqual(["1"]);
  });

  test("waits while it is not due, and loses nothing by it", () => {
    const missing = new MissingBooks();
    missing.expect(["1"], 0, 0);
    expect(overdue(missing, 60_000, () => false)).toEqual([]);
    expect(missing.overdue(60_001, always)).toMatchObject([{ isNew: true }]);
  });
});
