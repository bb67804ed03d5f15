const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/**
 * The milliseconds of a time as people write it, such as `250ms`, `1.5s`, `5m` or `1h`; a bare
 * number is milliseconds. `undefined` if it cannot be read.
 */
export function parseDuration(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(text);
  return match === null ? undefined : Number(match[1]) * (UNITS[match[2] ?? "ms"] ?? 1);
}
