import { validationError } from "./gamma-refusal.ts";

/** Parameters as Gamma reads them; each throws a `Refusal` for a value that cannot be one. */

/** Documented of `condition_ids`; that the others end there too, and how, is a guess. */
const VALUES_MAX = 100;
const ID = /^[0-9]{1,18}$/;
const SLUG = /^[\w.-]+$/;

/** All values of a repeated parameter. Commas do not separate: such a list is one odd value. */
export function values(query: URLSearchParams, name: string): string[] {
  const all = query.getAll(name);
  if (all.length > VALUES_MAX) throw validationError(`${name} has too many values`);
  return all;
}

/** `undefined` when it is not given. */
export function flag(query: URLSearchParams, name: string): boolean | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  if (text !== "true" && text !== "false") throw validationError(`${name} is invalid`);
  return text === "true";
}

/** A whole number; `otherwise` when it is not given. */
export function count(query: URLSearchParams, name: string, otherwise: number): number {
  const text = query.get(name);
  if (text === null) return otherwise;
  if (!ID.test(text)) throw validationError(`${name} is invalid`);
  return Number(text);
}

/** One of Gamma's own numbers, such as a market's. */
export function checkedId(text: string): string {
  if (!ID.test(text)) throw validationError("id is invalid");
  return text;
}

export function checkedSlug(text: string): string {
  if (!SLUG.test(text)) throw validationError("slug is invalid");
  return text;
}
