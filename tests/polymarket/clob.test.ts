import { describe, expect, test } from "bun:test";
import { tokensWithoutBook } from "../../src/polymarket/clob.ts";
import type { HttpAnswer, HttpInit } from "../../src/ports/http.ts";
import { ids } from "./pooled-venue.ts";

/** What is said of some tokens by a service that answers so, and what it was asked. */
async function asked(
  tokenIds: readonly string[],
  answer: (url: string, init: HttpInit) => HttpAnswer,
) {
  const requests: { url: string; tokens: string[] }[] = [];
  const without = await tokensWithoutBook(
    async (url, init) => {
      const items = JSON.parse(init!.body!) as { token_id: string }[];
      requests.push({ url, tokens: items.map(({ token_id }) => token_id) });
      return answer(url, init!);
    },
    "http://clob",
    tokenIds,
  );
  return { without: [...without], requests };
}

describe("tokens without a book", () => {
  test("are those that the answer leaves out", async () => {
    const text = JSON.stringify([{ asset_id: "2", bids: [] }, null, { asset_id: "9" }]);
    const { without, requests } = await asked(["1", "2", "3"], () => ({ status: 200, text }));
    expect(without).toEqual(["1", "3"]);
    expect(requests).toEqual([{ url: "http://clob/books", tokens: ["1", "2", "3"] }]);
  });

  test("are asked for two hundred at a time, and one answer that fails takes nothing from others", async () => {
    let requests = 0;
    const { without, requests: made } = await asked(ids(450), () => {
      requests++;
      if (requests === 2) throw new Error("cut");
      return { status: 200, text: "[]" };
    });
    expect(made.map(({ tokens }) => tokens.length)).toEqual([200, 200, 50]);
    expect(without).toEqual([...ids(200), ...ids(50, 400)]);
  });

  test.each([
    [500, "[]"],
    [200, "<html>"],
    [200, '{"error":"slow down"}'],
    [429, "[]"],
  ])("are not known from an answer with status %d and %s", async (status, text) => {
    expect((await asked(["1"], () => ({ status, text }))).without).toEqual([]);
  });
});
