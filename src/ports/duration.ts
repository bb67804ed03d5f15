const UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** Some thirty years: more would leave the calendar. */
const DURATION_MS_MAX = 1e12;

/**
 * The milliseconds of a time as people write it, such as `250ms`, `1.5s`, `5m`, `1h` or `1d`; a bare
 * number is milliseconds. `undefined` if it cannot be read.
 */
export function parseDuration(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)?$/.exec(text);
  const ms = match === null ? Number.NaN : Number(match[1]) * (UNITS[match[2] ?? "ms"] ?? 1);
  return ms <= DURATION_MS_MAX ? ms : undefined;
}
