import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { marketEvent } from "../../src/format/market-event.ts";
import { systemFs } from "../../src/ports/fs.ts";
import { systemRandom } from "../../src/ports/random.ts";
import { VirtualClock } from "../../src/ports/virtual-clock.ts";
import { StorageWriter } from "../../src/store/storage-writer.ts";
import { polybot, temporaryFolder } from "../polybot-process.ts";

/** Two markets of an event, with best bids and asks of both outcomes of each. */
const MARKETS = [
  {
    market: "0xa",
    slug: "will-it-rain",
    tokens: ["11", "12"],
    best: [
      [0.2, 0.24],
      [0.75, 0.79],
    ],
  },
  {
    market: "0xb",
    slug: "will-it-snow",
    tokens: ["21", "22"],
    best: [
      [0.7, 0.71],
      [0.28, 0.31],
    ],
  },
] as const;
const START_MS = Date.parse("2030-01-02T03:04:05Z");
const FORTY_ZEROS = "0".repeat(40);

let folder: ReturnType<typeof temporaryFolder>;

beforeAll(async () => {
  folder = temporaryFolder();
  const clock = new VirtualClock(START_MS);
  const ports = { fs: systemFs, clock, random: systemRandom };
  const writer = await StorageWriter.open({ basePath: folder.path }, ports);
  const write = (token: string, type: "book" | "price_change" | "last_trade_price", data: object) =>
    writer.writeUpdate(token, marketEvent(type, { event_type: type, ...data }));
  for (const { market, slug, tokens, best } of MARKETS) {
    for (const [i, asset_id] of tokens.entries()) {
      const [bid, ask] = best[i]!;
      const bids = [
        { price: "0.01", size: "1" },
        { price: String(bid), size: "10" },
      ];
      const asks = [
        { price: "0.99", size: "1" },
        { price: String(ask), size: "10" },
      ];
      const timestamp = String(START_MS);
      await write(asset_id, "book", { market, asset_id, timestamp, hash: FORTY_ZEROS, bids, asks });
      const outcome = i === 0 ? "Yes" : "No";
      writer.setNames(asset_id, { question: "", slug, outcome, end_date: "", event: "weather" });
    }
  }
  for (let i = 1; i <= 5; i++) {
    clock.advance(1000);
    const timestamp = String(clock.nowUs() / 1000);
    const change = {
      asset_id: "11",
      price: "0.2",
      size: String(i),
      side: "BUY",
      hash: FORTY_ZEROS,
    };
    await write("11", "price_change", { market: "0xa", timestamp, ...change });
    await write("11", "last_trade_price", {
      market: "0xa",
      asset_id: "11",
      price: "0.24",
      timestamp,
    });
  }
  // So that the quiet ones are recorded as long as the other.
  for (const { market, tokens } of MARKETS) {
    for (const asset_id of tokens) await write(asset_id, "last_trade_price", { market, asset_id });
  }
  await writer.shutdown();
});

afterAll(() => folder[Symbol.dispose]());

async function lines(...args: string[]): Promise<Record<string, unknown>[]> {
  const { stdout, code, stderr } = await polybot([...args, "--json"]);
  expect([code, stderr]).toEqual([0, ""]);
  return stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe("cat", () => {
  const cat = (...args: string[]) => lines("cat", folder.path, ...args);

  test("prints a token, or the tokens of a market or an event, by name", async () => {
    const tokens = async (name: string) => [
      ...new Set((await cat("--token", name)).map(({ token_id }) => token_id)),
    ];
    expect(await tokens("12")).toEqual(["12"]);
    expect(await tokens("will-it-rain")).toEqual(["11", "12"]);
    expect(await tokens("0xb")).toEqual(["21", "22"]);
    expect(await tokens("weather")).toEqual(["11", "12", "21", "22"]);
  });

  test("prints some types, some times, and only so many", async () => {
    const trades = await cat("--token", "11", "--type", "last_trade_price");
    expect(trades.map(({ update_type }) => update_type)).toEqual(Array(6).fill("last_trade_price"));
    const both = await cat("--type", "book,price_change", "--type", "last_trade_price");
    expect(both.length).toBe(18);
    const sizes = async (...args: string[]) =>
      (await cat("--type", "price_change", ...args)).map(
        ({ data }) => (data as { size: string }).size,
      );
    expect(await sizes("--from", "+2s", "--to", "+4s")).toEqual(["2", "3", "4"]);
    expect(await sizes("--from", "2030-01-02T03:04:07Z", "--to", String(START_MS + 4000))).toEqual([
      ...["2", "3", "4"],
    ]);
    expect(await sizes("--from", String((START_MS + 3000) * 1000))).toEqual(["3", "4", "5"]);
    expect(await sizes("--limit", "2")).toEqual(["1", "2"]);
  });

  test("says what has left nothing", async () => {
    const { stdout, stderr, code } = await polybot(["cat", folder.path, "--verified", "--json"]);
    expect({ stdout, code }).toEqual({ stdout: "", code: 0 });
    expect(stderr).toBe(`${folder.path} has no update that is verified\n`);
  });

  test("has a head above the lines for people", async () => {
    const { stdout } = await polybot(["cat", folder.path, "--token", "11", "--limit", "1"]);
    expect(stdout.split("\n")).toEqual([
      expect.stringMatching(/^TIME \(UTC\) +TOKEN +TYPE +DETAILS$/),
      "2030-01-02 03:04:05.000  will-it-rain Yes  book              2 bids, 2 asks, best 0.2/0.24",
      "",
    ]);
  });
});

describe("book", () => {
  const book = async (...args: string[]) => (await lines("book", folder.path, ...args))[0]!;

  test("shows all outcomes of an event at one moment, with exact sums", async () => {
    const shown = await book("weather", "--at", "+3.5s");
    expect(shown).toMatchObject({
      at_us: (START_MS + 3500) * 1000,
      missing: [],
      markets: [
        { slug: "will-it-rain", sum_of_best_asks: "1.03" },
        { slug: "will-it-snow", sum_of_best_asks: "1.02" },
      ],
      sum_of_yes_asks: "0.95",
    });
    const [rain, ...others] = shown.books as Record<string, unknown>[];
    expect(others.length).toBe(3);
    expect(rain).toMatchObject({
      token_id: "11",
      outcome: "Yes",
      best_bid: "0.2",
      best_ask: "0.24",
      mid: "0.22",
      spread: "0.04",
      last_trade_price: "0.240",
      bids: [
        ["0.2", "3"],
        ["0.01", "1"],
      ],
    });
  });

  test("shows as many levels as are asked for, of now unless told", async () => {
    const { books } = await book("11", "--depth", "1");
    expect(books).toMatchObject([{ bids: [["0.2", "5"]], asks: [["0.24", "10"]] }]);
  });

  test("of a moment without a recording there is none", async () => {
    const { stdout, stderr, code } = await polybot(["book", folder.path, "12", "--at", "+1h"]);
    expect({ stdout, code }).toEqual({ stdout: "", code: 1 });
    expect(stderr).toContain("12 was not recorded at 2030-01-02 04:04:05.000 UTC");
  });

  test("says that nothing is called so", async () => {
    const { stderr, code } = await polybot(["book", folder.path, "sunshine"]);
    expect(code).toBe(1);
    expect(stderr).toContain("sunshine: no market or event is called this");
  });
});

test("coverage takes names too", async () => {
  const covered = await lines("coverage", folder.path, "--token", "will-it-snow");
  expect(covered.map(({ token_id }) => token_id)).toEqual(["21", "22"]);
});
