import type { Explanation } from "./hash-group.ts";
import type { Recipe, RecipeValues } from "./recipes.ts";

export type GroupVerdict = Explanation["verdict"] | "missed" | "unverifiable" | "shed";

/** What was found out about a group of updates that share a hash. */
export interface JudgedGroup {
  readonly verdict: GroupVerdict;
  /** The caller's numbers of its updates. */
  readonly rows: readonly number[];
  /** When its last update was taken, see `TokenBook`. */
  readonly takenUs: number;
  readonly isBook: boolean;
  /** True before the group has ended: it may still grow, and is judged again then. */
  readonly isProvisional: boolean;
  /** `undefined` without a match. */
  readonly proof: HashProof | undefined;
}

/** What it takes to make a group's hash again from the updates. */
export interface HashProof {
  readonly recipe: Recipe;
  readonly values: RecipeValues;
  /** How long before its time on the wire it was hashed: only under six fields, else 0. */
  readonly leadMs: number;
  /** The last row that the hashed book has: later than the group's own if it was a change late. */
  readonly stateRow: number;
  /** Rows that were taken for duplicates and are part of the book after all. */
  readonly restored: readonly number[];
  /** Whether all entries name the best prices of that book; `undefined` if none names any. */
  readonly isBestRight: boolean | undefined;
}
