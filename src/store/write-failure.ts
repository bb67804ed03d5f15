import { PolybotError } from "../format/error.ts";
import { CHANNEL } from "./paths.ts";
import { RENEW_MS, type Session } from "./session.ts";

/** `WRITE_FAILED` if a session has failed. */
export function throwFirstFailure(sessions: readonly Session[]): void {
  const failed = sessions.find((session) => session.failure !== undefined);
  if (failed !== undefined) throw writeFailure(failed);
}

/** The writer stays usable: for other tokens at once, for this one after a pause. */
export function writeFailure({ tokenId, failure: cause }: Session): PolybotError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const whose = tokenId === CHANNEL ? "of the channel" : `of token ${tokenId}`;
  return new PolybotError("WRITE_FAILED", `the session ${whose} cannot be written: ${reason}`, {
    hint: `other tokens are still recorded, this one again in ${RENEW_MS / 1000} s`,
    cause,
  });
}
