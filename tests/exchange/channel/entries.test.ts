import { describe, expect, test } from "bun:test";
import { entriesOf, withoutTokens } from "../../../src/exchange/channel/entries.ts";

const entry = (asset_id: string) => ({ asset_id, price: "0.5" });
const change = (...tokens: string[]) => ({ market: "0xm", price_changes: tokens.map(entry) });
const older = (asset_id: string, count: number) => ({
  asset_id,
  changes: Array.from({ length: count }, () => ({ price: "0.5" })),
});
const trade = (asset_id: string) => ({ asset_id, event_type: "last_trade_price" });

describe("the entries of a text", () => {
  const places = (value: unknown, tokenId?: string) => {
    const text = typeof value === "string" ? value : JSON.stringify(value);
    return entriesOf(text, tokenId).places.length;
  };

  test("are those of its price changes, of any year", () => {
    expect(places(change("1", "2"))).toBe(2);
    expect(places([change("1", "2"), trade("1"), change("3", "4")])).toBe(4);
    expect(places(older("1", 3))).toBe(3);
    expect(places([older("1", 2), older("2", 1)])).toBe(3);
  });

  test("are those of one token where one is named", () => {
    expect(places([change("1", "2", "1"), trade("1"), change("1", "3")], "1")).toBe(3);
    expect(places([older("1", 2), older("2", 1)], "2")).toBe(1);
    expect(places(change("1", "2"), "3")).toBe(0);
  });

  test("are none in any other text", () => {
    for (const text of ["", "PONG", "{", "null", "7", '"price_changes"', "[null,7]", "[]"]) {
      expect(places(text)).toBe(0);
    }
    expect(places({ price_changes: "x" })).toBe(0);
    expect(places({ price_changes: [null, 7] }, "1")).toBe(0);
  });

  test("can be taken out of the parsed text", () => {
    const { value, places } = entriesOf(JSON.stringify([change("1", "2"), older("3", 2)]), "2");
    for (const { list, index } of places) list.splice(index, 1);
    expect(value).toEqual([change("1"), older("3", 2)]);
  });
});

describe("a text without some tokens", () => {
  const without = (value: unknown, tokens: readonly string[], wanted?: readonly string[]) => {
    const text = withoutTokens(
      typeof value === "string" ? value : JSON.stringify(value),
      (tokenId) => tokens.includes(tokenId),
      (tokenId) => wanted === undefined || wanted.includes(tokenId),
    );
    return text === undefined ? undefined : (JSON.parse(text) as unknown);
  };

  test("keeps the entries of the others, and its form", () => {
    expect(without(change("1", "2"), ["1"])).toEqual(change("2"));
    expect(without([change("1", "2")], ["2"])).toEqual([change("1")]);
    expect(without([change("1", "2"), trade("1"), trade("2")], ["1"])).toEqual([
      change("2"),
      trade("2"),
    ]);
    expect(without(trade("2"), ["1"])).toEqual(trade("2"));
    expect(without({ event_type: "new_market" }, ["1"])).toEqual({ event_type: "new_market" });
  });

  test("leaves out a change that has no entries any more", () => {
    expect(without([change("1", "2"), trade("3")], ["1", "2"])).toEqual([trade("3")]);
  });

  test("is no text when nothing is left, or nothing that the client wants", () => {
    expect(without(change("1", "2"), ["1", "2"])).toBeUndefined();
    expect(without(trade("1"), ["1"])).toBeUndefined();
    expect(without([trade("1"), trade("1")], ["1"])).toBeUndefined();
    expect(without(change("1", "2"), ["1"], ["1"])).toBeUndefined();
    expect(without(change("1", "2"), ["1"], ["2"])).toEqual(change("2"));
    expect(without("{ cut off", ["1"])).toBeUndefined();
  });
});
