import type { Random } from "../../ports/random.ts";

/** A draw from the standard normal distribution (Box and Muller). */
export function normal(random: Random): number {
  const radius = Math.sqrt(-2 * Math.log(1 - random()));
  return radius * Math.cos(2 * Math.PI * random());
}

/** A draw from a log-normal distribution: half of the draws lie below `median`. */
export function logNormal(random: Random, median: number, sigma: number): number {
  return median * Math.exp(sigma * normal(random));
}

/** A draw from an exponential distribution. */
export function exponential(random: Random, mean: number): number {
  return -Math.log(1 - random()) * mean;
}
