import type { Random } from "../src/ports/random.ts";

/** Random message texts of every kind that the venue sends, sent once, or might send. */

export interface RandomStream {
  readonly texts: readonly string[];
  /** The tokens that a recorder should be told; the texts name others too. */
  readonly tokenIds: readonly string[];
}

const ODD_DECIMALS = [".5", "1e-3", "0.50", "0.500000001", "12345678901234567890.5", "", "00.1"];

export function randomStream(random: Random, messages: number): RandomStream {
  const integer = (below: number) => Math.floor(random() * below);
  const pick = <T>(list: readonly T[]): T => list[integer(list.length)]!;
  const digits = (count: number) => Array.from({ length: count }, () => integer(10)).join("");
  const hex = (count: number) =>
    Array.from({ length: count }, () => integer(16).toString(16)).join("");
  const markets = Array.from({ length: 1 + integer(2) }, () => ({
    market: `0x${hex(64)}`,
    tokens: [`1${digits(76)}`, `2${digits(75)}`],
  }));
  let ms = 1_790_000_000_000;

  const price = () => (integer(40) === 0 ? pick(ODD_DECIMALS) : decimal(1 + integer(999), 3));
  const size = () => (integer(40) === 0 ? pick(ODD_DECIMALS) : decimal(integer(5_000_000), 2));
  const time = () => {
    ms += integer(20);
    return integer(50) === 0 ? ms : String(integer(100) === 0 ? ms - 5000 : ms);
  };
  const level = () => ({
    price: decimal(1 + integer(999), 3),
    size: decimal(1 + integer(99_999), 2),
  });
  const levels = (sign: number) =>
    Array.from({ length: integer(12) }, level).sort(
      (a, b) => sign * (Number(a.price) - Number(b.price)),
    );

  const makers: ((market: (typeof markets)[number]) => unknown)[] = [
    ({ market, tokens }) => ({
      market,
      price_changes: tokens.map((asset_id) => ({
        asset_id,
        price: price(),
        size: size(),
        side: pick(["BUY", "SELL"]),
        hash: integer(20) === 0 ? "" : hex(40),
        best_bid: price(),
        best_ask: price(),
      })),
      timestamp: time(),
      event_type: "price_change",
    }),
    ({ market, tokens }) => {
      const isOpening = integer(2) === 0;
      return {
        market,
        asset_id: pick(tokens),
        timestamp: time(),
        // No recipe gives a random hash: where the trade's price is not said, all are tried.
        hash: isOpening || integer(50) === 0 ? hex(40) : "",
        bids: levels(1),
        asks: levels(-1),
        ...(isOpening && { tick_size: "0.001", last_trade_price: pick(["0.850", ""]) }),
        event_type: "book",
      };
    },
    ({ market, tokens }) => ({
      market,
      asset_id: pick(tokens),
      price: price(),
      size: size(),
      fee_rate_bps: pick(["0", ""]),
      side: pick(["BUY", "SELL"]),
      timestamp: time(),
      event_type: "last_trade_price",
      transaction_hash: `0x${hex(64)}`,
    }),
    ({ market, tokens }) => ({
      market,
      asset_id: pick(tokens),
      old_tick_size: "0.01",
      new_tick_size: "0.001",
      timestamp: time(),
      event_type: "tick_size_change",
    }),
    ({ market, tokens }) => ({
      market,
      asset_id: pick(tokens),
      best_bid: price(),
      best_ask: "",
      spread: price(),
      timestamp: time(),
      event_type: "best_bid_ask",
    }),
    ({ market, tokens }) => ({
      asset_id: pick(tokens),
      changes: Array.from({ length: 1 + integer(3) }, () => ({
        price: price(),
        side: "BUY",
        size: size(),
      })),
      event_type: "price_change",
      hash: hex(40),
      market,
      timestamp: time(),
    }),
    ({ market, tokens }) => ({
      asset_id: pick(tokens),
      event_type: "price_change",
      hash: hex(40),
      market,
      price: price(),
      side: "SELL",
      size: size(),
      timestamp: time(),
    }),
    ({ market, tokens }) => ({
      id: digits(7),
      market,
      assets_ids: tokens,
      winning_asset_id: pick(tokens),
      winning_outcome: 'Yes \u00e9 "quoted" \\',
      event_message: null,
      timestamp: time(),
      event_type: "market_resolved",
      tags: ["a", "b"],
    }),
    ({ market }) => ({
      id: String(integer(3)),
      question: "Will it?\nYes",
      market,
      active: false,
      tags: [],
      nested: { deep: [1, 2.5e10, null, { a: "b" }] },
      event_type: "new_market",
    }),
    ({ market, tokens }) => ({
      market,
      asset_id: pick(tokens),
      event_type: "invented",
      n: integer(9),
    }),
    ({ market }) => ({ market, event_type: "invented", list: [integer(9)] }),
    () => ({
      asset_id: `9${digits(70)}`,
      price: "0.5",
      event_type: "last_trade_price",
      timestamp: "1",
    }),
  ];
  const weights = [40, 10, 6, 2, 4, 5, 3, 1, 1, 1, 1, 1];
  const bag = weights.flatMap((weight, i) => Array.from({ length: weight }, () => makers[i]!));
  const broken = [
    "INVALID OPERATION",
    "[]",
    "[]\n",
    '{"cut":"of',
    "\u00fc\u{1f600}",
    "null",
    "17",
    "[3]",
  ];

  const texts = Array.from({ length: messages }, (): string => {
    if (integer(60) === 0) return pick(broken);
    const element = () => pick(bag)(pick(markets)) as Record<string, unknown>;
    const spell = (value: unknown) => {
      const compact = JSON.stringify(value);
      // An announcement in another spacing would be another text, and stored again.
      if (compact.includes("new_market") || integer(8) > 0) return compact;
      return JSON.stringify(value, null, 1).replaceAll("\n", "");
    };
    const extra = (value: Record<string, unknown>) =>
      integer(15) === 0
        ? { ...value, [`new_${integer(3)}`]: pick([1, 1e21, "x", null, [0.1]]) }
        : value;
    if (integer(6) > 0) return spell(extra(element()));
    const list = Array.from({ length: 1 + integer(4) }, () => extra(element()));
    return spell(list) + (integer(2) === 0 ? "\n" : "");
  });
  return { texts, tokenIds: markets.flatMap(({ tokens }) => tokens) };
}

function decimal(units: number, places: number): string {
  const text = String(units).padStart(places + 1, "0");
  const fraction = text.slice(-places).replace(/0+$/, "");
  const whole = text.slice(0, -places);
  return fraction === "" ? whole : `${whole}.${fraction}`;
}
