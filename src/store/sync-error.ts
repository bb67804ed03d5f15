import { PolybotError } from "../format/error.ts";
import { errorCode } from "../ports/fs.ts";

/** No descriptor was to be had, so nothing was synced: that may pass. */
const NOT_TRIED = new Set(["EMFILE", "ENFILE"]);

/**
 * What a failed sync becomes. It is never tried again: the system may have dropped what it could
 * not write, and the next sync of the same file would report success
 * (https://wiki.postgresql.org/wiki/Fsync_Errors).
 */
export class SyncError extends PolybotError {
  constructor(cause: unknown) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const message = `a sync failed, so what was written may be gone: ${reason}`;
    super("WRITE_FAILED", message, { cause });
  }
}

/** The error to throw when a sync did not succeed with `cause`. */
export function syncError(cause: unknown): unknown {
  return NOT_TRIED.has(errorCode(cause)) ? cause : new SyncError(cause);
}
