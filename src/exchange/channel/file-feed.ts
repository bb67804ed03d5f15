import { PolybotError } from "../../format/error.ts";
import type { Client } from "./client.ts";
import type { Feed, SubscriptionOrder } from "./feed.ts";

/**
 * Reads recorded messages, one WebSocket text a line. Only the newline that ends a line is not
 * part of its text. Throws `BAD_INPUT`.
 */
export async function readMessages(path: string): Promise<string[]> {
  let text: string;
  try {
    const bytes = await Bun.file(path).bytes();
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new PolybotError("BAD_INPUT", `cannot read the messages file ${path}`, { path, cause });
  }
  const messages = text.split("\n");
  if (messages.at(-1) === "") {
    messages.pop();
  }
  return messages;
}

/** Gives each socket all messages of a file, once, as fast as it reads; then stays silent. */
export class FileFeed implements Feed {
  readonly #messages: readonly string[];
  /** The next message of each socket that has subscribed. */
  readonly #positions = new Map<Client, number>();
  /** Clients that a text is being said to. */
  readonly #sending = new Set<Client>();

  constructor(messages: readonly string[]) {
    this.#messages = messages;
  }

  subscribe(
    client: Client,
    _tokenIds: readonly string[],
    options: { readonly order: SubscriptionOrder },
  ): boolean {
    if (options.order === "first") {
      this.#positions.set(client, 0);
      this.#sendOn(client);
    }
    return true;
  }

  unsubscribe(): void {}

  /** What a file is about is not known here. */
  isSubscribed(): boolean {
    return true;
  }

  tokensOf(): readonly string[] {
    return [];
  }

  drained(client: Client): void {
    this.#sendOn(client);
  }

  forget(client: Client): void {
    this.#positions.delete(client);
  }

  /** A text that arrives at once says that there is room: that is not asked for twice. */
  #sendOn(client: Client): void {
    for (;;) {
      const position = this.#positions.get(client);
      if (position === undefined || position >= this.#messages.length) return;
      if (this.#sending.has(client) || !client.line.hasRoom) return;
      this.#positions.set(client, position + 1);
      this.#sending.add(client);
      client.line.say({ text: this.#messages[position] ?? "", tokenIds: [], isData: true });
      this.#sending.delete(client);
    }
  }
}
