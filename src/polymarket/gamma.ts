import type { Http } from "../ports/http.ts";

/**
 * Names of markets, from Gamma, the venue's REST service for metadata (docs/PROTOCOL.md, "REST").
 * They label what is recorded, and the hashed values beside them can be found without, so trouble
 * here never throws: a token whose name was not found or not understood is absent, and the caller
 * may ask again.
 */

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
  readonly outcomes: readonly OutcomeToken[];
  readonly hashed: HashedValues;
}

/** What one token is called; a text that Gamma leaves out is `""`. */
export interface TokenNames {
  /** The condition id. */
  readonly market: string;
  readonly question: string;
  readonly slug: string;
  readonly outcome: string;
  /** ISO 8601 in UTC. */
  readonly endDate: string;
  readonly hashed: HashedValues;
}

/**
 * 50 ids of 78 digits with their parameter name make a URL of about 4.7 kB: under the 8 kB that
 * servers and proxies commonly accept. An id belongs to one market, so the same number is also
 * enough as `limit`, and below every maximum to which Gamma is known to cut it.
 */
const TOKENS_PER_REQUEST = 50;

/** A token id is a 256-bit number in decimal; anything else is not worth a request. */
const TOKEN_ID = /^[0-9]{1,78}$/;

/** What a number looks like that is a size: neither negative nor with an exponent. */
const PLAIN_SIZE = /^[0-9]+(\.[0-9]+)?$/;

const REQUEST_TIMEOUT_MS = 10_000;

/** Gamma lists only open markets unless told otherwise, so the second pass asks for the closed. */
const PASSES = ["", "&closed=true"];

/**
 * Asks Gamma at `gammaUrl` for the names of `tokenIds`. Never rejects: a token that Gamma does
 * not know, or names in a way not understood, is absent. `onTrouble` hears why a whole request
 * brought nothing. Once the service cannot be reached, no further request is made.
 */
export async function fetchMarketNames(
  http: Http,
  gammaUrl: string,
  tokenIds: readonly string[],
  onTrouble: (reason: string) => void = () => {},
): Promise<Map<string, TokenNames>> {
  const wanted = [...new Set(tokenIds)].filter((tokenId) => TOKEN_ID.test(tokenId));
  const names = new Map<string, TokenNames>();
  try {
    for (const filter of PASSES) {
      const missing = wanted.filter((tokenId) => !names.has(tokenId));
      for (const chunk of chunksOf(missing, TOKENS_PER_REQUEST)) {
        const answer = await http(marketsUrl(gammaUrl, chunk, filter), {
          timeoutMs: REQUEST_TIMEOUT_MS,
        });
        if (answer.status === 200) addNames(names, chunk, answer.text, onTrouble);
        else onTrouble(`Gamma answered with status ${answer.status}`);
      }
    }
  } catch (error) {
    onTrouble(`Gamma cannot be reached: ${error instanceof Error ? error.message : error}`);
  }
  return names;
}

/** Ids are repeated parameters: Gamma does not split a comma-separated list. */
function marketsUrl(gammaUrl: string, tokenIds: readonly string[], filter: string): string {
  const ids = tokenIds.map((tokenId) => `clob_token_ids=${tokenId}`).join("&");
  return `${gammaUrl.replace(/\/+$/, "")}/markets?${ids}&limit=${TOKENS_PER_REQUEST}${filter}`;
}

/** Adds the names of `asked` tokens only: an answer carries both tokens of a market. */
function addNames(
  names: Map<string, TokenNames>,
  asked: readonly string[],
  text: string,
  onTrouble: (reason: string) => void,
): void {
  const list = parseJson(text);
  if (!Array.isArray(list)) {
    onTrouble("Gamma answered with something else than a list of markets");
    return;
  }
  const askedSet = new Set(asked);
  for (const item of list) {
    const market = parseMarketNames(item);
    if (market === undefined) continue;
    for (const { tokenId, outcome } of market.outcomes) {
      if (askedSet.has(tokenId)) names.set(tokenId, tokenNames(market, outcome));
    }
  }
}

function tokenNames(market: MarketNames, outcome: string): TokenNames {
  return {
    market: market.conditionId,
    question: market.question,
    slug: market.slug,
    outcome,
    endDate: market.endDate,
    hashed: market.hashed,
  };
}

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
    outcomes: tokenIds.map((tokenId, index) => ({ tokenId, outcome: outcomes[index] ?? "" })),
    hashed: hashedValues(item.orderMinSize, item.negRisk),
  };
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
function stringsOf(value: unknown): string[] | undefined {
  const list = typeof value === "string" ? parseJson(value) : value;
  if (!Array.isArray(list)) return undefined;
  return list.every((item): item is string => typeof item === "string") ? list : undefined;
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function* chunksOf<T>(items: readonly T[], size: number): Generator<readonly T[]> {
  for (let start = 0; start < items.length; start += size) yield items.slice(start, start + size);
}
