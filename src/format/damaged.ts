import { PolybotError } from "./error.ts";

/** What every decoder throws on bytes that no writer of this format makes. */
export function damaged(reason: string, cause?: unknown): PolybotError {
  return new PolybotError("DAMAGED", reason, cause === undefined ? {} : { cause });
}
