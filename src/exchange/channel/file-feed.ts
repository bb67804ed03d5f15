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

  tokensOf(): readonly string[] {
    return [];
  }

  drained(client: Client): void {
    this.#sendOn(client);
  }

  forget(client: Client): void {
    this.#positions.delete(client);
  }

  #sendOn(client: Client): void {
    let position = this.#positions.get(client);
    if (position === undefined) {
      return;
    }
    while (position < this.#messages.length && client.socket.hasRoom) {
      const text = this.#messages[position] ?? "";
      client.line.say({ text, tokenIds: [], isData: true });
      position += 1;
    }
    this.#positions.set(client, position);
  }
}
