import type { WirePriceChangeEntry } from "../../polymarket/messages.ts";

/** A parsed text, and where in it the entries of its price changes are. */
export interface EntriesOfText {
  readonly value: unknown;
  readonly places: readonly EntryPlace[];
}

interface EntryPlace {
  readonly list: WirePriceChangeEntry[];
  readonly index: number;
}

/** Finds the entries of a text's price changes, of one token or of all; any text may be given. */
export function entriesOf(text: string, tokenId: string | undefined): EntriesOfText {
  const value = jsonOf(text);
  const elements: unknown[] = Array.isArray(value) ? value : [value];
  const places = elements.flatMap((element) => {
    const list = listOf(element);
    return list.flatMap((entry, index) =>
      tokenId === undefined || entry?.asset_id === tokenId ? [{ list, index }] : [],
    );
  });
  return { value, places };
}

function listOf(element: unknown): WirePriceChangeEntry[] {
  if (typeof element !== "object" || element === null) return [];
  const list = "price_changes" in element ? element.price_changes : undefined;
  return Array.isArray(list) ? list : [];
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
