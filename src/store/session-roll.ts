/** The kind of the note that names the session before. */
export const ROLL = "roll";

/** When sessions roll: a new one goes on where the old one is sealed. */
export const SESSION_ROLLS = ["hour", "day", "never"] as const;
export type SessionRoll = (typeof SESSION_ROLLS)[number];

const US = { hour: 3_600_000_000, day: 86_400_000_000 } as const;

/** The end of the UTC hour or day that a time lies in, all in microseconds since the epoch. */
export function rollUs(startUs: number, roll: SessionRoll): number {
  if (roll === "never") return Number.POSITIVE_INFINITY;
  return (Math.floor(startUs / US[roll]) + 1) * US[roll];
}
