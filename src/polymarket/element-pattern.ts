import type { UpdateType } from "../format/market-event.ts";
import type { ChangeField } from "../format/plain-change.ts";
import { ENTRIES, parseShape, type Shape, SLOT, type Slot, SPLIT } from "../format/shape.ts";

/** What a value is; those of ids come again and again. */
export const VALUE_KIND = { other: 0, type: 1, token: 2, market: 3 } as const;

export type ValueKind = (typeof VALUE_KIND)[keyof typeof VALUE_KIND];

/** A stretch of an element: literals with values between them, each ending with a quote. */
export interface ElementPart {
  /** One more than values. */
  readonly literals: readonly Uint8Array[];
  readonly kinds: readonly ValueKind[];
  /** The slot of its first value. */
  readonly firstSlot: number;
  /** What its values say of a change, if the shape is that of one. */
  readonly fields: readonly ChangeField[] | undefined;
}

/** A known shape as what stands around its values. */
export interface ElementPattern {
  readonly type: UpdateType;
  readonly typeBytes: Uint8Array;
  readonly shape: Shape;
  /** The whole element, or what stands before its entries. */
  readonly front: ElementPart;
  /** One entry, and what stands behind them; `undefined` for an element without. */
  readonly entry: ElementPart | undefined;
  readonly back: ElementPart | undefined;
}

/** `undefined` for a shape that does not say its type or token, or has a value that is no string. */
export function elementPattern(type: UpdateType, shapeText: string): ElementPattern | undefined {
  const shape = parseShape(shapeText);
  const { slots, elementSlots } = shape;
  const has = (wanted: string) => slots.some(({ key }) => key === wanted);
  if (!has("asset_id") || !has("event_type") || !slots.every(({ quoted }) => quoted)) {
    return undefined;
  }
  const [element = "", entry] = shapeText.split(SPLIT);
  const [frontText = "", backText] = element.split(ENTRIES);
  const front = partOf(frontText, shape, 0);
  return {
    type,
    typeBytes: Buffer.from(type),
    shape,
    front,
    entry: entry === undefined ? undefined : partOf(entry, shape, elementSlots),
    back: backText === undefined ? undefined : partOf(backText, shape, front.kinds.length),
  };
}

/** A part of a shape's text, whose values are those of the slots from `firstSlot` on. */
function partOf(text: string, { slots, changeFields }: Shape, firstSlot: number): ElementPart {
  const literals = text.split(SLOT);
  const end = firstSlot + literals.length - 1;
  return {
    literals: literals.map((literal) => Buffer.from(literal)),
    kinds: slots.slice(firstSlot, end).map(kindOf),
    firstSlot,
    fields: changeFields?.slice(firstSlot, end),
  };
}

/** Cuts the values of a part that begins at `at`, where it is known to be. */
export function cutPart(text: string, at: number, part: ElementPart, values: string[]): void {
  let end = at;
  for (let i = 0; i < part.kinds.length; i++) {
    const start = end + part.literals[i]!.length;
    end = text.indexOf('"', start);
    values[part.firstSlot + i] = text.slice(start, end);
  }
}

function kindOf({ key }: Slot): ValueKind {
  if (key === "event_type") return VALUE_KIND.type;
  if (key === "asset_id") return VALUE_KIND.token;
  return key === "market" ? VALUE_KIND.market : VALUE_KIND.other;
}
