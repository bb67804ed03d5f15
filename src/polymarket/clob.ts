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
    for (const tokenId of asked) if (!answered.has(tokenId)) without.add(tokenId);
  }
  return without;
}

/** Those that have a book; `undefined` for no answer, or one that was not understood. */
async function askBooks(
  http: Http,
  clobUrl: string,
  tokenIds: readonly string[],
): Promise<Set<unknown> | undefined> {
  const body = JSON.stringify(tokenIds.map((token_id) => ({ token_id })));
  try {
    const answer = await http(`${clobUrl}/books`, { timeoutMs: REQUEST_TIMEOUT_MS, body });
    if (answer.status !== 200) return undefined;
    const books: unknown = JSON.parse(answer.text);
    return Array.isArray(books) ? new Set(books.map((book) => book?.asset_id)) : undefined;
  } catch {
    return undefined;
  }
}
