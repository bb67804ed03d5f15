import type { RecipeName } from "../../src/book/recipes.ts";
import type { Random } from "../../src/ports/random.ts";
import { TOY_IMPLIED, type ToyChange, ToyVenue } from "./toy-venue.ts";

/** What a recorder of one token meets, in order. */
export type Step =
  | { readonly kind: "text"; readonly text: string; readonly receivedUs: number }
  | { readonly kind: "skipped text"; readonly text: string; readonly receivedUs: number }
  /** A trade of the market's other token. */
  | { readonly kind: "announced"; readonly text: string }
  | { readonly kind: "pass"; readonly nowUs: number }
  | { readonly kind: "close" }
  | { readonly kind: "flush" };

export interface TokenStreamOptions {
  readonly recipe: RecipeName;
  /** The share of steps that are unusual. */
  readonly oddness: number;
}

type Entry = ReturnType<ToyVenue["entry"]>;

const START_MS = 1_790_000_000_000;
const ODD_BIDS = [".4", "0.40", "0.123456", "4e-1", "00.4", "0.39999"];
const ODD_ASKS = [".6", "0.60", "0.654321", "6e-1", "0.60001"];
const TICK_SIZES = ["0.01", "0.001", "0.005"];

/**
 * Texts of one token with the venue's true hashes, made by a plain book, and with everything that
 * makes hashes hard to follow.
 */
export class TokenStream {
  readonly #random: Random;
  readonly #oddness: number;
  readonly #venue: ToyVenue;
  readonly #steps: Step[] = [];
  /** Messages of one change, which may come again. */
  #sent: { readonly text: string; readonly change: ToyChange }[] = [];
  /** Announcements on their way. */
  #coming: string[] = [];
  #ms = START_MS;
  #us = START_MS * 1000;

  constructor(random: Random, { recipe, oddness }: TokenStreamOptions) {
    this.#random = random;
    this.#venue = new ToyVenue(recipe);
    this.#oddness = oddness;
  }

  /** At least so many steps from the opening book on. */
  steps(count: number): readonly Step[] {
    for (let i = 0; i < 20; i++) this.#venue.apply(this.#change());
    this.#tellBook(true);
    while (this.#steps.length < count) this.#step();
    return this.#steps;
  }

  #step(): void {
    this.#ms += this.#below(4);
    const usual = [
      () => this.#single(),
      () => this.#group(),
      () => this.#element(),
      () => this.#trade(),
      () => this.#quote(),
      () => this.#tellBook(false),
    ];
    if (!this.#isOdd()) {
      this.#pick(usual)();
      return;
    }
    this.#pick([
      () => this.#late(),
      () => this.#again(),
      () => this.#againInTruth(),
      () => this.#lose(),
      () => this.#stale(),
      () => this.#unproven(),
      () => this.#tick(),
      () => this.#oddBook(),
      () => this.#otherMarket(),
      () => this.#strangeShape(),
      () => this.#say({ kind: "close" }),
      () => this.#say({ kind: "flush" }),
      () => this.#pass(),
    ])();
  }

  /** A change of its own hash. */
  #single(): void {
    const change = this.#change();
    this.#venue.apply(change);
    const text = this.#isOdd() ? this.#flatText(change) : this.#text([this.#entry(change)]);
    this.#tell(text);
    this.#sent = [{ text, change }, ...this.#sent].slice(0, 6);
  }

  /** Changes that share hash and time, in one message or several, with trades between them. */
  #group(): void {
    const changes = this.#changes(2 + this.#below(3));
    for (const change of changes) this.#venue.apply(change);
    const entries = changes.map((change) => this.#entry(change));
    if (this.#random() < 0.5) this.#tell(this.#text(entries));
    else {
      for (const entry of entries) {
        this.#tell(this.#text([entry]));
        if (this.#random() < 0.2) this.#comeTrue();
        if (this.#random() < 0.2) this.#quote();
        if (this.#isOdd()) this.#again();
        if (this.#isOdd()) this.#say({ kind: "close" });
      }
    }
  }

  /** The old form: one hash for an element of several changes, at times for several elements. */
  #element(): void {
    const parts = Array.from({ length: this.#isOdd() ? 2 : 1 }, () =>
      this.#changes(1 + this.#below(3)),
    );
    for (const change of parts.flat()) this.#venue.apply(change);
    for (const changes of parts) {
      const { market, tokenId: asset_id } = TOY_IMPLIED;
      const all = this.#isOdd() ? [this.#unreadable(), ...changes, this.#unreadable()] : changes;
      const fields = { asset_id, changes: all, event_type: "price_change", hash: this.#hash() };
      this.#tell(JSON.stringify({ ...fields, market, timestamp: String(this.#ms) }));
    }
  }

  /** A trade, whose price the hashes know before it is announced, if it ever is. */
  #trade(): void {
    const price = String((1 + this.#below(99)) / 100);
    this.#venue.values = { ...this.#venue.values, lastTradePrice: Number(price).toFixed(3) };
    if (!this.#isOdd()) this.#coming.push(this.#tradeText(price));
    const ahead = this.#below(3);
    for (let i = 0; i < ahead; i++) this.#single();
    if (!this.#isOdd()) this.#comeTrue();
  }

  /** Best prices by themselves, mostly right, and before the change that caused them at times. */
  #quote(): void {
    const { market, tokenId: asset_id } = TOY_IMPLIED;
    const isEarly = this.#isOdd();
    const change = this.#change();
    if (isEarly) this.#venue.apply(change);
    const best = this.#isOdd() ? { best_bid: "", best_ask: "0.9" } : this.#venue.best;
    const fields = { market, asset_id, ...best, spread: "0.1", timestamp: String(this.#ms) };
    this.#tell(JSON.stringify({ ...fields, event_type: "best_bid_ask" }));
    if (isEarly) this.#tell(this.#text([this.#entry(change)]));
  }

  #comeTrue(): void {
    const text = this.#coming.shift();
    if (text === undefined) return;
    if (this.#random() < 0.3) this.#say({ kind: "announced", text });
    else this.#tell(text);
  }

  /** The hash already has the next change. */
  #late(): void {
    const [first, second] = [this.#change(), this.#change()];
    this.#venue.apply(first);
    this.#venue.apply(second);
    const entry = this.#entry(first);
    // The next change may look like a duplicate, too.
    if (this.#random() < 0.3) this.#againInTruth();
    this.#tell(this.#text([entry]));
    this.#ms++;
    this.#tell(this.#text([this.#entry(second)]));
  }

  /** A true duplicate. */
  #again(): void {
    if (this.#sent.length > 0) this.#tell(this.#pick(this.#sent).text);
  }

  /** The same text as before, and the venue's book has it once more. */
  #againInTruth(): void {
    if (this.#sent.length === 0) return;
    const { text, change } = this.#pick(this.#sent);
    this.#venue.apply(change);
    this.#tell(text);
    if (this.#random() < 0.3) this.#tellBook(false);
  }

  /** A change that nobody is told of. */
  #lose(): void {
    this.#venue.apply(this.#change());
  }

  #stale(): void {
    const entry = { ...this.#entry(this.#change()), hash: this.#noHash() };
    this.#tell(this.#text([entry], String(START_MS - 1)));
  }

  /** Hashes of no book, or none. */
  #unproven(): void {
    const changes = this.#changes(1 + this.#below(2));
    for (const change of changes) this.#venue.apply(change);
    const hash = this.#pick([this.#noHash(), "", "short", this.#hash().toUpperCase()]);
    this.#tell(this.#text(changes.map((change) => ({ ...this.#entry(change), hash }))));
    if (this.#random() < 0.3) this.#tell(this.#text([this.#entry(this.#unreadable())]));
  }

  #tick(): void {
    const tickSize = this.#pick(TICK_SIZES);
    const { market, tokenId: asset_id } = TOY_IMPLIED;
    const fields = { market, asset_id, old_tick_size: "0.01", new_tick_size: tickSize };
    const text = JSON.stringify({ ...fields, timestamp: "1", event_type: "tick_size_change" });
    this.#venue.values = { ...this.#venue.values, tickSize };
    if (this.#random() < 0.5) this.#single();
    this.#tell(text);
  }

  #tellBook(isOpening: boolean, spell: (text: string) => string = (text) => text): void {
    this.#tell(spell(this.#venue.bookText(String(this.#ms), isOpening)));
  }

  /** Books in other spellings, of other levels, or that are none. */
  #oddBook(): void {
    if (this.#random() < 0.3) this.#venue.apply(this.#change());
    const spells: ((text: string) => string)[] = [
      (text) => text,
      (text) => text.replaceAll(",", ", "),
      (text) => text.replace(/"bids":\[.*?\]/, '"bids":null'),
      (text) => text.replace(/"hash":"[^"]*"/, `"hash":"${this.#noHash()}"`),
      (text) => text.replace(/("bids":\[)(.*?)(\])/, (_, a, b, c) => a + reversed(b) + c),
    ];
    this.#tellBook(this.#random() < 0.5, this.#pick(spells));
  }

  /** A book of another market, and its own again. */
  #otherMarket(): void {
    this.#tellBook(true, (text) => text.replace('"0xm"', '"0xother"'));
    if (this.#random() < 0.5) this.#single();
    this.#tellBook(true);
  }

  /** Hash, best prices and time are not where they are today. */
  #strangeShape(): void {
    const { market, tokenId: asset_id } = TOY_IMPLIED;
    const changes = this.#changes(2);
    const [first, second] = changes.map((change) => {
      this.#venue.apply(change);
      return this.#entry(change);
    }) as [Entry, Entry];
    const event_type = "price_change";
    const timestamp = String(this.#ms);
    const { hash, best_bid, best_ask } = second;
    const best = { best_bid, best_ask };
    const [one, two] = changes as [ToyChange, ToyChange];
    const elements = [
      { market, hash, timestamp, changes: changes.map((change) => ({ ...change, ...best })) },
      { market, ...best, timestamp, changes: [first, second] },
      {
        ...{ market, hash, ...best, asset_id },
        changes: [
          { ...one, timestamp: String(this.#ms - 1) },
          { ...two, timestamp },
        ],
      },
      { market, hash, ...best, timestamp, changes: [...changes, this.#unreadable()] },
    ];
    this.#tell(JSON.stringify({ asset_id, ...this.#pick(elements), event_type }));
  }

  #pass(): void {
    this.#us += this.#pick([300_000, 1_100_000, 2_000_000]);
    this.#say({ kind: "pass", nowUs: this.#us });
  }

  #text(entries: readonly Entry[], timestamp = String(this.#ms)): string {
    // Both tokens of a market are told of in one message, mostly.
    const both = entries.flatMap((entry) => [entry, { ...entry, asset_id: "1002" }]);
    return this.#venue.text(this.#random() < 0.7 ? both : entries, timestamp);
  }

  #flatText(change: ToyChange): string {
    const { market, tokenId: asset_id } = TOY_IMPLIED;
    const { price, side, size } = change;
    const fields = { asset_id, event_type: "price_change", hash: this.#hash(), market };
    return JSON.stringify({ ...fields, price, side, size, timestamp: String(this.#ms) });
  }

  #tradeText(price: string): string {
    const { market, tokenId: asset_id } = TOY_IMPLIED;
    const fields = { market, asset_id, price, size: "1.5", fee_rate_bps: "0", side: "BUY" };
    return JSON.stringify({ ...fields, timestamp: "1", event_type: "last_trade_price" });
  }

  #tell(text: string): void {
    const us = this.#us + 1 + this.#below(3000);
    this.#us = us;
    const kind = this.#isOdd() && this.#isOdd() ? "skipped text" : "text";
    this.#say({ kind, text, receivedUs: us });
  }

  #say(step: Step): void {
    this.#steps.push(step);
  }

  /** An entry as it is told of the book as it is now. */
  #entry(change: ToyChange): Entry {
    const entry = this.#venue.entry(change, this.#hashedTime());
    return this.#isOdd() && this.#isOdd() ? { ...entry, best_bid: "0.77" } : entry;
  }

  #hash(): string {
    return this.#venue.hash(this.#hashedTime());
  }

  /** In late 2024 not the time on the wire. */
  #hashedTime(): string {
    const isLed = this.#venue.recipe === "6" && this.#random() < 0.5;
    return String(this.#ms - (isLed ? 4 + this.#below(6) : 0));
  }

  #noHash(): string {
    return Array.from({ length: 40 }, () => this.#below(16).toString(16)).join("");
  }

  #changes(count: number): ToyChange[] {
    return Array.from({ length: count }, () => this.#change());
  }

  /** Few prices, so that changes overwrite each other. */
  #change(): ToyChange {
    const isBid = this.#random() < 0.5;
    const odd = isBid ? ODD_BIDS : ODD_ASKS;
    const plain = String((isBid ? 30 + this.#below(12) : 58 + this.#below(12)) / 100);
    const price = this.#isOdd() && this.#isOdd() ? this.#pick(odd) : plain;
    const size = this.#random() < 0.3 ? "0" : String((1 + this.#below(5000)) / 4);
    const spelled =
      this.#isOdd() && this.#isOdd() ? `${size}${size.includes(".") ? "0" : ".0"}` : size;
    return { price, size: spelled, side: isBid ? "BUY" : "SELL" };
  }

  #unreadable(): ToyChange {
    const change = this.#change();
    const wrong = [{ price: "x" }, { size: "" }, { side: "HOLD" }, { size: "1e999" }];
    return { ...change, ...this.#pick(wrong) };
  }

  #isOdd(): boolean {
    return this.#random() < this.#oddness;
  }

  #pick<T>(list: readonly T[]): T {
    return list[this.#below(list.length)]!;
  }

  #below(limit: number): number {
    return Math.floor(this.#random() * limit);
  }
}

/** The objects of a list's text in another order. */
function reversed(list: string): string {
  return list
    .split(/(?<=\}),/)
    .reverse()
    .join(",");
}
