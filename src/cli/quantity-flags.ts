import { usageError } from "./command.ts";

const BYTES: Readonly<Record<string, number>> = { B: 1, kB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12 };

/** Bytes of a flag such as `20GB`, in decimal units; a number alone would be anybody's guess. */
export function sizeFlag(name: string, flag: string, text: string): number {
  const bytes = quantity(text, BYTES);
  if (bytes !== undefined) return Math.floor(bytes);
  const units = Object.keys(BYTES).join(", ");
  throw usageError(name, `--${flag} wants a size such as 20GB or 1.5TB (${units}), not "${text}"`);
}

const MS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds of a flag such as `30d`. */
export function ageFlag(name: string, flag: string, text: string): number {
  const ms = quantity(text, MS);
  if (ms !== undefined) return ms;
  const units = Object.keys(MS).join(", ");
  throw usageError(name, `--${flag} wants an age such as 30d or 12h (${units}), not "${text}"`);
}

/** In the least unit; `undefined` if it cannot be read, or is no exact number. */
function quantity(text: string, units: Readonly<Record<string, number>>): number | undefined {
  const match = /^(\d+(?:\.\d+)?) ?([a-z]+)$/i.exec(text.trim());
  const unit = Object.keys(units).find((key) => key.toLowerCase() === match?.[2]?.toLowerCase());
  if (match === null || unit === undefined) return undefined;
  const value = Number(match[1]) * units[unit]!;
  return value <= Number.MAX_SAFE_INTEGER ? value : undefined;
}
