import type { Client } from "./client.ts";

/** Whether a subscription is the first text of its socket or a later one. */
export type SubscriptionOrder = "first" | "later";

/** What an exchange has to say. The protocol's rules are not its business. */
export interface Feed {
  /**
   * A client subscribes; `withBooks` is false if it declined the opening books. False if it had
   * subscribed to all of the tokens before.
   */
  subscribe(
    client: Client,
    tokenIds: readonly string[],
    options: { readonly order: SubscriptionOrder; readonly withBooks: boolean },
  ): boolean;
  unsubscribe(client: Client, tokenIds: readonly string[]): void;
  isSubscribed(client: Client, tokenId: string): boolean;
  /** What a client has subscribed, as far as the feed knows tokens. */
  tokensOf(client: Client): readonly string[];
  /** The client has read what was waiting for it, in part or whole. */
  drained(client: Client): void;
  /** The client is gone. */
  forget(client: Client): void;
}
