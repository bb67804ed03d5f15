import type { UpdateType } from "./market-event.ts";
import type { ChangeSlots, Shape } from "./shape.ts";

/** Where a row's values go: to the streams of changes, or to those of their keys. */

/** The slots of a row that is the change of one level. */
export function changeSlotsOf(type: UpdateType, shape: Shape): ChangeSlots | undefined {
  return type === "price_change" ? shape.changeSlots : undefined;
}

/** The keys of a row's other values, in the order of the shape, from a slot on. */
export function streamKeys(type: UpdateType, shape: Shape, from = 0): string[] {
  const change = changeSlotsOf(type, shape);
  return shape.slots
    .filter((_, slot) => slot >= from && !change?.includes(slot))
    .map(({ key }) => key);
}
