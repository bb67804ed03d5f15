import { expect, test } from "bun:test";
import { bookLevels } from "../../src/book/event-levels.ts";
import { TokenBook } from "../../src/book/token-book.ts";
import { decode } from "../../src/polymarket/decode.ts";
import { TOY_IMPLIED, ToyVenue } from "./toy-venue.ts";

const SECOND_US = 1_000_000;

test("a book that stays wrong is missed by a few hashes, then by one in ten seconds", () => {
  let searches = 0;
  const book = new TokenBook({
    ...TOY_IMPLIED,
    maySearch: () => {
      searches++;
      return true;
    },
  });
  const venue = new ToyVenue();
  let nowUs = SECOND_US;
  const tell = (text: string) => {
    for (const { event } of decode(text)) {
      book.take(event, event.type === "book" ? bookLevels(event) : undefined, nowUs);
    }
  };
  tell(venue.bookText("1000", true));
  tell(venue.bid("1001", "0.41", "5"));
  // It never arrives.
  venue.bid("1002", "0.42", "5");
  const changes = (from: number) => {
    for (let i = from; i < from + 20; i++) {
      tell(venue.bid(String(1100 + i), "0.3", String(5 + i)));
      nowUs += SECOND_US / 4;
      book.pass(nowUs);
    }
    nowUs += 2 * SECOND_US;
    book.pass(nowUs);
  };
  changes(0);
  expect(book.counts).toMatchObject({ matched: 2, missed: 3, unverifiable: 17 });
  const ofAFew = searches;
  nowUs += 10 * SECOND_US;
  changes(20);
  expect(book.counts).toMatchObject({ missed: 4, unverifiable: 36 });
  expect(searches).toBeLessThan(2 * ofAFew);
  expect(book.standing.missedToUs).toBeGreaterThan(16 * SECOND_US);
  // It heals, and is searched for again.
  tell(venue.bid("1200", "0.42", "0"));
  venue.values = { ...venue.values, lastTradePrice: "0.730" };
  tell(venue.bid("1201", "0.43", "7"));
  nowUs += SECOND_US;
  book.pass(nowUs);
  nowUs += SECOND_US;
  book.pass(nowUs);
  expect(book.counts).toMatchObject({ missed: 4, searched: 1 });
});
