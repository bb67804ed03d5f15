import { describe, expect, test } from "bun:test";
import { TokenLedger } from "../../src/book/token-ledger.ts";
import type { Verdict } from "../../src/format/market-event.ts";

/** A ledger that begins at 0 with a proven book, and what it says in short: "verified 0-5". */
function opened(): { ledger: TokenLedger; said: () => string[] } {
  const ledger = new TokenLedger(0, false);
  ledger.update("book", "matched", 0);
  return { ledger, said: () => saidBy(ledger) };
}

function saidBy(ledger: TokenLedger): string[] {
  return ledger.spans.map(({ state, cause, fromUs, toUs }) =>
    [state, cause, `${fromUs}-${toUs}`].filter((part) => part !== "").join(" "),
  );
}

describe("the ledger of a token", () => {
  test("has a gap until the first book, and none if the book goes on", () => {
    const ledger = new TokenLedger(10, false);
    ledger.update("price_change", "no-book", 10);
    ledger.update("last_trade_price", "no-book", 15);
    ledger.update("book", "matched", 20);
    ledger.update("price_change", "matched", 30);
    expect(saidBy(ledger)).toEqual(["gap no-snapshot 10-20", "verified 20-30"]);
    const rolled = new TokenLedger(10, true);
    rolled.update("price_change", "matched", 30);
    expect(saidBy(rolled)).toEqual(["verified 10-30"]);
    const never = new TokenLedger(10, false);
    never.update("last_trade_price", "no-book", 15);
    never.end(40);
    expect(saidBy(never)).toEqual(["gap no-snapshot 10-40"]);
  });

  test("is verified up to the last hash, whatever comes without one", () => {
    const { ledger, said } = opened();
    for (const [us, verdict] of [
      [5, "matched"],
      [7, "late"],
      [9, "searched"],
    ] as const) {
      ledger.update("price_change", verdict, us);
    }
    ledger.update("last_trade_price", "unverifiable", 12);
    ledger.end(20);
    expect(said()).toEqual(["verified 0-9", "unverified unproven 9-20"]);
  });

  const doubts: [Verdict, string][] = [
    ["missed", "unverified divergence"],
    ["unverifiable", "unverified recipe"],
    ["shed", "unverified lag"],
    ["pending", "unverified unproven"],
  ];
  test.each(doubts)("doubts its time from the last hash to the next over one %s", (verdict, as) => {
    const { ledger, said } = opened();
    ledger.update("price_change", "matched", 5);
    ledger.update("price_change", verdict, 7);
    ledger.update("price_change", "matched", 9);
    ledger.update("price_change", "matched", 11);
    expect(said()).toEqual(["verified 0-5", `${as} 5-9`, "verified 9-11"]);
  });

  test("keeps what a hash has said against the book when the next ones say nothing", () => {
    const { ledger, said } = opened();
    ledger.update("price_change", "missed", 5);
    ledger.update("price_change", "unverifiable", 6);
    ledger.update("price_change", "pending", 7);
    ledger.update("price_change", "matched", 9);
    ledger.update("price_change", "unverifiable", 10);
    ledger.update("price_change", "missed", 11);
    ledger.end(12);
    expect(said()).toEqual(["unverified divergence 0-12"]);
  });

  test("does not take a book for right that nothing was added to", () => {
    const { ledger, said } = opened();
    const audit = { kind: "proof", cause: "audit" };
    ledger.note({ ...audit, fromUs: 5, toUs: 5 });
    ledger.update("price_change", "missed", 6);
    ledger.note({ ...audit, fromUs: 9, toUs: 9 });
    ledger.update("price_change", "missed", 11);
    ledger.note({ kind: "suspect", cause: "diverged", fromUs: 5, toUs: 13 });
    ledger.note({ ...audit, fromUs: 14, toUs: 14 });
    ledger.update("book", "matched", 15);
    expect(said()).toEqual(["verified 0-5", "suspect divergence 5-15"]);
  });

  test("does not mind updates that are not applied", () => {
    const { ledger, said } = opened();
    ledger.update("price_change", "stale", 5);
    ledger.update("price_change", "duplicate", 7);
    ledger.update("price_change", "matched", 9);
    expect(said()).toEqual(["verified 0-9"]);
  });

  test("has gaps where notes tell of them, and nothing proven right before", () => {
    const { ledger, said } = opened();
    ledger.update("price_change", "matched", 5);
    ledger.note({ kind: "gap", cause: "overflow", fromUs: 8, toUs: 12 });
    ledger.update("price_change", "matched", 15);
    expect(said()).toEqual([
      "verified 0-5",
      "unverified unproven 5-8",
      "gap overflow 8-12",
      "verified 12-15",
    ]);
  });

  test("closes an interruption by a proof, by a gap, or never", () => {
    const interrupted = { kind: "interrupted", cause: "disconnect", fromUs: 5, toUs: 5 };
    const proven = opened();
    proven.ledger.note(interrupted);
    proven.ledger.note({ kind: "proof", cause: "disconnect", fromUs: 5, toUs: 9 });
    proven.ledger.end(9);
    expect(proven.said()).toEqual(["verified 0-9"]);
    const lost = opened();
    lost.ledger.update("price_change", "matched", 5);
    lost.ledger.note(interrupted);
    lost.ledger.note({ ...interrupted, kind: "gap", toUs: 9 });
    lost.ledger.update("book", "matched", 9);
    lost.ledger.end(9);
    expect(lost.said()).toEqual(["verified 0-5", "gap disconnect 5-9"]);
    const open = opened();
    open.ledger.note(interrupted);
    open.ledger.end(20);
    expect(open.said()).toEqual(["unverified unproven 0-5", "gap disconnect 5-20"]);
  });

  test("has a gap up to the first change that is proven where no fresh book comes", () => {
    const { ledger, said } = opened();
    ledger.update("price_change", "matched", 4);
    ledger.note({ kind: "interrupted", cause: "disconnect", fromUs: 5, toUs: 5 });
    ledger.update("price_change", "matched", 8);
    ledger.update("price_change", "matched", 9);
    ledger.note({ kind: "gap", cause: "disconnect", fromUs: 5, toUs: 12 });
    ledger.update("price_change", "matched", 14);
    expect(said()).toEqual([
      "verified 0-4",
      "unverified unproven 4-5",
      "gap disconnect 5-8",
      "verified 8-9",
      "gap disconnect 9-12",
      "verified 12-14",
    ]);
  });

  test("knows what was interrupted when something else goes wrong in it", () => {
    const { ledger, said } = opened();
    ledger.note({ kind: "interrupted", cause: "disconnect", fromUs: 5, toUs: 5 });
    ledger.note({ kind: "gap", cause: "disk-full", fromUs: 7, toUs: 9 });
    ledger.update("price_change", "matched", 12);
    expect(said()).toEqual([
      "unverified unproven 0-5",
      "gap disconnect 5-7",
      "gap disk-full 7-9",
      "verified 9-12",
    ]);
  });

  test("suspects a book from its last proof to the next", () => {
    const { ledger, said } = opened();
    ledger.update("price_change", "matched", 5);
    ledger.update("price_change", "missed", 6);
    // Taken a little after it was received.
    ledger.note({ kind: "suspect", cause: "diverged", fromUs: 6, toUs: 9 });
    ledger.update("price_change", "missed", 10);
    ledger.update("book", "matched", 12);
    ledger.update("price_change", "matched", 13);
    expect(said()).toEqual(["verified 0-5", "suspect divergence 5-12", "verified 12-13"]);
  });

  test("suspects a book no longer than to the hash that proved it, be that judged later", () => {
    const { ledger, said } = opened();
    ledger.update("price_change", "matched", 5_000);
    ledger.update("price_change", "missed", 6_000);
    ledger.update("price_change", "missed", 7_000);
    ledger.update("price_change", "matched", 8_000);
    ledger.update("price_change", "matched", 9_000);
    ledger.note({ kind: "suspect", cause: "diverged", fromUs: 5_001, toUs: 9_500 });
    ledger.update("price_change", "matched", 10_000);
    expect(said()).toEqual([
      "verified 0-5000",
      "suspect divergence 5000-8000",
      "verified 8000-10000",
    ]);
  });

  test("tells who did not record, unless nothing happened meanwhile", () => {
    const { ledger, said } = opened();
    ledger.update("price_change", "matched", 5);
    ledger.pause(6, "crash");
    expect(ledger.wantsBook).toBe(true);
    ledger.update("book", "matched", 9);
    ledger.pause(10, "not-recording");
    ledger.update("book", "matched", 12, true);
    ledger.update("price_change", "matched", 13);
    expect(said()).toEqual([
      "verified 0-5",
      "unverified unproven 5-6",
      "gap crash 6-9",
      "verified 9-13",
    ]);
  });

  test("has no book after a pause without one, nor before the first", () => {
    const { ledger, said } = opened();
    ledger.update("price_change", "matched", 5);
    ledger.pause(7, "not-recording");
    ledger.update("price_change", "no-book", 9);
    ledger.pause(10, "crash");
    ledger.end(12);
    expect(said()).toEqual(["verified 0-5", "unverified unproven 5-7", "gap not-recording 7-12"]);
    const never = new TokenLedger(0, false);
    never.pause(5, "crash");
    never.update("book", "matched", 9);
    expect(saidBy(never)).toEqual(["gap no-snapshot 0-9"]);
    const cut = opened();
    cut.ledger.note({ kind: "interrupted", cause: "stall", fromUs: 4, toUs: 4 });
    cut.ledger.pause(6, "crash");
    cut.ledger.update("book", "matched", 9);
    expect(cut.said()).toEqual(["unverified unproven 0-4", "gap stall 4-6", "gap crash 6-9"]);
  });

  test("says that hashes are missed since the tick size changed", () => {
    const { ledger, said } = opened();
    ledger.update("price_change", "matched", 5);
    ledger.update("tick_size_change", "unverifiable", 6);
    ledger.update("price_change", "missed", 7);
    ledger.update("price_change", "matched", 9);
    ledger.update("price_change", "missed", 11);
    ledger.update("price_change", "matched", 12);
    expect(said()).toEqual([
      "verified 0-5",
      "unverified tick-change 5-9",
      "unverified divergence 9-12",
    ]);
  });

  const step = { kind: "clock-step", cause: "" };

  test("has no time proven that the clock leapt over, nor time that came twice", () => {
    const forward = opened();
    forward.ledger.note({ ...step, fromUs: 5, toUs: 95 });
    forward.ledger.update("price_change", "matched", 96);
    const leapt = ["verified 0-5", "unverified clock-step 5-95", "verified 95-96"];
    expect(forward.said()).toEqual(leapt);
    forward.ledger.note({ kind: "suspect", cause: "diverged", fromUs: 4, toUs: 98 });
    expect(forward.said()).toEqual([...leapt, "suspect divergence 96-98"]);
    const back = opened();
    back.ledger.update("price_change", "matched", 50);
    back.ledger.note({ ...step, fromUs: 52, toUs: 12 });
    back.ledger.update("price_change", "matched", 13);
    back.ledger.note({ kind: "gap", cause: "disconnect", fromUs: 20, toUs: 30 });
    back.ledger.note({ kind: "gap", cause: "stall", fromUs: 51, toUs: 60 });
    back.ledger.update("price_change", "matched", 70);
    expect(back.said()).toEqual([
      "verified 0-12",
      "unverified clock-step 12-20",
      "gap disconnect 20-30",
      "unverified clock-step 30-51",
      "gap stall 51-60",
      "verified 60-70",
    ]);
  });

  test("suspects a book in the time after the clock was set back, too", () => {
    const { ledger, said } = opened();
    ledger.update("price_change", "matched", 50);
    ledger.note({ ...step, fromUs: 52, toUs: 12 });
    ledger.update("price_change", "missed", 13);
    ledger.note({ kind: "suspect", cause: "diverged", fromUs: 50, toUs: 16 });
    ledger.update("book", "matched", 17);
    ledger.note({ kind: "proof", cause: "audit", fromUs: 20, toUs: 20 });
    ledger.update("price_change", "missed", 23);
    ledger.note({ kind: "suspect", cause: "diverged", fromUs: 50, toUs: 26 });
    ledger.update("book", "matched", 27);
    ledger.update("price_change", "matched", 60);
    expect(said()).toEqual([
      "verified 0-12",
      "suspect divergence 12-16",
      "unverified clock-step 16-20",
      "suspect divergence 20-26",
      "unverified clock-step 26-52",
      "verified 52-60",
    ]);
  });

  test("goes through no time twice when the clock is set back", () => {
    const { ledger, said } = opened();
    ledger.update("price_change", "matched", 9);
    ledger.update("price_change", "matched", 4);
    ledger.update("price_change", "missed", 5);
    ledger.update("price_change", "matched", 12);
    expect(said()).toEqual(["verified 0-9", "unverified divergence 9-12"]);
  });
});
