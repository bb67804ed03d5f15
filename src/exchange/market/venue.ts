import type { Agenda } from "../agenda.ts";
import type { Audience } from "./announcement.ts";
import type { Conditions } from "./conditions.ts";

/** What the markets of a venue share. */
export interface Venue {
  readonly agenda: Agenda;
  readonly conditions: Conditions;
  readonly audience: Audience;
}

/** A moment, by default the present one, as the venue's clock writes it: epoch milliseconds. */
export function stampOf({ agenda, conditions }: Venue, ms = agenda.nowMs): number {
  return Math.floor(ms + conditions.clockStepMs);
}
