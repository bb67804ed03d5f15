import type { FileHead, FileKind } from "../../src/format/file-head.ts";
import type { SourceMessage } from "../segment-bytes.ts";
import { HashedMessages } from "./hashed-messages.ts";
import type { VectorSource } from "./vector.ts";

/** Invented data: ids, prices and hashes are nobody's. */

const TOKEN = "1001";
const OTHER = "1002";
const START_US = 1_893_553_445_000_000;
const MS_US = 1000;

function head(fileKind: FileKind, more: Partial<FileHead> = {}): FileHead {
  const owner = { sessionId: "20300102-03-04-05", recorderId: "20300102-03-04-00-abcdef" };
  const numbers = fileKind === "segment" ? { segment: 1, firstSequence: 1 } : NO_NUMBERS;
  return { fileKind, tokenId: TOKEN, market: "0xm", ...owner, ...numbers, ...more };
}

const NO_NUMBERS = { segment: 0, firstSequence: 0 };

function hash(digit: string): string {
  return digit.repeat(40);
}

function at(ms: number, text: string): SourceMessage {
  return { received_us: START_US + ms * MS_US, socket: 1, text };
}

function book(bids: string[][], asks: string[][], more = ""): string {
  const side = (levels: string[][]) =>
    `[${levels.map(([price, size]) => `{"price":"${price}","size":"${size}"}`).join(",")}]`;
  return `{"market":"0xm","asset_id":"${TOKEN}","timestamp":"1893553444900","hash":"${hash("a")}","bids":${side(bids)},"asks":${side(asks)},${more}"event_type":"book"}`;
}

const OPENING = book(
  [
    ["0.4", "10"],
    ["0.41", "25.5"],
  ],
  [
    ["0.99", "100"],
    ["0.43", "7"],
  ],
  `"tick_size":"0.01","last_trade_price":"0.420",`,
);

function change(price: string, size: string, side: string, digit: string, venueMs: number): string {
  const entry = (token: string) =>
    `{"asset_id":"${token}","price":"${price}","size":"${size}","side":"${side}","hash":"${hash(digit)}","best_bid":"0.4","best_ask":"0.43"}`;
  return `{"market":"0xm","price_changes":[${entry(TOKEN)},${entry(OTHER)}],"timestamp":"${venueMs}","event_type":"price_change"}`;
}

const V = 1_893_553_445_000;

const SEGMENTS: Record<string, readonly (readonly SourceMessage[])[]> = {
  "book-and-changes": [
    [at(0, OPENING), at(5, change("0.41", "0", "BUY", "b", V + 4))],
    [
      at(9, change("0.42", "3", "SELL", "c", V + 8)),
      at(
        11,
        book(
          [["0.4", "10"]],
          [
            ["0.99", "100"],
            ["0.43", "7"],
            ["0.42", "4"],
          ],
        ),
      ),
      at(
        12,
        book(
          [["0.4", "10"]],
          [
            ["0.99", "100"],
            ["0.43", "7"],
            ["0.42", "4"],
          ],
        ),
      ),
      at(15, change("0.1", "1", "BUY", "d", V - 1000)),
    ],
  ],
  "no-opening-book": [
    [at(0, change("0.41", "0", "BUY", "b", V)), at(2, change("0.4", "2", "BUY", "c", V + 2))],
    [at(3, OPENING)],
  ],
  "odd-decimals": [
    [
      at(
        0,
        book(
          [
            [".5", "1e-3"],
            ["0.50", "0.10"],
          ],
          [
            ["0.9", "00"],
            ["0.8", "+1"],
          ],
        ),
      ),
      at(1, change("0.50", ".5", "BUY", "b", V + 1)),
      at(2, change("1e-3", "0.50", "SELL", "B", V + 2)),
      at(3, change("-0.1", "5.", "BUY", "c", V + 3)),
      at(4, change("x", "", "SELL", "", V + 4)),
    ],
  ],
  "old-changes-form": [
    [
      at(0, OPENING),
      at(
        1,
        `{"asset_id":"${TOKEN}","changes":[{"price":"0.41","side":"BUY","size":"0"}, {"price":"0.43","side":"SELL","size":"9"}],"event_type":"price_change","hash":"${hash("e")}","market":"0xm","timestamp":"${V}"}`,
      ),
      at(
        2,
        `{"asset_id":"${TOKEN}","event_type":"price_change","hash":"${hash("f")}","market":"0xm","price":"0.4","side":"BUY","size":"1","timestamp":"${V + 1}"}`,
      ),
    ],
  ],
  "array-messages": [
    [
      at(0, `[${OPENING}]\n`),
      at(1, `[ ${change("0.41", "1", "BUY", "b", V)} , ${change("0.4", "2", "BUY", "c", V)}]`),
      at(2, `${change("0.41", "2", "BUY", "d", V)}\n`),
    ],
  ],
  "raw-and-notes": [
    [
      { received_us: START_US, note: { kind: "names", question: "Will it? \u00e9\u{1f600}" } },
      at(1, `{"event_type":"novelty","asset_id":"${TOKEN}","x":[1, 2.50]}`),
      at(2, `{"market":"0xm","asset_id":"${TOKEN}","event_type":"book","bids":"none"}`),
    ],
    [{ received_us: START_US, note: { kind: "gap", cause: "queue", from_us: 1, updates: 2 } }],
  ],
  "all-types": [
    [
      at(0, OPENING),
      at(1, change("0.41", "0", "BUY", "b", V)),
      at(
        2,
        `{"market":"0xm","asset_id":"${TOKEN}","price":"0.42","size":"2.5","fee_rate_bps":"0","side":"SELL","timestamp":"${V}","event_type":"last_trade_price","transaction_hash":"0x${"7".repeat(64)}"}`,
      ),
      at(
        3,
        `{"market":"0xm","asset_id":"${TOKEN}","old_tick_size":"0.01","new_tick_size":"0.001","timestamp":"${V}","event_type":"tick_size_change"}`,
      ),
      at(
        4,
        `{"market":"0xm","asset_id":"${TOKEN}","best_bid":"0.4","best_ask":"0.43","spread":"0.03","timestamp":${V},"event_type":"best_bid_ask"}`,
      ),
      at(
        5,
        `{"id":"9","market":"0xm","assets_ids":["${TOKEN}", "${OTHER}"],"winning_asset_id":"${TOKEN}","winning_outcome":"Yes","timestamp":"${V}","event_type":"market_resolved"}`,
      ),
      { received_us: START_US + 6000, note: { kind: "disconnect" } },
    ],
  ],
};

/** Hashes that follow from the books, some under a price that only a search finds. */
function hashedBlocks(): SourceMessage[][] {
  const hashed = new HashedMessages();
  hashed.book({ bids: [["0.4", "10"]], asks: [["0.43", "7"]] });
  hashed.changes(["bids", "0.41", "25.5"]);
  hashed.changes(["asks", "0.43", "0"], ["asks", "0.44", "3"]);
  hashed.tradeElsewhere("0.560");
  hashed.changes(["bids", "0.41", "20"]);
  const first = hashed.messages.splice(0);
  hashed.changes(["bids", "0.39", "1"]);
  return [first, hashed.messages];
}

const CHANNEL_MESSAGES = [
  at(0, `{"id":"9","question":"Will it?","event_type":"new_market","assets_ids":["7","8"]}`),
  at(1, "INVALID OPERATION"),
  at(2, "[]\n"),
  at(1, "not {json"),
];

function segment(salt: number, blocks: readonly (readonly SourceMessage[])[]): VectorSource {
  return { kind: "segment", source: { salt, head: head("segment"), blocks, sealed: true } };
}

/** Names of the golden files, and what each is made from. */
export const VECTOR_SOURCES: Readonly<Record<string, VectorSource>> = {
  ...Object.fromEntries(
    Object.entries({ ...SEGMENTS, "derived-hashes": hashedBlocks() }).map(([name, blocks], i) => [
      name,
      segment(0x1000 + i, blocks),
    ]),
  ),
  "channel-unsealed": {
    kind: "segment",
    source: {
      salt: 0xffffffff,
      head: head("segment", { tokenId: "", market: "", segment: 2, firstSequence: 77 }),
      blocks: [CHANNEL_MESSAGES],
      sealed: false,
    },
  },
  snapshot: {
    kind: "snapshot",
    source: {
      salt: 0x2000,
      head: head("snapshot"),
      content: {
        version: 0,
        token_id: TOKEN,
        timestamp_utc: START_US / MS_US,
        market: "0xm",
        outcome: "Yes",
        bids: [
          ["0.4", "10"],
          [".41", "25.50"],
        ],
        asks: [["0.43", "7"]],
        tick_size: "0.01",
        hash: hash("a"),
      },
    },
  },
  metadata: {
    kind: "metadata",
    source: {
      salt: 0x2001,
      head: head("metadata"),
      content: {
        version: 0,
        session_id: "20300102-03-04-05",
        token_id: TOKEN,
        start_timestamp: START_US / MS_US,
        end_timestamp: START_US / MS_US + 12,
        end_reason: "end",
        update_count: 6,
        market: "0xm",
        question: "Will it?",
        slug: "will-it",
        outcome: "Yes",
        end_date: "2030-02-01T00:00:00Z",
        event: "these",
        recorder_id: "20300102-03-04-00-abcdef",
        first_sequence: 1,
        predecessor: null,
        segments: 1,
        bytes: 1234,
        repeats: 0,
        hashes: { groups: 2, matched: 2 },
        coverage: {
          verified_us: 900_000,
          unverified_us: 0,
          suspect_us: 0,
          gap_us: 100_000,
          gaps: 1,
          longest_gap_us: 100_000,
        },
        receive_lag: [
          [-2, 1],
          [24, 1],
        ],
      },
    },
  },
  pruned: {
    kind: "pruned",
    source: {
      salt: 0x2002,
      head: head("pruned", { market: "", sessionId: "", recorderId: "" }),
      content: [
        {
          session_id: "20300102-03-04-05",
          recorder_id: "20300102-03-04-00-abcdef",
          first_sequence: 1,
          last_sequence: 6,
          start_timestamp: START_US / MS_US,
          end_timestamp: START_US / MS_US + 12,
          end_reason: "roll",
          update_count: 6,
          bytes: 1234,
          predecessor: null,
        },
        {
          session_id: "20300102-03-04-06",
          recorder_id: "20300102-03-04-00-abcdef",
          first_sequence: 7,
          last_sequence: 7,
          start_timestamp: START_US / MS_US + 13,
          end_timestamp: START_US / MS_US + 13,
          end_reason: "end",
          update_count: 1,
          bytes: 600,
          predecessor: "20300102-03-04-05",
        },
      ],
    },
  },
};
