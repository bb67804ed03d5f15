import type { WirePriceChange } from "../../polymarket/messages.ts";
import type { Announcement, SpokenElement } from "../market/announcement.ts";

/** An element and its text, which is written once for all sockets. */
export interface Said {
  readonly element: SpokenElement;
  readonly text: string;
  /** The tokens that it is about. */
  readonly tokenIds: readonly string[];
}

export function saidOf({ elements, tokenIds = [] }: Announcement): Said[] {
  return elements.map((element) => said(element, tokenIds));
}

export function said(element: SpokenElement, tokenIds: readonly string[]): Said {
  return { element, text: JSON.stringify(element), tokenIds };
}

/** The element if it is a price change in the present form. */
export function priceChangeOf({ element }: Said): WirePriceChange | undefined {
  return "price_changes" in element ? element : undefined;
}
