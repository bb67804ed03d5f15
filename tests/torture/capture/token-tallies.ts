/** How many updates a token had, and what they said, in their order. */
export interface TokenTally {
  readonly updates: number;
  /** CRC-32 over all of them. */
  readonly digest: number;
}

/** Fields that tell updates of a token apart. */
const TOLD = [
  "timestamp",
  "hash",
  "price",
  "size",
  "side",
  "best_bid",
  "best_ask",
  "new_tick_size",
] as const;

type Fields = Readonly<Record<string, unknown>>;

/** Updates by token: millions need not be kept to be compared. */
export class TokenTallies {
  readonly #tallies = new Map<string, { updates: number; digest: number }>();

  /** `rest` has the fields that an entry shares with its message. */
  add(tokenId: string, type: string, fields: Fields, rest: Fields = fields): void {
    let tally = this.#tallies.get(tokenId);
    if (tally === undefined) {
      tally = { updates: 0, digest: 0 };
      this.#tallies.set(tokenId, tally);
    }
    tally.updates++;
    const told = TOLD.map((key) => fields[key] ?? rest[key] ?? "");
    tally.digest = Bun.hash.crc32(`${type} ${told.join(" ")}`, tally.digest);
  }

  /** A text of the wire. */
  addText(text: string): void {
    if (text === "PONG") return;
    const value = JSON.parse(text) as Fields | readonly Fields[];
    for (const element of Array.isArray(value) ? value : [value]) this.#addElement(element);
  }

  #addElement(element: Fields): void {
    const type = String(element.event_type ?? "book");
    if (type === "price_change") {
      for (const entry of element.price_changes as readonly Fields[]) {
        this.add(String(entry.asset_id), type, entry, element);
      }
    } else if (typeof element.asset_id === "string") {
      this.add(element.asset_id, type, element);
    }
  }

  get all(): ReadonlyMap<string, TokenTally> {
    return this.#tallies;
  }
}
