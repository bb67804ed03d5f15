import type { ClientSocket } from "./client-socket.ts";

/** Whether a subscription is the first text of its socket or a later one. */
export type SubscriptionOrder = "first" | "later";

/** What an exchange has to say. The protocol's rules are not its business. */
export interface Feed {
  /** A socket subscribes; `withBooks` is false if the client declined the opening books. */
  subscribe(
    socket: ClientSocket,
    tokenIds: readonly string[],
    options: { readonly order: SubscriptionOrder; readonly withBooks: boolean },
  ): void;
  unsubscribe(socket: ClientSocket, tokenIds: readonly string[]): void;
  /** The socket's buffer has emptied, in part or whole. */
  drained(socket: ClientSocket): void;
  /** The socket is gone. */
  forget(socket: ClientSocket): void;
  /** Nothing is sent any more. */
  stop(): void;
}
