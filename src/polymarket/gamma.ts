import type { Http } from "../ports/http.ts";
import { chunksOf } from "./chunks-of.ts";
import { isRecord, parseJson } from "./json-value.ts";
import { type HashedValues, type MarketNames, parseMarketNames } from "./market-names.ts";

/**
 * Names of tokens, from Gamma, the venue's REST service for metadata (docs/PROTOCOL.md, "REST").
 * They label what is recorded, and the hashed values beside them can be found without, so trouble
 * here never throws: a token whose name was not found or not understood is absent, and the caller
 * may ask again.
 */

/** What one token is called; a text that Gamma leaves out is `""`. */
export interface TokenNames {
  /** The condition id. */
  readonly market: string;
  readonly question: string;
  readonly slug: string;
  readonly outcome: string;
  /** ISO 8601 in UTC. */
  readonly endDate: string;
  /** The slug of its event. */
  readonly event: string;
  readonly hashed: HashedValues;
}

/**
 * 50 ids of 78 digits with their parameter name make a URL of about 4.7 kB: under the 8 kB that
 * servers and proxies commonly accept. An id belongs to one market, so the same number is also
 * enough as `limit`, below every maximum to which Gamma is known to cut it, and one page has all.
 */
const TOKENS_PER_REQUEST = 50;

/** A token id is a 256-bit number in decimal; anything else is not worth a request. */
const TOKEN_ID = /^[0-9]{1,78}$/;

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
  return `${gammaUrl.replace(/\/+$/, "")}/markets/keyset?${ids}&limit=${TOKENS_PER_REQUEST}${filter}`;
}

/** Adds the names of `asked` tokens only: an answer carries both tokens of a market. */
function addNames(
  names: Map<string, TokenNames>,
  asked: readonly string[],
  text: string,
  onTrouble: (reason: string) => void,
): void {
  const page = parseJson(text);
  if (!isRecord(page) || !Array.isArray(page.markets)) {
    onTrouble("Gamma answered with something else than a list of markets");
    return;
  }
  const askedSet = new Set(asked);
  for (const item of page.markets) {
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
    event: market.event,
    hashed: market.hashed,
  };
}
