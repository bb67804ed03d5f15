import { type Levels, levelsText } from "../format/level.ts";

/**
 * What the venue hashes, as data (docs/PROTOCOL.md, "The hash"). A recipe is named after its
 * number of fields; it came without notice three times in two years, so a new one is a line here.
 */

/** A field of the hashed JSON under its name on the wire. */
export type RecipeField =
  | "market"
  | "asset_id"
  | "timestamp"
  | "hash"
  | "bids"
  | "asks"
  | "min_order_size"
  | "tick_size"
  | "neg_risk"
  | "last_trade_price";

/** Newest first: the order in which they are tried. */
export const RECIPE_NAMES = ["10", "9", "6", "5"] as const;

export type RecipeName = (typeof RECIPE_NAMES)[number];

export interface Recipe {
  readonly name: RecipeName;
  /** In the order of the hashed JSON; the asks always follow the bids. */
  readonly fields: readonly RecipeField[];
  /**
   * How many milliseconds before its time on the wire a price change may have been hashed. In
   * late 2024 the hashed time was not sent: 13 of 14 recorded changes prove with 4 to 9.
   */
  readonly changeLeadsMs: readonly number[];
}

const OPENING_FIELDS = ["market", "asset_id", "timestamp", "hash", "bids", "asks"] as const;
const NINE_FIELDS = [...OPENING_FIELDS, "min_order_size", "tick_size", "neg_risk"] as const;

export const RECIPES: Readonly<Record<RecipeName, Recipe>> = {
  "10": { name: "10", fields: [...NINE_FIELDS, "last_trade_price"], changeLeadsMs: [] },
  "9": { name: "9", fields: NINE_FIELDS, changeLeadsMs: [] },
  "6": { name: "6", fields: OPENING_FIELDS, changeLeadsMs: [4, 5, 6, 7, 8, 9] },
  "5": { name: "5", fields: ["market", "asset_id", "hash", "bids", "asks"], changeLeadsMs: [] },
};

/** What a hash covers beside the levels and the time, as the hashed JSON spells it. */
export interface RecipeValues {
  readonly minOrderSize: string;
  /** `""` while unknown. */
  readonly tickSize: string;
  readonly negRisk: boolean;
  /** With at least three decimals, see `hashedPrice`; `""` before the first trade. */
  readonly lastTradePrice: string;
}

export const UNKNOWN_VALUES: RecipeValues = {
  minOrderSize: "",
  tickSize: "",
  negRisk: false,
  lastTradePrice: "",
};

const PRICE_PLACES = 3;

/** A trade's price as the hash spells it: `0.87` is `0.870` there (recomputed, 2026). */
export function hashedPrice(price: string): string {
  if (!/^\d+(\.\d*)?$/.test(price)) return price;
  const [whole, fraction = ""] = price.split(".");
  return `${whole}.${fraction.padEnd(PRICE_PLACES, "0")}`;
}

/** The hashed JSON up to the first level. */
export function headText(recipe: Recipe, market: string, tokenId: string, timestamp: string) {
  const texts = { market, asset_id: tokenId, timestamp, hash: "" };
  const fields = recipe.fields.slice(0, recipe.fields.indexOf("bids"));
  const written = fields.map((field) => `"${field}":"${texts[field as keyof typeof texts]}",`);
  return `{${written.join("")}"bids":[`;
}

/** Between the last bid and the first ask. */
export const MIDDLE_TEXT = '],"asks":[';

/** The hashed JSON after the last ask. */
export function tailText(recipe: Recipe, values: RecipeValues): string {
  const fields = recipe.fields.slice(recipe.fields.indexOf("asks") + 1);
  return `]${fields.map((field) => `,"${field}":${valueText(field, values)}`).join("")}}`;
}

function valueText(field: RecipeField, values: RecipeValues): string {
  switch (field) {
    case "min_order_size":
      return `"${values.minOrderSize}"`;
    case "tick_size":
      return `"${values.tickSize}"`;
    case "neg_risk":
      return String(values.negRisk);
    default:
      return `"${values.lastTradePrice}"`;
  }
}

/** Both sides as they are hashed, one behind the other, with the outer brackets. */
export function sidesText({ bids, asks }: Levels): string {
  const [bidsText, asksText] = [levelsText(bids), levelsText(asks)];
  return `${bidsText.slice(0, -1)}${MIDDLE_TEXT}${asksText.slice(1)}`;
}
