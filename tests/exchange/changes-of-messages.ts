import type { StreamChange } from "./stream-statistics.ts";

interface AnyElement {
  readonly event_type?: string;
  readonly asset_id?: string;
  readonly timestamp: string | number;
  /** Present form: entries of both tokens of a market. */
  readonly price_changes?: readonly (AnyChange & { readonly asset_id: string })[];
  /** Form until September 2025: entries of the token that the element names. */
  readonly changes?: readonly AnyChange[];
}

interface AnyChange {
  readonly price: string;
  readonly size: string;
  readonly side: "BUY" | "SELL";
}

/**
 * The changes of one token in texts of the market channel, in order; a text is one message, be it
 * an element or an array of them. Books and trades are passed over: a stream is measured alike
 * whether its opening book is known or not.
 */
export function* changesOfMessages(
  texts: Iterable<string>,
  tokenId: string,
): Generator<StreamChange> {
  let message = 0;
  for (const text of texts) {
    const parsed = JSON.parse(text) as AnyElement | AnyElement[];
    for (const element of Array.isArray(parsed) ? parsed : [parsed]) {
      const ms = Number(element.timestamp);
      for (const { side, price, size } of changesOf(element, tokenId)) {
        yield { ms, side, price, size, message };
      }
    }
    message += 1;
  }
}

function changesOf(element: AnyElement, tokenId: string): readonly AnyChange[] {
  if (element.event_type !== "price_change") return [];
  if (element.price_changes !== undefined) {
    return element.price_changes.filter((entry) => entry.asset_id === tokenId);
  }
  return element.asset_id === tokenId ? (element.changes ?? []) : [];
}
