import { PolybotError } from "../format/error.ts";

/**
 * What a failed sync becomes. It is never tried again: the system may have dropped what it could
 * not write, and the next sync of the same file would report success
 * (https://wiki.postgresql.org/wiki/Fsync_Errors).
 */
export function failedSync(cause: unknown): PolybotError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new PolybotError(
    "WRITE_FAILED",
    `a sync failed, so what was written may be gone: ${reason}`,
    {
      cause,
    },
  );
}
