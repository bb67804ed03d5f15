import { PolybotError } from "../format/error.ts";

/** What to throw for JSON that is not what Gamma is known to answer. */
export function unexpected(path: string): PolybotError {
  return new PolybotError("GAMMA_FAILED", `Gamma's answer to ${path} is not understood`);
}
