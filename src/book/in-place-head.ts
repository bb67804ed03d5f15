import { headText, RECIPES, type Recipe } from "./recipes.ts";

/** Where the time stands in the bytes of a book that is hashed where it lies. */

export const STAMP_KEY = '"timestamp":"';

/** Recipes that begin like this are hashed in place; the others are written anew each time. */
const IN_PLACE_HEAD = headText(RECIPES["10"], "", "", "");

/** From the end of the time to the first level. */
export const STAMP_TO_BIDS_BYTES =
  IN_PLACE_HEAD.length - IN_PLACE_HEAD.indexOf(STAMP_KEY) - STAMP_KEY.length;

const IN_PLACE = new Set<Recipe>(
  Object.values(RECIPES).filter((recipe) => headText(recipe, "", "", "") === IN_PLACE_HEAD),
);

export function isInPlace(recipe: Recipe): boolean {
  return IN_PLACE.has(recipe);
}
