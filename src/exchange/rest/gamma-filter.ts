import { checkedId, flag, values } from "./gamma-query.ts";
import { validationError } from "./gamma-refusal.ts";

/** Whether an item passes the parameters of a query; one that is not given lets all pass. */
export type Filter<T> = (item: T) => boolean;

export function all<T>(filters: readonly Filter<T>[]): Filter<T> {
  return (item) => filters.every((passes) => passes(item));
}

/** Any of the values of a repeated parameter is among the item's. */
export function among<T>(
  query: URLSearchParams,
  name: string,
  valuesOf: (item: T) => readonly string[],
): Filter<T> {
  const wanted = new Set(values(query, name));
  return (item) => wanted.size === 0 || valuesOf(item).some((value) => wanted.has(value));
}

/** As `among`, for parameters whose values are Gamma's own numbers. */
export function amongIds<T>(
  query: URLSearchParams,
  name: string,
  idsOf: (item: T) => readonly string[],
): Filter<T> {
  for (const id of values(query, name)) checkedId(id);
  return among(query, name, idsOf);
}

/** The item's flag is the one asked for; `otherwise` is asked for when the query does not. */
export function flagged<T>(
  query: URLSearchParams,
  name: string,
  flagOf: (item: T) => boolean,
  otherwise?: boolean,
): Filter<T> {
  const wanted = flag(query, name) ?? otherwise;
  return (item) => wanted === undefined || flagOf(item) === wanted;
}

/** The item's number lies between `<name>_min` and `<name>_max`, both included. */
export function within<T>(
  query: URLSearchParams,
  name: string,
  numberOf: (item: T) => number,
  parse: (text: string) => number = Number,
): Filter<T> {
  const bound = (end: string, otherwise: number): number => {
    const text = query.get(name + end);
    const value = text === null ? otherwise : parse(text);
    if (Number.isNaN(value)) throw validationError(`${name}${end} is invalid`);
    return value;
  };
  const min = bound("_min", Number.NEGATIVE_INFINITY);
  const max = bound("_max", Number.POSITIVE_INFINITY);
  if (!Number.isFinite(min) && !Number.isFinite(max)) return () => true;
  return (item) => {
    const value = numberOf(item);
    return value >= min && value <= max;
  };
}
