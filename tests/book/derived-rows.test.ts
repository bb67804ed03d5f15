import { describe, expect, test } from "bun:test";
import { isApplied } from "../../src/format/market-event.ts";
import { seededRandom } from "../../src/ports/random.ts";
import { type RecordedSteps, recordedSteps, replayed } from "./recorded-steps.ts";
import type { Step } from "./token-stream.ts";
import { TOY_IMPLIED, ToyVenue } from "./toy-venue.ts";

const CLOSE: Step = { kind: "close" };

/** Texts received one after the other, and other steps between them. */
function recorded(...given: readonly (string | Step)[]): RecordedSteps {
  const steps = given.map((step, i): Step => {
    return typeof step === "string" ? { kind: "text", text: step, receivedUs: 1000 + i } : step;
  });
  const found = recordedSteps(steps, TOY_IMPLIED);
  expect(replayed(found, TOY_IMPLIED, seededRandom(1)).wrong).toEqual([]);
  return found;
}

/** For each row of the first block whether its hash is derived, and from the book after which row. */
const endsOf = ({ blocks }: RecordedSteps) => [...blocks[0]!.groupEnds];

const bid = (price: string, size: string) => ({ price, size, side: "BUY" });

/** An element of the old form, with one hash for its changes. */
function element(hash: string, timestamp: string, changes: readonly object[]): string {
  const { market, tokenId: asset_id } = TOY_IMPLIED;
  return JSON.stringify({
    ...{ asset_id, changes, event_type: "price_change", hash, market, timestamp },
  });
}

describe("what looked like a duplicate and was none", () => {
  /** A change that is taken back, and one more; then the first again, which the book has. */
  function beforeRestore(): { readonly venue: ToyVenue; readonly texts: string[] } {
    const venue = new ToyVenue();
    const texts = [venue.bookText("1000", true), venue.bid("1001", "0.41", "5")];
    texts.push(venue.bid("1002", "0.41", "0"), venue.bid("1003", "0.3", "1"), texts[1]!);
    venue.apply(bid("0.41", "5"));
    return { venue, texts };
  }

  test("is in the book of a block's reader before a book that came with its hash", () => {
    const { venue, texts } = beforeRestore();
    texts.push(venue.bid("1004", "0.2", "1"));
    venue.apply(bid("0.41", "0"));
    const { blocks } = recorded(...texts, venue.bookText("1005", false));
    expect(isApplied(blocks[0]!.rows[4]!.verdict)).toBe(true);
  });

  test("ends its block, whose hashes since then are stored", () => {
    const { venue, texts } = beforeRestore();
    const rest = ["1004", "1005", "1006"].map((time) => venue.bid(time, "0.2", time));
    const found = recorded(...texts, ...rest);
    expect(endsOf(found)).toEqual([0, 1, 2, 3, -1, -1, -1]);
    expect(found.blocks[1]!.groupEnds).toEqual(Int32Array.of(0));
    expect(found.blocks[1]!.keyframe!.bids).toContainEqual(["0.41", "5"]);
    expect(found.blocks[1]!.recipeChanges).toEqual([]);
  });

  test("is in the best prices that its reader makes", () => {
    const { venue, texts } = beforeRestore();
    const { market, tokenId: asset_id } = TOY_IMPLIED;
    const quote = { market, asset_id, best_bid: "0.4", best_ask: "0.6", timestamp: "1003" };
    texts.push(JSON.stringify({ ...quote, event_type: "best_bid_ask" }));
    recorded(...texts, venue.bid("1004", "0.2", "1"), venue.bid("1005", "0.2", "2"));
  });

  test("is none if a hash that is right without it is judged before the one that needs it", () => {
    const { venue, texts } = beforeRestore();
    const known = venue.values;
    // Two trades are on their way, and the hash with the later price comes first.
    venue.values = { ...known, lastTradePrice: "0.490" };
    texts.push(venue.bid("1004", "0.2", "1"));
    venue.values = known;
    venue.apply(bid("0.41", "0"));
    texts.push(venue.bid("1005", "0.2", "2"));
    const fields = { market: TOY_IMPLIED.market, asset_id: "1002", price: "0.49" };
    const text = JSON.stringify({ ...fields, event_type: "last_trade_price" });
    const later = [venue.bid("1006", "0.2", "3"), venue.bid("1007", "0.2", "4")];
    const rest = [CLOSE, { kind: "announced", text } as const, ...later];
    // Judged by silence, or only when the trade is announced: in the same order.
    recorded(...texts, ...rest);
    const { blocks } = recorded(...texts, { kind: "pass", nowUs: 300_000 }, ...rest);
    const verdicts = blocks[0]!.rows.map(({ verdict }) => verdict);
    expect(verdicts.slice(4)).toEqual(["duplicate", "late", "matched"]);
    expect(blocks[1]!.rows.map(({ verdict }) => verdict)).toEqual(["matched", "matched"]);
  });

  test("stays a duplicate in a block that went out before", () => {
    const { venue, texts } = beforeRestore();
    const found = recorded(...texts, { kind: "flush" }, venue.bid("1004", "0.2", "1"));
    expect(found.blocks[0]!.rows[4]!.verdict).toBe("duplicate");
    const again = recorded(...texts, { kind: "flush" }, venue.bid("1005", "0.2", "2"), CLOSE);
    expect(again.blocks[1]!.rows[0]!.verdict).toBe("matched");
  });

  test("is in the running book though its block went out before", () => {
    const { venue, texts } = beforeRestore();
    const rest = ["1004", "1005"].map((time) => venue.bid(time, "0.2", time));
    const { blocks } = recorded(...texts, { kind: "flush" }, ...rest);
    expect(blocks.flatMap(({ rows }) => rows.map(({ verdict }) => verdict))).not.toContain(
      "missed",
    );
  });
});

describe("a group in the old form", () => {
  test("has its hash from the end of its element", () => {
    const venue = new ToyVenue();
    const opening = venue.bookText("1000", true);
    const changes = [bid("0.3", "1"), bid("0.2", "1"), bid("0.1", "1")];
    for (const change of changes) venue.apply(change);
    const found = recorded(opening, element(venue.hash("1001"), "1001", changes));
    expect(endsOf(found)).toEqual([0, 3, 3, 3]);
  });

  test("over two elements has its hash from the end of the second", () => {
    const venue = new ToyVenue();
    const opening = venue.bookText("1000", true);
    const changes = [bid("0.3", "1"), bid("0.2", "1"), bid("0.1", "1")];
    for (const change of changes) venue.apply(change);
    const texts = [changes.slice(0, 2), changes.slice(2)].map((part) =>
      element(venue.hash("1001"), "1001", part),
    );
    expect(endsOf(recorded(opening, ...texts))).toEqual([0, 3, 3, 3]);
  });

  test("stores it if the change that brings the last one cannot be read", () => {
    const venue = new ToyVenue();
    const opening = venue.bookText("1000", true);
    const changes = [bid("0.3", "1"), bid("0.2", "1")];
    for (const change of changes) venue.apply(change);
    const hash = venue.hash("1001");
    const texts = [
      element(hash, "1001", [changes[0]!]),
      element(hash, "1001", [{ ...bid("0.1", "1"), side: "HOLD" }, changes[1]!]),
    ];
    const found = recorded(opening, ...texts);
    expect(found.blocks[0]!.rows[3]!.verdict).toBe("matched");
    expect(endsOf(found)).toEqual([0, -1, -1, -1]);
  });

  test("has it also if a change behind its last one cannot be read", () => {
    const venue = new ToyVenue();
    const opening = venue.bookText("1000", true);
    const change = bid("0.3", "1");
    venue.apply(change);
    const unread = { ...change, side: "HOLD" };
    const found = recorded(opening, element(venue.hash("1001"), "1001", [change, unread]));
    expect(endsOf(found)).toEqual([0, 2, 2]);
  });
});

describe("where the parts of a message are not where they are today", () => {
  const { market, tokenId: asset_id } = TOY_IMPLIED;
  const more = { market, asset_id, event_type: "price_change" };

  /** A venue with its opening told, and two changes that are told of next. */
  function changed() {
    const venue = new ToyVenue();
    const opening = venue.bookText("1000", true);
    const [one, two] = [bid("0.3", "1"), bid("0.2", "1")];
    venue.apply(one);
    const first = venue.entry(one, "1001");
    venue.apply(two);
    return { venue, opening, one, two, first, second: venue.entry(two, "1001") };
  }

  test("best prices in entries stay, under one hash of their element", () => {
    const { venue, opening, one, two } = changed();
    const hash = venue.hash("1001");
    const changes = [one, two].map((change) => ({ ...change, ...venue.best }));
    const text = JSON.stringify({ ...more, hash, timestamp: "1001", changes });
    expect(endsOf(recorded(opening, text))).toEqual([0, -1, -1]);
  });

  test("best prices of an element stay, over entries of other hashes", () => {
    const { venue, opening, first, second } = changed();
    const changes = [first, second].map(({ best_bid: _, best_ask: __, ...entry }) => entry);
    const text = JSON.stringify({ ...more, ...venue.best, timestamp: "1001", changes });
    expect(endsOf(recorded(opening, text))).toEqual([0, -1, -1]);
  });

  test("a hash for entries of other times stays", () => {
    const venue = new ToyVenue("5");
    const opening = venue.bookText("1000", true);
    const first = { ...bid("0.3", "1"), timestamp: "1001" };
    venue.apply(first);
    // Not of the element's last change, for once.
    const hash = venue.hash("1001");
    const changes = [first, { ...bid("0.2", "1"), timestamp: "1002" }];
    const found = recorded(opening, JSON.stringify({ ...more, hash, changes }));
    expect(found.blocks[0]!.rows[1]!.verdict).toBe("matched");
    expect(endsOf(found)).toEqual([0, -1, -1]);
  });

  test("all of it in the element follows from the book, but for its best prices", () => {
    const { venue, opening, one, two } = changed();
    const fields = { ...more, hash: venue.hash("1001"), ...venue.best, timestamp: "1001" };
    const found = recorded(opening, JSON.stringify({ ...fields, changes: [one, two] }));
    expect(endsOf(found)).toEqual([0, 2, 2]);
    const { shape, values } = found.blocks[0]!.rows[2]!;
    expect(values[shape.bestBidSlot]).toBeNull();
  });
});

/** A book and a change of another market, with its hashes. */
function otherMarket({ book, values, recipe }: ToyVenue, time: string): string[] {
  const market = "0xother";
  const told = (text: string, timestamp: string) => {
    const hash = book.hash({ ...TOY_IMPLIED, market, timestamp, recipe, values });
    return text.replace(TOY_IMPLIED.market, market).replace(/"hash":"[^"]*/, `"hash":"${hash}`);
  };
  const venue = new ToyVenue(recipe, book.levels());
  const opening = told(venue.bookText(time, true), time);
  const change = { price: "0.3", size: "1", side: "BUY" };
  const text = venue.text([venue.entry(change, `${time}0`)], `${time}0`);
  book.set("bids", change.price, change.size);
  return [opening, told(text, `${time}0`)];
}

test("best prices of a quote that brings a hash stay", () => {
  const venue = new ToyVenue();
  const { market, tokenId: asset_id } = TOY_IMPLIED;
  const fields = { market, asset_id, hash: venue.hash("1001"), ...venue.best, timestamp: "1001" };
  const quote = JSON.stringify({ ...fields, event_type: "best_bid_ask" });
  expect(endsOf(recorded(venue.bookText("1000", true), quote))).toEqual([0, -1]);
});

describe("a hash", () => {
  test("of a group that two blocks share follows from the book in the second only", () => {
    const venue = new ToyVenue();
    const opening = venue.bookText("1000", true);
    const changes = [bid("0.3", "1"), bid("0.2", "1"), bid("0.1", "1")];
    for (const change of changes) venue.apply(change);
    const texts = changes.map((change) => venue.text([venue.entry(change, "1001")], "1001"));
    const [first, ...rest] = texts as [string, ...string[]];
    const { blocks } = recorded(opening, first, CLOSE, ...rest);
    expect(blocks.map(({ groupEnds }) => [...groupEnds])).toEqual([
      [0, -1],
      [1, 1],
    ]);
  });

  test("of another market's book, and of what follows it, is stored", () => {
    const venue = new ToyVenue();
    const texts = [venue.bookText("1000", true), ...otherMarket(venue, "1001")];
    const back = [venue.bookText("1003", true), venue.bid("1004", "0.2", "1")];
    const found = recorded(...texts, ...back);
    expect(found.blocks[0]!.rows.map(({ verdict }) => verdict)).not.toContain("missed");
    expect(endsOf(found)).toEqual([0, -1, -1, 3, 4]);
  });

  test("of another recipe than the block's first is stored", () => {
    const [venue, next] = [new ToyVenue("10"), new ToyVenue("9")];
    const texts = [venue.bookText("1000", true), venue.bid("1001", "0.3", "1")];
    const later = [next.bookText("1002", true), next.bid("1003", "0.2", "1")];
    const found = recorded(...texts, ...later);
    expect(endsOf(found)).toEqual([0, 1, -1, -1]);
    expect(found.blocks[0]!.rows.map(({ verdict }) => verdict)).not.toContain("missed");
  });

  test("that is late, or of another time than the message's, is stored", () => {
    const venue = new ToyVenue("6");
    const opening = venue.bookText("1000", true);
    const change = bid("0.3", "1");
    venue.apply(change);
    const led = venue.text([venue.entry(change, "1001")], "1006");
    const early = bid("0.2", "1");
    venue.apply(early);
    venue.apply(bid("0.1", "1"));
    const late = venue.text([venue.entry(early, "1010")], "1010");
    const next = venue.text([venue.entry(bid("0.1", "1"), "1011")], "1011");
    const found = recorded(opening, led, late, next);
    expect(found.blocks[0]!.rows.map(({ verdict }) => verdict)).toEqual([
      ...["matched", "matched", "late", "matched"],
    ] as never);
    expect(endsOf(found)).toEqual([0, -1, -1, 3]);
  });

  test("takes no best prices along that contradict the book", () => {
    const venue = new ToyVenue();
    const opening = venue.bookText("1000", true);
    const change = bid("0.3", "1");
    venue.apply(change);
    const entry = { ...venue.entry(change, "1001"), best_bid: "0.9" };
    const found = recorded(opening, venue.text([entry], "1001"));
    const { shape, values } = found.blocks[0]!.rows[1]!;
    expect(values[shape.hashSlot]).toBeNull();
    expect([values[shape.bestBidSlot], values[shape.bestAskSlot]]).toEqual(["0.9", "0.6"]);
  });
});
