import { describe, expect, test } from "bun:test";
import {
  CAPTURES_VARIABLE,
  type CaptureFile,
  messagesOfPriceChangeTable,
  parseCsv,
  readCaptures,
} from "./captures.ts";

type Counts = Record<string, number>;

/** What each capture holds, by event type, as its README says. */
const EXPECTED: Record<string, { messages: number; events: Counts }> = {
  "aaimek/book_message_example_2025-01-21.json": { messages: 1, events: { book: 1 } },
  "aaimek/price_change_message_example_2025-01-21.json": {
    messages: 1,
    events: { price_change: 1 },
  },
  "aaimek/price_change_messages_2025-01-25_to_30.csv": {
    messages: 3829,
    events: { price_change: 3829 },
  },
  "excerpts/btc5m_2026-05-08_book_then_price_change.jsonl": {
    messages: 2,
    events: { book: 1, price_change: 1 },
  },
  "excerpts/duplicates_and_shared_hash_2026-10-04.jsonl": {
    messages: 9,
    events: { price_change: 7, best_bid_ask: 2 },
  },
  "excerpts/misc_frames_2026.jsonl": {
    messages: 6,
    events: {
      price_change: 1,
      last_trade_price: 1,
      best_bid_ask: 1,
      market_resolved: 1,
      new_market: 1,
      book: 1,
    },
  },
  "nautilus/ws_book.json": { messages: 1, events: { book: 1 } },
  "nautilus/ws_last_trade_price.json": { messages: 1, events: { last_trade_price: 1 } },
  "nautilus/ws_market_best_bid_ask_msg.json": { messages: 1, events: { best_bid_ask: 1 } },
  "nautilus/ws_market_new_market_msg.json": { messages: 1, events: { new_market: 1 } },
  "nautilus/ws_market_resolved_msg.json": { messages: 1, events: { market_resolved: 1 } },
  "nautilus/ws_price_change.json": { messages: 1, events: { price_change: 1 } },
  "nautilus/ws_price_change_v2.json": { messages: 1, events: { price_change: 1 } },
  "nautilus/ws_tick_size_change.json": { messages: 1, events: { tick_size_change: 1 } },
  "polypy/ws_and_rest_2025-10-23.txt": { messages: 3, events: { book: 1, price_change: 2 } },
  "polypy/ws_stream_2024-12-05_changes_format.jsonl": {
    messages: 10,
    events: { book: 2, price_change: 6, last_trade_price: 1, tick_size_change: 1 },
  },
  "polypy/ws_stream_2024-12_trades_changes_format.jsonl": {
    messages: 5,
    events: { book: 1, last_trade_price: 3, price_change: 1 },
  },
  "polypy/ws_stream_2024-12_two_assets_changes_format.jsonl": {
    messages: 12,
    events: { book: 4, price_change: 7, last_trade_price: 1 },
  },
  "ssmd/ws_book_2026-02-12.jsonl": { messages: 10, events: { book: 10 } },
  "ssmd/ws_last_trade_price_2026-02-12.jsonl": { messages: 10, events: { last_trade_price: 10 } },
};

interface Element {
  event_type: string;
  timestamp: string | number;
  changes?: unknown[];
}

function elementsOf(file: CaptureFile): Element[] {
  return file.messages.flatMap((text): Element[] => JSON.parse(text));
}

function countEvents(elements: readonly Element[]): Counts {
  const counts: Counts = {};
  for (const { event_type } of elements) counts[event_type] = (counts[event_type] ?? 0) + 1;
  return counts;
}

function describeCaptures(captures: readonly CaptureFile[]): void {
  describe("the captures", () => {
    test("hold the messages and events that their README counts", () => {
      const found = captures.map((file): [string, { messages: number; events: Counts }] => [
        file.name,
        { messages: file.messages.length, events: countEvents(elementsOf(file)) },
      ]);
      expect(Object.fromEntries(found)).toEqual(EXPECTED);
    });

    test("give texts that are JSON objects or arrays on one line", () => {
      for (const { name, messages } of captures) {
        for (const text of messages) {
          expect(typeof JSON.parse(text), name).toBe("object");
          expect(text.includes("\n"), name).toBe(false);
        }
      }
    });

    test("hold 6,129 level changes in time order in the five-day table", () => {
      const table = captures.filter((file) => file.name.endsWith(".csv"));
      const elements = table.flatMap(elementsOf);
      const changes = elements.map((element) => element.changes?.length ?? 0);
      expect(changes.reduce((sum, count) => sum + count, 0)).toBe(6129);
      const days = elements.map(({ timestamp }) => new Date(Number(timestamp)).toISOString());
      expect(days).toEqual(days.toSorted());
      expect(days[0]).toStartWith("2025-01-25T17:15:47.925");
      expect(days.at(-1)).toStartWith("2025-01-30T");
    });
  });
}

const captures = readCaptures();
if (captures !== undefined) describeCaptures(captures);
else console.log(`${CAPTURES_VARIABLE} is not set: real captures are not tested`);

describe("reading a table of price changes", () => {
  test("a row becomes the message of its time", () => {
    const csv = [
      '"id","asset_id","market","timestamp","hash","changes"',
      '7,"12","0xab",1970-01-01 01:00:01.005 +0100,c0ffee,' +
        '"[{""side"": ""SELL"", ""size"": ""3"", ""price"": ""0.2""}]"',
    ].join("\n");
    expect(messagesOfPriceChangeTable(csv)).toEqual([
      '{"asset_id":"12","changes":[{"price":"0.2","side":"SELL","size":"3"}],' +
        '"event_type":"price_change","hash":"c0ffee","market":"0xab","timestamp":"1005"}',
    ]);
  });

  test("a row that lacks a column, or has no time, is an error", () => {
    const header = "asset_id,market,timestamp,hash,changes\n";
    expect(() => messagesOfPriceChangeTable(`${header}1,2\n`)).toThrow("without changes");
    expect(() => messagesOfPriceChangeTable(`${header}1,2,noon,h,[]\n`)).toThrow("noon");
  });

  const csvTexts: [string, string, string[][]][] = [
    ["nothing", "", []],
    [
      "bare fields",
      "a,b\nc,d\n",
      [
        ["a", "b"],
        ["c", "d"],
      ],
    ],
    ["no newline at the end", "a,b", [["a", "b"]]],
    ["CRLF", "a\r\nb\r\n", [["a"], ["b"]]],
    ["empty fields", ",\n", [["", ""]]],
    ["an empty last field", "a,", [["a", ""]]],
    ["a comma and a newline in quotes", '"a,\nb",c', [["a,\nb", "c"]]],
    ["doubled quotes", '"say ""yes""",""', [['say "yes"', ""]]],
  ];

  test.each(csvTexts)("CSV with %s", (_name, text, rows) => {
    expect(parseCsv(text)).toEqual(rows);
  });

  test("a quote that never closes is an error", () => {
    expect(() => parseCsv('a,"b')).toThrow("open quote");
  });
});
