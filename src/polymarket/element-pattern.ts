import type { UpdateType } from "../format/market-event.ts";
import { ENTRIES, parseShape, SLOT, type Slot, SPLIT } from "../format/shape.ts";

/** A known shape as regular expressions that find its values, one group a slot. */
export interface ElementPattern {
  readonly type: UpdateType;
  readonly shapeText: string;
  /** Which value names the token. */
  readonly tokenSlot: number;
  /** The whole element; of one with entries its front, up to two of them, its end if it is next. */
  readonly opening: RegExp;
  /** A comma, up to two entries, the element's end if it is next; `undefined` without entries. */
  readonly more: RegExp | undefined;
  /** Slots of the element in front of its entries. */
  readonly frontSlots: number;
  /** Slots of one entry. */
  readonly entrySlots: number;
}

/**
 * What may stand in a string whose text is its value: no quote, and neither escapes nor the
 * control characters that JSON forbids. It stops where the literal behind it begins, so a text
 * that does not match is given up in linear time.
 */
const STRING = '([^"\\\\\\x00-\\x1f]*)';

/** `undefined` for a shape that does not say its type, or has a value that is no string. */
export function elementPattern(type: UpdateType, shapeText: string): ElementPattern | undefined {
  const shape = parseShape(shapeText);
  const tokenSlot = shape.slots.findLastIndex(({ key }) => key === "asset_id");
  const saysType = shape.slots.some(({ key }) => key === "event_type");
  if (tokenSlot < 0 || !saysType || !shape.slots.every(({ quoted }) => quoted)) return undefined;
  const { elementSlots, slots } = shape;
  const entrySlots = slots.length - elementSlots;
  const part = (text: string, slot: number) => source(text, slots.slice(slot), type);
  const split = shapeText.indexOf(SPLIT);
  if (split < 0) {
    const opening = sticky(part(shapeText, 0));
    const frontSlots = elementSlots;
    return { type, shapeText, tokenSlot, opening, more: undefined, frontSlots, entrySlots };
  }
  const [front = "", back = ""] = shapeText.slice(0, split).split(ENTRIES);
  const frontSlots = front.split(SLOT).length - 1;
  const entry = part(shapeText.slice(split + 1), elementSlots);
  // Most changes have two entries: one match takes them whole.
  const upToTwo = `${entry}(?:,${entry})?(?:${part(back, frontSlots)})?`;
  const opening = sticky(part(front, 0) + upToTwo);
  return {
    type,
    shapeText,
    tokenSlot,
    opening,
    more: sticky(`,${upToTwo}`),
    frontSlots,
    entrySlots,
  };
}

/** A part of a shape's text, and its slots in front of others. */
function source(part: string, slots: readonly Slot[], type: UpdateType): string {
  const [first = "", ...others] = part.split(SLOT).map((literal) => RegExp.escape(literal));
  const groups = others.map((literal, i) => {
    return (slots[i]?.key === "event_type" ? `(${type})` : STRING) + literal;
  });
  return first + groups.join("");
}

function sticky(pattern: string): RegExp {
  return new RegExp(pattern, "y");
}
