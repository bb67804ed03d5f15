import { expect, test } from "bun:test";
import { FairPrice } from "../../../src/exchange/market/fair-price.ts";
import { LadderMaker } from "../../../src/exchange/market/ladder-maker.ts";
import { MirroredBook } from "../../../src/exchange/market/mirrored-book.ts";
import type { Trading } from "../../../src/exchange/market/participant.ts";

const ROUND_MS = 57_000;

test("a ladder maker takes back its own orders at once, and nobody else's", () => {
  const book = new MirroredBook();
  book.bids.set(4_600, 700);
  const random = () => 0.5;
  const fair = new FairPrice(random, 5_000, 0);
  const trading: Trading = { book, fair, random, tickSize: 100, elapsedMs: 1_000, levels: 10 };
  const rungs = [
    { ticks: 2, lot: 100 },
    { ticks: 3, lot: 200 },
    { ticks: 4, lot: 300 },
  ];
  const maker = new LadderMaker("bids", rungs, ROUND_MS);
  const act = () => {
    const action = maker.act(trading);
    for (const { side, price, size } of action.changes) book[side].set(price, size);
    return action;
  };
  const sizes = () => [4_700, 4_600, 4_500].map((price) => book.bids.sizeAt(price));
  for (let round = 0; round < 3; round += 1) {
    const pauses = rungs.map(() => act().nextMs);
    expect(sizes()).toEqual([100, 900, 300]);
    expect(pauses.slice(0, 2).every((ms) => ms > 150 && ms < 250)).toBe(true);
    expect(pauses[2]).toBeGreaterThan(ROUND_MS - 2_000);
    // A taker had some of its first order meanwhile.
    book.bids.set(4_700, 40);
    expect(act().changes).toHaveLength(3);
    expect(sizes()).toEqual([0, 700, 0]);
  }
});
