import { usageError } from "./command.ts";

/** A flag's time in microseconds since the epoch, from ISO 8601 or epoch milliseconds. */
export function timeFlag(name: string, flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const epochMs = /^\d+$/.test(text) ? Number(text) : Date.parse(text);
  if (!Number.isSafeInteger(epochMs)) {
    throw usageError(
      name,
      `--${flag} wants a time in ISO 8601 or epoch milliseconds, not "${text}"`,
    );
  }
  return epochMs * 1000;
}
