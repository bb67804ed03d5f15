import type { Damage } from "../format/chunk-scanner.ts";
import { PolybotError } from "../format/error.ts";

/** What a reader throws at a damaged place when nobody listens for damage. */
export function throwDamage(path: string, damage: Damage): never {
  throw new PolybotError("DAMAGED", `${path}: ${damage.reason} at byte ${damage.offset}`, {
    path,
    offset: damage.offset,
    hint: "polybot verify says what is lost",
  });
}
