import { Refusal } from "./refusal.ts";

/** Gamma's errors; those without a source beside them are spelled after the observed ones. */

/** Observed: `id not found`, `slug not found`. */
export function notFound(what: "id" | "slug"): Refusal {
  return new Refusal(404, { type: "not found error", error: `${what} not found` });
}

/**
 * Observed: `id is invalid`, `slug is invalid`, `order fields are not valid`, `query argument
 * "q": empty`, `offset too large, use /markets/keyset for deeper pagination`. Documented: `offset
 * is not allowed on keyset endpoints`.
 */
export function validationError(text: string): Refusal {
  return new Refusal(422, { type: "validation error", error: text });
}
