/** Stable codes of every expected failure. `docs/ERRORS.md` has a heading for each. */
export type ErrorCode =
  | "USAGE"
  | "NOT_A_STORE"
  | "STORE_NOT_WRITABLE"
  | "TOKEN_IN_USE"
  | "WRITER_CLOSED"
  | "WRITE_FAILED"
  | "PRUNE_RUNNING"
  | "DISK_FULL"
  | "PORT_IN_USE"
  | "GAMMA_FAILED"
  | "NO_MARKET"
  | "NO_BOOK"
  | "BAD_INPUT"
  | "DAMAGED"
  | "LIMIT";

export interface ErrorDetails {
  /** The file concerned. */
  readonly path?: string;
  /** Byte offset in `path`. */
  readonly offset?: number;
  /** What the user can do; shown after `try:`. */
  readonly hint?: string;
  readonly cause?: unknown;
}

/** The one class of expected failures: callers match `code`, people read `message`. */
export class PolybotError extends Error {
  override readonly name = "PolybotError";
  readonly code: ErrorCode;
  readonly path: string | undefined;
  readonly offset: number | undefined;
  readonly hint: string | undefined;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, { cause: details.cause });
    this.code = code;
    this.path = details.path;
    this.offset = details.offset;
    this.hint = details.hint;
  }
}
