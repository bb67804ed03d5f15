/** A request to either service as plain data, so that asking needs no socket. */
export interface RestRequest {
  readonly method: string;
  /** Without the query, percent-encoded as it came. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Empty for a GET. */
  readonly body: string;
}
