import { parseDuration } from "../ports/duration.ts";
import { usageError } from "./command.ts";

const BYTES: Readonly<Record<string, number>> = { B: 1, kB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12 };

/** Bytes of a flag such as `20GB`, in decimal units; a number alone would be anybody's guess. */
export function sizeFlag(name: string, flag: string, text: string): number {
  const match = /^(\d+(?:\.\d+)?) ?([a-z]+)$/i.exec(text.trim());
  const unit = Object.keys(BYTES).find((key) => key.toLowerCase() === match?.[2]?.toLowerCase());
  const bytes = Math.floor(Number(match?.[1]) * (BYTES[unit ?? ""] ?? Number.NaN));
  if (Number.isSafeInteger(bytes)) return bytes;
  const units = Object.keys(BYTES).join(", ");
  throw usageError(name, `--${flag} wants a size such as 20GB or 1.5TB (${units}), not "${text}"`);
}

/** Milliseconds of a flag such as `30d`. A number alone would be milliseconds: nearly nothing. */
export function ageFlag(name: string, flag: string, text: string): number {
  const ms = /\d$/.test(text) ? undefined : parseDuration(text);
  if (ms !== undefined) return ms;
  throw usageError(name, `--${flag} wants an age such as 30d or 12h, not "${text}"`);
}
