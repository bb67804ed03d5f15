/** What the exchange needs of a client's connection: a WebSocket, or a client in this process. */
export interface Transport {
  /** Bytes that the client has not taken yet. */
  readonly unsentBytes: number;
  send(text: string): void;
  close(code: number, reason: string): void;
  /** Cuts the connection without a close frame. */
  drop(): void;
}
