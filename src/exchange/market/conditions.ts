import type { RecipeName } from "./book-summary.ts";
import type { Oddities } from "./oddities.ts";

/** What holds for the whole simulated venue, and may change while it runs. */
export interface Conditions {
  recipe: RecipeName;
  /** Added to every timestamp that the venue writes, in milliseconds. */
  clockStepMs: number;
  oddities: Oddities;
}
