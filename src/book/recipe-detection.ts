import { HASH_BYTES, isDigest, isHash } from "../format/hash-text.ts";
import type { HashedBook } from "./hashed-book.ts";
import { type MaySearch, PRICES, searchPrice } from "./price-search.ts";
import {
  RECIPE_NAMES,
  RECIPES,
  type Recipe,
  type RecipeValues,
  UNKNOWN_VALUES,
} from "./recipes.ts";

/** A recipe and the values under which a hash was made. */
export interface DetectedRecipe {
  readonly recipe: Recipe;
  readonly values: RecipeValues;
}

/** What is known of a book's hash; values that are not known are tried. */
export interface RecipeEvidence {
  readonly hash: string;
  readonly timestamp: string;
  readonly known: Partial<RecipeValues>;
  readonly maySearch: MaySearch;
}

/** Every size that was seen (docs/PROTOCOL.md, "The hash"), the most frequent first. */
const MIN_ORDER_SIZES = ["5", "15", "1"];
/** Every tick size of the venue, the most frequent first. */
const TICK_SIZES = ["0.01", "0.001", "0.1", "0.0001", "0.005", "0.0025"];

const DIGEST = new Uint8Array(HASH_BYTES);

/**
 * The recipe that gives the hash of an opening book, `undefined` if none does. What is given as
 * known is tried first, but for the static values not believed: REST may be as wrong as absent.
 */
export function detectRecipe(
  book: HashedBook,
  evidence: RecipeEvidence,
): DetectedRecipe | undefined {
  if (!isHash(evidence.hash)) return undefined;
  const recipes = RECIPE_NAMES.map((name) => RECIPES[name]);
  for (const recipe of recipes) {
    for (const values of valuesOf(recipe, evidence.known)) {
      book.hash(evidence.timestamp, recipe, values, DIGEST);
      if (isDigest(DIGEST, evidence.hash)) return { recipe, values };
    }
  }
  if (evidence.known.lastTradePrice !== undefined) return undefined;
  return detectBySearch(book, evidence, recipes);
}

function detectBySearch(
  book: HashedBook,
  evidence: RecipeEvidence,
  recipes: readonly Recipe[],
): DetectedRecipe | undefined {
  for (const recipe of recipes) {
    if (!recipe.fields.includes("last_trade_price")) continue;
    for (const values of valuesOf(recipe, evidence.known)) {
      if (!evidence.maySearch(PRICES)) return undefined;
      const lastTradePrice = searchPrice(book, { ...evidence, recipe, values });
      if (lastTradePrice !== undefined) return { recipe, values: { ...values, lastTradePrice } };
    }
  }
  return undefined;
}

/** The values to try under a recipe: only fields that it has are varied. */
function valuesOf(recipe: Recipe, known: Partial<RecipeValues>): RecipeValues[] {
  const has = (field: Recipe["fields"][number]) => recipe.fields.includes(field);
  const given = { ...UNKNOWN_VALUES, ...known };
  const sizes = has("min_order_size")
    ? distinct([...listed(known.minOrderSize), ...MIN_ORDER_SIZES])
    : [given.minOrderSize];
  const risks = has("neg_risk") ? [given.negRisk, !given.negRisk] : [given.negRisk];
  const ticks = has("tick_size") && known.tickSize === undefined ? TICK_SIZES : [given.tickSize];
  return sizes.flatMap((minOrderSize) =>
    risks.flatMap((negRisk) =>
      ticks.map((tickSize) => ({ ...given, minOrderSize, negRisk, tickSize })),
    ),
  );
}

function listed<T>(value: T | undefined): T[] {
  return value === undefined ? [] : [value];
}

function distinct(texts: readonly string[]): string[] {
  return [...new Set(texts)];
}
