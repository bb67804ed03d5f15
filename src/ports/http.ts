/** What a server answered. Every HTTP status is an answer, 404 and 500 too. */
export interface HttpAnswer {
  readonly status: number;
  /** The body, decoded as UTF-8. */
  readonly text: string;
  /** The header `Retry-After`, as it came. */
  readonly retryAfter?: string;
}

export interface HttpInit {
  /** How long the whole answer, body included, may take. */
  readonly timeoutMs: number;
  /** Posted as JSON; without it the request is a GET. */
  readonly body?: string;
}

/**
 * Asks for `url` with GET, or posts a body. Resolves with the answer whatever its status; rejects
 * when there is none: host unknown, connection refused or cut, or too late (an error named
 * `TimeoutError`).
 */
export type Http = (url: string, init?: HttpInit) => Promise<HttpAnswer>;

const DEFAULT_TIMEOUT_MS = 10_000;

/** The real thing, on Bun's `fetch`. */
export const systemHttp: Http = async (url, init = { timeoutMs: DEFAULT_TIMEOUT_MS }) => {
  const { timeoutMs, body } = init;
  const response = await fetch(url, {
    signal: AbortSignal.timeout(timeoutMs),
    ...(body !== undefined && {
      method: "POST",
      body,
      headers: { "content-type": "application/json" },
    }),
  });
  const retryAfter = response.headers.get("retry-after");
  return {
    status: response.status,
    text: await response.text(),
    ...(retryAfter !== null && { retryAfter }),
  };
};
