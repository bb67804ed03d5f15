import { usageError } from "./command.ts";
import { flagOrEnvironment } from "./environment.ts";

export const HTTP = ["http:", "https:"];

/** A flag's address, else the environment's, else `fallback`; without a slash at its end. */
export function urlFlag(
  command: string,
  flag: string,
  value: string | undefined,
  fallback: string,
  protocols: readonly string[],
): string {
  const text = flagOrEnvironment(flag, value, fallback).replace(/\/+$/, "");
  const url = URL.parse(text);
  // A WebSocket address must not have a fragment.
  if (url === null || !protocols.includes(url.protocol) || url.hash !== "") {
    throw usageError(
      command,
      `--${flag} wants a URL with ${protocols.join(" or ")}, not "${text}"`,
    );
  }
  return text;
}
