import type { UpdateType } from "../format/market-event.ts";
import { ENTRIES, parseShape, SLOT, type Slot, SPLIT } from "../format/shape.ts";

/** What a value is expected to be, as far as that makes it cheaper to read. */
export const VALUE_KIND = { usual: 0, unique: 1, type: 2 } as const;

export type ValueKind = (typeof VALUE_KIND)[keyof typeof VALUE_KIND];

/** A stretch of an element: literals with values between them, each ending with a quote. */
export interface ElementPart {
  /** One more than values. */
  readonly literals: readonly string[];
  readonly kinds: readonly ValueKind[];
  /** The slot of its first value. */
  readonly firstSlot: number;
}

/** A known shape as what stands around its values. */
export interface ElementPattern {
  readonly type: UpdateType;
  readonly shapeText: string;
  readonly slots: number;
  /** Which value names the token. */
  readonly tokenSlot: number;
  /** The whole element, or what stands before its entries. */
  readonly front: ElementPart;
  /** One entry, and what stands behind them; `undefined` for an element without. */
  readonly entry: ElementPart | undefined;
  readonly back: ElementPart | undefined;
}

/** Keys whose values never come again. */
const UNIQUE_KEYS: ReadonlySet<string> = new Set(["hash", "transaction_hash", "timestamp", "size"]);

/** `undefined` for a shape that does not say its type, or has a value that is no string. */
export function elementPattern(type: UpdateType, shapeText: string): ElementPattern | undefined {
  const { slots, elementSlots } = parseShape(shapeText);
  const tokenSlot = slots.findLastIndex(({ key }) => key === "asset_id");
  const saysType = slots.some(({ key }) => key === "event_type");
  if (tokenSlot < 0 || !saysType || !slots.every(({ quoted }) => quoted)) return undefined;
  const common = { type, shapeText, slots: slots.length, tokenSlot };
  const [element = "", entry] = shapeText.split(SPLIT);
  if (entry === undefined) {
    return { ...common, front: partOf(element, slots, 0), entry: undefined, back: undefined };
  }
  const [frontText = "", backText = ""] = element.split(ENTRIES);
  const front = partOf(frontText, slots, 0);
  return {
    ...common,
    front,
    entry: partOf(entry, slots, elementSlots),
    back: partOf(backText, slots, front.kinds.length),
  };
}

/** A part of a shape's text, whose values are those of the slots from `firstSlot` on. */
function partOf(text: string, slots: readonly Slot[], firstSlot: number): ElementPart {
  const literals = text.split(SLOT);
  const kinds = slots.slice(firstSlot, firstSlot + literals.length - 1).map(kindOf);
  return { literals, kinds, firstSlot };
}

function kindOf({ key }: Slot): ValueKind {
  if (key === "event_type") return VALUE_KIND.type;
  return UNIQUE_KEYS.has(key) ? VALUE_KIND.unique : VALUE_KIND.usual;
}
