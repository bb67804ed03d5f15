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

/** What a reader throws when a session was pruned under it and nobody listens for that. */
export function throwGone(path: string): never {
  throw new PolybotError("NOT_A_STORE", `${path} was pruned while it was read`, { path });
}
