import { dialTo, IN_PROCESS_URLS } from "../../src/exchange/in-process.ts";
import type { Dial } from "../../src/ports/dial.ts";
import type { VirtualExchange } from "../exchange/virtual-exchange.ts";
import { expectedOf } from "../expected-updates.ts";
import { PlainToken } from "./plain-token.ts";
import { bookOf, entryOf } from "./plain-updates.ts";

const RETRY_MS = 10;

/**
 * A client of all tokens that no fault strikes but a restart: what it hears is what the venue's
 * books were at each of their hashes.
 */
export class Witness {
  /** Fingerprints of books by their hashes. */
  readonly prints = new Map<string, number>();
  readonly #venue: VirtualExchange;
  readonly #dial: Dial;
  readonly #tokens = new Map<string, PlainToken<null>>();

  /** `dial` lets the numbers of its connections be known. */
  constructor(venue: VirtualExchange, dial: Dial = dialTo(venue.exchange)) {
    this.#venue = venue;
    this.#dial = dial;
    this.#connect();
  }

  #connect(): void {
    const { clock, tokenIds } = this.#venue;
    const socket = this.#dial(IN_PROCESS_URLS.wsUrl, {
      opened: () => socket.send(JSON.stringify({ assets_ids: tokenIds, type: "market" })),
      message: (text) => this.#message(text),
      closed: () => {
        for (const token of this.#tokens.values()) token.lose();
        clock.after(RETRY_MS, () => this.#connect());
      },
    });
    clock.every(10_000, () => socket.send("PING"));
  }

  #message(text: string): void {
    const ms = this.#venue.clock.monotonicMs();
    for (const update of expectedOf(text)) {
      const book = bookOf(update);
      const entry = entryOf(update);
      if (book === undefined && entry === undefined) continue;
      const token = this.#token(update.tokenIds[0]!);
      if (book !== undefined) token.replace(book, ms);
      else token.change(entry!, null, ms);
    }
  }

  /** What is open at the end is not known whole. */
  #token(tokenId: string): PlainToken<null> {
    const known = this.#tokens.get(tokenId);
    if (known !== undefined) return known;
    const token = new PlainToken<null>(({ hash, print }) => void this.prints.set(hash, print));
    this.#tokens.set(tokenId, token);
    return token;
  }
}
