import { type Random, seededRandom } from "../../ports/random.ts";

/**
 * A generator of its own for a named part of an exchange, so that no part's numbers depend on
 * what the others drew.
 */
export function randomOf(seed: number, part: string): Random {
  return seededRandom(Bun.hash.xxHash32(`${seed}/${part}`));
}
