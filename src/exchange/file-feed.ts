import { PolybotError } from "../format/error.ts";
import type { ClientSocket } from "./client-socket.ts";
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
  readonly #positions = new Map<ClientSocket, number>();

  constructor(messages: readonly string[]) {
    this.#messages = messages;
  }

  subscribe(
    socket: ClientSocket,
    _tokenIds: readonly string[],
    options: { readonly order: SubscriptionOrder },
  ): void {
    if (options.order === "first") {
      this.#positions.set(socket, 0);
      this.#sendOn(socket);
    }
  }

  unsubscribe(): void {}

  drained(socket: ClientSocket): void {
    this.#sendOn(socket);
  }

  forget(socket: ClientSocket): void {
    this.#positions.delete(socket);
  }

  stop(): void {
    this.#positions.clear();
  }

  #sendOn(socket: ClientSocket): void {
    let position = this.#positions.get(socket);
    if (position === undefined) {
      return;
    }
    while (position < this.#messages.length && socket.hasRoom) {
      socket.send(this.#messages[position] ?? "");
      position += 1;
    }
    this.#positions.set(socket, position);
  }
}
