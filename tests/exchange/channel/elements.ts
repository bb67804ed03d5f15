import type {
  WireBook,
  WireElement,
  WirePriceChange,
  WirePriceChangeEntry,
} from "../../../src/polymarket/messages.ts";

const REPLIES: readonly string[] = ["PONG", "INVALID OPERATION", "NO NEW ASSETS"];

export function isReply(text: string): boolean {
  return REPLIES.includes(text);
}

/** The elements of one text; replies of the protocol itself have none. */
export function elementsOf(text: string): WireElement[] {
  return isReply(text) ? [] : [JSON.parse(text) as WireElement | WireElement[]].flat();
}

export function elementsOfAll(texts: readonly string[]): WireElement[] {
  return texts.flatMap(elementsOf);
}

/** The tokens of the books in a text that answers a subscription. */
export function bookTokensOf(text: string | undefined): string[] {
  return (JSON.parse(text ?? "null") as WireBook[]).map(({ asset_id }) => asset_id);
}

export function isPriceChange(element: WireElement): element is WirePriceChange {
  return element.event_type === "price_change";
}

/** An entry as what it says, so that the same one in another message is equal. */
export function entryName({ timestamp }: WirePriceChange, entry: WirePriceChangeEntry): string {
  const { asset_id, price, size, side, hash } = entry;
  return [timestamp, asset_id, price, size, side, hash].join(" ");
}

/** All that texts say, cut into entries and other elements, each once, in no order. */
export function contentOf(texts: readonly string[]): Set<string> {
  return new Set(
    elementsOfAll(texts).flatMap((element) =>
      isPriceChange(element)
        ? element.price_changes.map((entry) => entryName(element, entry))
        : [JSON.stringify(element)],
    ),
  );
}

/** Whether a text says anything about one of these tokens. */
export function isAbout(text: string, tokenIds: readonly string[]): boolean {
  return tokenIds.some((tokenId) => text.includes(tokenId));
}
