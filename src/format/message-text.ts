import type { MarketEvent, Place } from "./market-event.ts";
import { fillElement, fillEntry } from "./shape.ts";

export interface MessagePiece {
  readonly place: Place;
  readonly event: MarketEvent;
}

/**
 * The text of one message, put together again from its pieces in order: byte for byte if all are
 * there. Without some, elements and entries are joined from those present; a piece that comes
 * again, from another token's session, counts once.
 */
export function messageText(pieces: readonly MessagePiece[]): string {
  const elements = new Map<number, Map<number, MessagePiece>>();
  for (const piece of pieces) {
    const { element, entry } = piece.place;
    const entries = elements.get(element) ?? new Map<number, MessagePiece>();
    elements.set(element, entries);
    entries.set(entry, piece);
  }
  const texts = [...elements.values()].map((entries) => elementText([...entries.values()]));
  const place = pieces[0]?.place;
  const text = place !== undefined && place.elements > 0 ? `[${texts.join(",")}]` : texts.join("");
  return place?.newline ? `${text}\n` : text;
}

/** An element from its entries, or from the one piece that is all of it. */
function elementText(pieces: readonly MessagePiece[]): string {
  const { shape, values } = pieces[0]!.event;
  const entries = pieces.filter(({ place }) => place.entries > 0);
  return fillElement(
    shape,
    values,
    entries.map(({ event }) => fillEntry(event.shape, event.values)),
  );
}
