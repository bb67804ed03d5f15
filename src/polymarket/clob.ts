import type { Http } from "../ports/http.ts";

/** The documented maximum is 500, and there is one of bytes that nobody knows. */
const TOKENS_PER_REQUEST = 200;
const REQUEST_TIMEOUT_MS = 10_000;

/**
 * Asks the CLOB at `clobUrl` which of the tokens have no order book: they are settled or unknown
 * (docs/PROTOCOL.md, "CLOB"). Never rejects: tokens that it did not answer for are not among them.
 */
export async function tokensWithoutBook(
  http: Http,
  clobUrl: string,
  tokenIds: readonly string[],
): Promise<Set<string>> {
  const without = new Set<string>();
  for (let from = 0; from < tokenIds.length; from += TOKENS_PER_REQUEST) {
    const asked = tokenIds.slice(from, from + TOKENS_PER_REQUEST);
    const answered = await askBooks(http, clobUrl, asked);
    if (answered === undefined) continue;
    const has = new Set(answered.map(({ asset_id }) => asset_id));
    for (const tokenId of asked) if (!has.has(tokenId)) without.add(tokenId);
  }
  return without;
}

/** What REST says of a token's book. */
export interface RestBook {
  readonly hash: string;
  /** Venue time of its last change, epoch milliseconds. */
  readonly venueMs: number;
}

/**
 * The books of tokens at the CLOB, by token id; those that it did not answer for, or that have
 * none, are left out. Never rejects. A copy may be some seconds old (docs/PROTOCOL.md, "CLOB").
 */
export async function fetchBooks(
  http: Http,
  clobUrl: string,
  tokenIds: readonly string[],
): Promise<Map<string, RestBook>> {
  const books = new Map<string, RestBook>();
  for (let from = 0; from < tokenIds.length; from += TOKENS_PER_REQUEST) {
    const answered = await askBooks(http, clobUrl, tokenIds.slice(from, from + TOKENS_PER_REQUEST));
    for (const { asset_id, hash, timestamp } of answered ?? []) {
      const venueMs = Number(timestamp);
      if (typeof hash !== "string" || !Number.isSafeInteger(venueMs)) continue;
      books.set(String(asset_id), { hash, venueMs });
    }
  }
  return books;
}

/** The books that it has; `undefined` for no answer, or one that was not understood. */
async function askBooks(
  http: Http,
  clobUrl: string,
  tokenIds: readonly string[],
): Promise<Record<string, unknown>[] | undefined> {
  const body = JSON.stringify(tokenIds.map((token_id) => ({ token_id })));
  try {
    const answer = await http(`${clobUrl}/books`, { timeoutMs: REQUEST_TIMEOUT_MS, body });
    if (answer.status !== 200) return undefined;
    const books: unknown = JSON.parse(answer.text);
    return Array.isArray(books)
      ? books.filter((book) => typeof book === "object" && book)
      : undefined;
  } catch {
    return undefined;
  }
}
