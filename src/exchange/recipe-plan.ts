import { PolybotError } from "../format/error.ts";
import { parseDuration } from "../ports/duration.ts";
import { RECIPE_NAMES, type RecipeName } from "./market/book-summary.ts";

/** A change of what is hashed. */
export interface RecipeSwitch {
  readonly recipe: RecipeName;
  /** Milliseconds after the start. */
  readonly atMs: number;
}

/**
 * Reads a recipe and those that follow it, such as `9,10@60s`: nine fields, and ten from a minute
 * after the start. Throws `BAD_INPUT`.
 */
export function parseRecipePlan(text: string): {
  readonly recipe: RecipeName;
  readonly recipeSwitches: readonly RecipeSwitch[];
} {
  const [first = "", ...later] = text.split(",").map((part) => part.trim());
  return {
    recipe: recipeOf(first),
    recipeSwitches: later.map((part) => {
      const sign = part.indexOf("@");
      const recipe = sign === -1 ? part : part.slice(0, sign);
      const atMs = parseDuration(sign === -1 ? "" : part.slice(sign + 1));
      if (atMs === undefined) throw badPlan(`"${part}" has no time, as in 10@60s`);
      return { recipe: recipeOf(recipe), atMs };
    }),
  };
}

function recipeOf(text: string): RecipeName {
  const recipe = RECIPE_NAMES.find((name) => name === text);
  if (recipe === undefined) {
    throw badPlan(`"${text}" is unknown; there are ${RECIPE_NAMES.join(", ")}`);
  }
  return recipe;
}

function badPlan(what: string): PolybotError {
  return new PolybotError("BAD_INPUT", `recipe ${what}`);
}
