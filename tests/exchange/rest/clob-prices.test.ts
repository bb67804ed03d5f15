import { describe, expect, test } from "bun:test";
import { AskedVenue, emptySide } from "./asked-venue.ts";

const INVALID_TOKEN = { status: 400, value: { error: "Invalid token id" } };
const INVALID_SIDE = { status: 400, value: { error: "Invalid side" } };
const NO_BOOK = {
  status: 404,
  value: { error: "No orderbook exists for the requested token id" },
};

/** A venue whose first market has a best bid of 0.4 and a best ask of 0.43. */
function quoted(): AskedVenue {
  const venue = new AskedVenue();
  const market = venue.market(0);
  emptySide(market, "bids");
  emptySide(market, "asks");
  market.book.bids.set(3_900, 500);
  market.book.bids.set(4_000, 1_000);
  market.book.asks.set(4_300, 700);
  return venue;
}

describe("prices of one token", () => {
  test("are texts made from its best levels", () => {
    const venue = quoted();
    const [yes, no] = [venue.tokenId(0, 0), venue.tokenId(0, 1)];
    expect(venue.read(`/midpoint?token_id=${yes}`)).toEqual({ mid: "0.415" });
    expect(venue.read(`/midpoint?token_id=${no}`)).toEqual({ mid: "0.585" });
    expect(venue.read(`/spread?token_id=${no}`)).toEqual({ spread: "0.03" });
    expect(venue.read(`/price?token_id=${yes}&side=BUY`)).toEqual({ price: "0.4" });
    expect(venue.read(`/price?token_id=${yes}&side=sell`)).toEqual({ price: "0.43" });
    expect(venue.read(`/price?token_id=${no}&side=BUY`)).toEqual({ price: "0.57" });
  });

  test("have the digits that half of a tick needs", () => {
    const venue = quoted();
    venue.market(0).book.bids.set(4_299, 100);
    expect(venue.read(`/midpoint?token_id=${venue.tokenId(0, 0)}`)).toEqual({ mid: "0.42995" });
  });

  test("count an empty side as 0 or a dollar", () => {
    const venue = quoted();
    emptySide(venue.market(0), "bids");
    const query = `token_id=${venue.tokenId(0, 0)}`;
    expect(venue.read(`/midpoint?${query}`)).toEqual({ mid: "0.215" });
    expect(venue.read(`/price?${query}&side=BUY`)).toEqual({ price: "0" });
    emptySide(venue.market(0), "asks");
    expect(venue.read(`/midpoint?${query}`)).toEqual({ mid: "0.5" });
    expect(venue.read(`/price?${query}&side=SELL`)).toEqual({ price: "1" });
    expect(venue.read(`/spread?${query}`)).toEqual({ spread: "1" });
  });

  test("are refused without a token, a side or a book", () => {
    const venue = quoted();
    for (const path of ["/midpoint", "/spread", "/price"]) {
      expect(venue.get(`${path}?side=BUY`), path).toEqual(INVALID_TOKEN);
      expect(venue.get(`${path}?side=BUY&token_id=77`), path).toEqual(NO_BOOK);
    }
    for (const side of ["", "&side=", "&side=HOLD"]) {
      expect(venue.get(`/price?token_id=${venue.tokenId(0, 0)}${side}`)).toEqual(INVALID_SIDE);
    }
  });
});

describe("prices of several tokens", () => {
  test("stand under their ids; unknown ones are left out", () => {
    const venue = quoted();
    const [yes, no] = [venue.tokenId(0, 0), venue.tokenId(0, 1)];
    const asked = [{ token_id: yes }, { token_id: "77" }, { token_id: no }];
    expect(venue.post("/midpoints", asked).value).toEqual({ [yes]: "0.415", [no]: "0.585" });
    expect(venue.post("/spreads", asked).value).toEqual({ [yes]: "0.03", [no]: "0.03" });
  });

  test("have the sides that were asked for and no other", () => {
    const venue = quoted();
    const [yes, no] = [venue.tokenId(0, 0), venue.tokenId(0, 1)];
    const { value } = venue.post("/prices", [
      { token_id: yes, side: "BUY" },
      { token_id: no, side: "SELL" },
      { token_id: yes, side: "SELL" },
      { token_id: "77", side: "SELL" },
    ]);
    expect(value).toEqual({ [yes]: { BUY: "0.4", SELL: "0.43" }, [no]: { SELL: "0.6" } });
    expect(venue.post("/prices", [{ token_id: yes }])).toEqual(INVALID_SIDE);
  });

  test("are refused for a wrong body or too many tokens", () => {
    const venue = quoted();
    const many = Array(501).fill({ token_id: "1", side: "BUY" });
    for (const path of ["/midpoints", "/spreads", "/prices", "/last-trades-prices"]) {
      expect(venue.post(path, {}), path).toEqual({
        status: 400,
        value: { error: "Invalid payload" },
      });
      expect(venue.post(path, many), path).toEqual({
        status: 400,
        value: { error: "Payload exceeds the limit" },
      });
    }
  });
});

describe("the last trade's price", () => {
  test("is 0.5 before any trade, and that of the market afterwards", () => {
    const venue = quoted();
    venue.market(0).lastTrade = undefined;
    const [yes, no] = [venue.tokenId(0, 0), venue.tokenId(0, 1)];
    expect(venue.read(`/last-trade-price?token_id=${yes}`)).toEqual({ price: "0.5", side: "BUY" });
    venue.market(0).lastTrade = {
      token: 0,
      price: 4_200,
      size: 500,
      side: "SELL",
      transactionHash: "0x",
    };
    expect(venue.read(`/last-trade-price?token_id=${no}`)).toMatchObject({ price: "0.42" });
    const asked = [{ token_id: no }, { token_id: "77" }, { token_id: yes }];
    expect(venue.post("/last-trades-prices", asked).value).toEqual([
      { price: "0.42", side: "SELL", token_id: no },
      { price: "0.42", side: "SELL", token_id: yes },
    ]);
  });

  test("of an unknown token is that of no trade", () => {
    const venue = quoted();
    expect(venue.read("/last-trade-price?token_id=77")).toMatchObject({ price: "0.5" });
    expect(venue.get("/last-trade-price")).toEqual(INVALID_TOKEN);
  });
});
