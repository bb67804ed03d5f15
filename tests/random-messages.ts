import fc from "fast-check";
import { jsonStrings, jsonValues, objectText } from "./random-json.ts";

/** Market-channel messages: all types, current and old forms, spaced and compact, arrays. */

export const TOKENS = ["1001", "1002"] as const;

type Fields = (readonly [string, string])[];

const token = fc.constantFrom(...TOKENS).map((id) => `"${id}"`);
const decimal = fc.constantFrom(
  ...['"0.41"', '"0.5"', '"0.50"', '".5"', '"1e-3"', '"0"', '""', "0.5", "null"],
);
const side = fc.constantFrom('"BUY"', '"SELL"', '"buy"', '"x"');
const hash = fc.constantFrom(`"${"ab".repeat(20)}"`, `"${"AB".repeat(20)}"`, '"short"', '""');
const time = fc.constantFrom('"1700000000000"', "1700000000123", '"017"', '"x"');
const levels = fc
  .array(fc.tuple(decimal, decimal), { maxLength: 4 })
  .map((pairs) => `[${pairs.map(([p, s]) => `{"price":${p},"size":${s}}`).join(",")}]`);
const extra = fc.constantFrom("", "", "extra", "bids", "\u00e9", "__proto__");

/** Fields shuffled, with an unknown one among them at times. */
function shuffled(fields: Fields): fc.Arbitrary<Fields> {
  return fc.tuple(extra, jsonValues).chain(([key, value]) => {
    const isNew = key !== "" && fields.every(([known]) => known !== key);
    const all: Fields = isNew ? [...fields, [key, value]] : fields;
    return fc.shuffledSubarray(all, { minLength: all.length, maxLength: all.length });
  });
}

function object(
  type: string,
  values: Readonly<Record<string, fc.Arbitrary<string>>>,
): fc.Arbitrary<string> {
  const names = Object.keys(values);
  return fc
    .tuple(...Object.values(values))
    .chain((texts) =>
      shuffled([
        ...names.map((name, i) => [name, texts[i]!] as const),
        ...(type === "" ? [] : [["event_type", `"${type}"`] as const]),
      ]),
    )
    .chain(objectText);
}

const common = { market: fc.constantFrom('"0xm"', '"0xother"'), timestamp: time };
const one = { ...common, asset_id: token };
const change = { price: decimal, size: decimal, side };

/** The texts of a list of entries, with spaces between them at times. */
function entryList(entry: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc
    .tuple(fc.array(entry, { maxLength: 4 }), fc.constantFrom(",", ", ", " ,\n"))
    .map(([entries, comma]) => `[${entries.join(comma)}]`);
}

export const elements = fc.oneof(
  object("book", { ...one, hash, bids: levels, asks: levels }),
  object("", { ...one, hash, bids: levels, asks: levels, tick_size: decimal }),
  object("book", { ...one, bids: jsonValues, asks: jsonValues }),
  object("price_change", {
    ...common,
    price_changes: entryList(object("", { ...change, asset_id: token, hash, best_bid: decimal })),
  }),
  object("price_change", { ...one, hash, changes: entryList(object("", change)) }),
  object("price_change", { ...one, ...change, hash }),
  object("last_trade_price", { ...one, ...change, transaction_hash: hash }),
  object("tick_size_change", { ...one, old_tick_size: decimal, new_tick_size: decimal }),
  object("best_bid_ask", { ...one, best_bid: decimal, best_ask: decimal, spread: decimal }),
  object("market_resolved", { ...common, assets_ids: fc.constant('["1001", "1002"]') }),
  object("new_market", { ...common, question: jsonStrings }),
  object("novelty", one),
  jsonValues,
);

export const messages = fc
  .tuple(
    fc.oneof(
      elements,
      fc
        .tuple(fc.array(elements, { maxLength: 4 }), fc.constantFrom(",", " ,\n "))
        .map(([items, comma]) => `[${items.join(comma)}]`),
    ),
    fc.constantFrom("", "", "\n", "\r\n", " "),
  )
  .map((parts) => parts.join(""));
