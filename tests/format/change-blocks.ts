import type { BlockRow, Keyframe } from "../../src/format/block.ts";
import { BARE_PLACE, type Place } from "../../src/format/market-event.ts";
import { parseShape } from "../../src/format/shape.ts";
import type { Random } from "../../src/ports/random.ts";

/** Rows as a token's stream brings them, with everything that is unusual in them at times. */

export const CHANGE_IMPLIED = { market: "0xm", tokenId: "1001" };
const NOW_MS = 1_893_553_445_000;

const ENTRY_SHAPE = parseShape(
  '{"market":"\u0000","price_changes":[\u0001],"timestamp":"\u0000","event_type":"\u0000"}\u0002{"asset_id":"\u0000","price":"\u0000","size":"\u0000","side":"\u0000","hash":"\u0000","best_bid":"\u0000","best_ask":"\u0000"}',
);
const FLAT_SHAPE = parseShape(
  '{"asset_id":"\u0000","event_type":"\u0000","hash":"\u0000","market":"\u0000","price":"\u0000","side":"\u0000","size":"\u0000","timestamp":"\u0000"}',
);
const TRADE_SHAPE = parseShape(
  '{"price":"\u0000","size":"\u0000","side":"\u0000","timestamp":"\u0000","event_type":"\u0000"}',
);
/** Where a change's parts are not all in one place, they are no change. */
const SPLIT_SHAPE = parseShape(
  '{"price":"\u0000","c":[\u0001]}\u0002{"size":"\u0000","side":"\u0000"}',
);
const NOTE_SHAPE = parseShape('{"kind":"\u0000","updates":\u0000}');

const ODD_PRICES = ["0.50", ".5", "1e-3", "", "x", "0.123456", "2251799813.685248"];
const ODD_SIZES = ["1.000001", "-1", "007", "2251799813.685248", "0.0", ""];
const ODD_SIDES = ["buy", "", "\ufeffSELL"];
const ODD_TIMES = ["0", "017", "x", "4398046511105", "2251799813685248", "1893553000000"];

/** `oddness` is the share of values that are unusual. */
export class ChangeRows {
  readonly #random: Random;
  readonly #oddness: number;
  #ms = NOW_MS;
  #us = NOW_MS * 1000;

  constructor(random: Random, oddness: number) {
    this.#random = random;
    this.#oddness = oddness;
  }

  keyframe(): Keyframe {
    const level = () => [this.#price(), this.#size()] as const;
    const bids = Array.from({ length: this.#below(30) }, level);
    const asks = Array.from({ length: this.#below(30) }, level);
    return { bids, asks, tickSize: "0.01", lastTradePrice: this.#isOdd() ? null : "0.420" };
  }

  /** At least so many rows. */
  rows(count: number): BlockRow[] {
    const rows: BlockRow[] = [];
    while (rows.length < count) rows.push(...this.#message());
    return rows;
  }

  #message(): BlockRow[] {
    this.#pass();
    if (!this.#isOdd()) return this.#entries();
    const others = [
      () => this.#flat(),
      () => this.#trade(),
      () => this.#split(),
      () => this.#note(),
    ];
    return [others[this.#below(others.length)]!()];
  }

  /** A message of one to three changes, among those of the market's other token or not. */
  #entries(): BlockRow[] {
    const changes = this.#below(4) === 0 ? 1 + this.#below(3) : 1;
    const step = this.#isOdd() ? 1 : 2;
    const first = this.#below(step);
    const timestamp = this.#time();
    return Array.from({ length: changes }, (_, i) => {
      const [price, size, side] = [this.#price(), this.#size(), this.#side()];
      // An element's value that differs begins another element, for all that the place says.
      const time = this.#isOdd() ? this.#time() : timestamp;
      const element = ["0xm", time, "price_change"];
      const entry = ["1001", price, size, side, this.#hash(), "0.4", "0.43"];
      const place = { ...BARE_PLACE, entry: first + i * step, entries: changes * step };
      return this.#row("price_change", ENTRY_SHAPE, [...element, ...entry], place);
    });
  }

  #flat(): BlockRow {
    const [price, side, size] = [this.#price(), this.#side(), this.#size()];
    const values = ["1001", "price_change", this.#hash(), "0xm", price, side, size, this.#time()];
    return this.#row("price_change", FLAT_SHAPE, values);
  }

  #trade(): BlockRow {
    const values = [this.#price(), "2.123456", this.#side(), this.#time(), "last_trade_price"];
    return this.#row("last_trade_price", TRADE_SHAPE, values);
  }

  #split(): BlockRow {
    const place = { ...BARE_PLACE, entry: this.#below(2), entries: 2 };
    return this.#row("price_change", SPLIT_SHAPE, [this.#price(), this.#size(), "BUY"], place);
  }

  #note(): BlockRow {
    return this.#row("note", NOTE_SHAPE, ["gap", String(this.#below(9))]);
  }

  #row(
    type: BlockRow["type"],
    shape: BlockRow["shape"],
    values: string[],
    place: Place = BARE_PLACE,
  ): BlockRow {
    const verdict = this.#isOdd() ? "stale" : "unverifiable";
    const socket = this.#isOdd() ? 2 : 1;
    return { type, verdict, receivedUs: this.#us, socket, place, shape, values };
  }

  #pass(): void {
    this.#ms += this.#below(3) === 0 ? 0 : this.#below(200);
    const us = this.#ms * 1000 + 8000 + this.#below(5000);
    this.#us = this.#isOdd() ? us - this.#below(10_000_000) : Math.max(us, this.#us + 1);
  }

  #time(): string {
    return this.#isOdd() ? this.#pick(ODD_TIMES) : String(this.#ms);
  }

  #price(): string {
    return this.#isOdd() ? this.#pick(ODD_PRICES) : String((1 + this.#below(60)) / 100);
  }

  #size(): string {
    if (this.#isOdd()) return this.#pick(ODD_SIZES);
    const known = [0, 10, 100, 250.5];
    return String(known[this.#below(8)] ?? this.#below(1e7) / 100);
  }

  #side(): string {
    return this.#isOdd() ? this.#pick(ODD_SIDES) : this.#pick(["BUY", "SELL"]);
  }

  #hash(): string {
    return this.#isOdd() ? "" : this.#below(256).toString(16).padStart(40, "0");
  }

  #isOdd(): boolean {
    return this.#random() < this.#oddness;
  }

  #pick(texts: readonly string[]): string {
    return texts[this.#below(texts.length)]!;
  }

  #below(limit: number): number {
    return Math.floor(this.#random() * limit);
  }
}
