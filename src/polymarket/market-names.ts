import { isRecord, parseJson } from "./json-value.ts";

export interface OutcomeToken {
  readonly tokenId: string;
  /** The outcome that the token pays for, such as `Yes` or `Up`. */
  readonly outcome: string;
}

/** What the hashes of a market cover beside its book; absent where Gamma does not say. */
export interface HashedValues {
  /** As the hash spells it. */
  readonly minOrderSize?: string;
  readonly negRisk?: boolean;
}

/** One market as Gamma names it; a text that Gamma leaves out is `""`. */
export interface MarketNames {
  /** `0x` and 64 hex digits: the wire's `market`. */
  readonly conditionId: string;
  readonly question: string;
  readonly slug: string;
  /** ISO 8601 in UTC. */
  readonly endDate: string;
  /** The slug of its event: Gamma names one, and could name more. */
  readonly event: string;
  readonly outcomes: readonly OutcomeToken[];
  readonly hashed: HashedValues;
}

/** What a number looks like that is a size: neither negative nor with an exponent. */
const PLAIN_SIZE = /^[0-9]+(\.[0-9]+)?$/;

/**
 * One item of Gamma's list. `undefined` unless it has a condition id and as many outcomes as
 * token ids: the two lists belong together by position, so unequal ones name nothing for sure.
 */
export function parseMarketNames(item: unknown): MarketNames | undefined {
  if (!isRecord(item)) return undefined;
  const conditionId = textOf(item.conditionId);
  const outcomes = stringsOf(item.outcomes);
  const tokenIds = stringsOf(item.clobTokenIds);
  if (conditionId === "" || outcomes === undefined || tokenIds === undefined) return undefined;
  if (outcomes.length !== tokenIds.length) return undefined;
  return {
    conditionId,
    question: textOf(item.question),
    slug: textOf(item.slug),
    endDate: textOf(item.endDate),
    event: eventOf(item.events),
    outcomes: tokenIds.map((tokenId, index) => ({ tokenId, outcome: outcomes[index] ?? "" })),
    hashed: hashedValues(item.orderMinSize, item.negRisk),
  };
}

function eventOf(events: unknown): string {
  const first: unknown = Array.isArray(events) ? events[0] : undefined;
  return isRecord(first) ? textOf(first.slug) : "";
}

/** Gamma's number is the text of the CLOB's book; one that is no size says nothing. */
function hashedValues(orderMinSize: unknown, negRisk: unknown): HashedValues {
  const isSize = typeof orderMinSize === "number" && PLAIN_SIZE.test(String(orderMinSize));
  return {
    ...(isSize && { minOrderSize: String(orderMinSize) }),
    ...(typeof negRisk === "boolean" && { negRisk }),
  };
}

/**
 * A list of strings, given as an array or, as Gamma mostly does, as the JSON text of one. A list
 * with numbers is refused: a token id read as a number has lost most of its digits.
 */
export function stringsOf(value: unknown): string[] | undefined {
  const list = typeof value === "string" ? parseJson(value) : value;
  if (!Array.isArray(list)) return undefined;
  return list.every((item): item is string => typeof item === "string") ? list : undefined;
}

export function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}
