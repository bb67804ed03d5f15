import { describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { AskedVenue, emptySide, type Fields } from "./asked-venue.ts";

interface Book extends Fields {
  asset_id: string;
  hash: string;
  timestamp: string;
  bids: { price: string; size: string }[];
  asks: { price: string; size: string }[];
}

const NO_BOOK = {
  status: 404,
  value: { error: "No orderbook exists for the requested token id" },
};

function isHashed(book: Book): boolean {
  const text = JSON.stringify({ ...book, hash: "" });
  return book.hash === createHash("sha1").update(text).digest("hex");
}

describe("GET /book", () => {
  test("gives the book in the hashed form, before any trade with an empty price", () => {
    const venue = new AskedVenue();
    venue.market(3).lastTrade = undefined;
    const book = venue.read<Book>(`/book?token_id=${venue.tokenId(3, 1)}`);
    expect(Object.keys(book).join()).toBe(
      "market,asset_id,timestamp,hash,bids,asks,min_order_size,tick_size,neg_risk,last_trade_price",
    );
    expect(book).toMatchObject({
      market: venue.market(3).identity.market,
      asset_id: venue.tokenId(3, 1),
      timestamp: String(venue.market(3).lastChangeMs),
      neg_risk: true,
      last_trade_price: "",
    });
    expect(isHashed(book)).toBe(true);
  });

  test("has the best level last on both sides, and empty sides as empty lists", () => {
    const venue = new AskedVenue();
    const url = `/book?token_id=${venue.tokenId(0, 0)}`;
    const { bids, asks } = venue.read<Book>(url);
    expect(Number(bids.at(-1)?.price)).toBe(venue.market(0).book.bestBid / 10_000);
    expect(Number(asks.at(-1)?.price)).toBe(venue.market(0).book.bestAsk / 10_000);
    emptySide(venue.market(0), "bids");
    emptySide(venue.market(0), "asks");
    const empty = venue.read<Book>(url);
    expect([empty.bids, empty.asks]).toEqual([[], []]);
    expect(isHashed(empty)).toBe(true);
  });

  test("refuses what is no token id, and knows no others than its own", () => {
    const venue = new AskedVenue();
    const invalid = { status: 400, value: { error: "Invalid token id" } };
    for (const query of ["", "?token_id=", "?token_id=abc", "?token_id=-1", "?other=1"]) {
      expect(venue.get(`/book${query}`), query).toEqual(invalid);
    }
    expect(venue.get("/book?token_id=77")).toEqual(NO_BOOK);
  });

  test("of an ended market is empty, of a settled one gone", () => {
    const venue = new AskedVenue({ markets: 0, series: 1 });
    const url = `/book?token_id=${venue.tokenId(0, 0)}`;
    venue.clock.advance(65_000);
    expect(venue.market(0).phase).toBe("ended");
    expect(venue.read<Book>(url)).toMatchObject({ bids: [], asks: [] });
    venue.clock.advance(30_000);
    expect(venue.get(url)).toEqual(NO_BOOK);
  });

  test("was written at once: later changes do not show in it", () => {
    const venue = new AskedVenue();
    const url = `/book?token_id=${venue.tokenId(0, 0)}`;
    const { body } = venue.answer("GET", url);
    const before = body.slice();
    emptySide(venue.market(0), "bids");
    expect(body).toBe(before);
    expect(venue.answer("GET", url).body).not.toBe(before);
  });

  test("of a copy that lags is the book as it was, with its hash", () => {
    const venue = new AskedVenue({ rate: 200 });
    const url = `/book?token_id=${venue.tokenId(0, 0)}`;
    let older = 0;
    for (let round = 0; round < 50; round += 1) {
      venue.clock.advance(97);
      const was = venue.read<Book>(url);
      venue.clock.advance(20 * round);
      const stale = venue.read<Book>(url, 20 * round);
      expect(stale).toEqual(was);
      expect(isHashed(stale)).toBe(true);
      if (venue.read<Book>(url).hash !== stale.hash) older += 1;
    }
    expect(older).toBeGreaterThan(10);
  });

  test("has the fields of its year", () => {
    const venue = new AskedVenue();
    const url = `/book?token_id=${venue.tokenId(0, 0)}`;
    const keysOf = (recipe: "5" | "6" | "9") => {
      venue.simulation.conditions.recipe = recipe;
      return Object.keys(venue.read(url)).join();
    };
    expect(keysOf("5")).toBe("market,asset_id,bids,asks,hash,timestamp");
    expect(keysOf("6")).toBe("market,asset_id,timestamp,hash,bids,asks");
    expect(keysOf("9")).toEndWith("bids,asks,min_order_size,tick_size,neg_risk");
  });
});

describe("POST /books", () => {
  test("gives the books in the order asked for and leaves out unknown tokens", () => {
    const venue = new AskedVenue();
    const ids = [venue.tokenId(4, 1), "77", "no id", venue.tokenId(0, 0), venue.tokenId(4, 0)];
    const { status, value } = venue.post(
      "/books",
      ids.map((token_id) => ({ token_id })),
    );
    expect(status).toBe(200);
    const books = value as Book[];
    expect(books.map(({ asset_id }) => asset_id)).toEqual([ids[0]!, ids[3]!, ids[4]!]);
    expect(books.every(isHashed)).toBe(true);
    expect(books[1]).toEqual(venue.read<Book>(`/book?token_id=${ids[3]}`));
    expect(venue.post("/books", [])).toEqual({ status: 200, value: [] });
  });

  test("takes 500 tokens and no more", () => {
    const venue = new AskedVenue();
    const item = { token_id: venue.tokenId(0, 0) };
    expect((venue.post("/books", Array(500).fill(item)).value as Book[]).length).toBe(500);
    expect(venue.post("/books", Array(501).fill(item))).toEqual({
      status: 400,
      value: { error: "Payload exceeds the limit" },
    });
  });

  test("refuses any other body", () => {
    const venue = new AskedVenue();
    const refused = { status: 400, body: '{"error":"Invalid payload"}' };
    for (const body of ["", "{", "{}", "null", '["1"]', "[{}]", '[{"token_id":1}]', "[null]"]) {
      expect(venue.answer("POST", "/books", body), body).toMatchObject(refused);
    }
  });

  test("lags as a whole", () => {
    const venue = new AskedVenue({ rate: 200 });
    const payload = [0, 1, 2].map((index) => ({ token_id: venue.tokenId(index, 0) }));
    venue.clock.advance(500);
    const was = venue.post("/books", payload);
    venue.clock.advance(800);
    expect(venue.post("/books", payload)).not.toEqual(was);
    expect(venue.post("/books", payload, 800)).toEqual(was);
  });
});
