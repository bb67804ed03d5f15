import type { ArgsDef, ParsedArgs } from "citty";
import { PolybotError } from "../format/error.ts";
import { parseDuration } from "../ports/duration.ts";

/** What a command's own code gives back: the process's exit code. docs/ERRORS.md has the list. */
export type ExitCode = 0 | 1 | 2 | 3;

export const EXIT = { ok: 0, failed: 1, usage: 2, loss: 3 } as const;

/**
 * A command: citty's declaration feeds parser and help, and the rest is help. `Args` is what
 * citty makes of the declaration.
 */
export interface Command<Args extends ArgsDef = ArgsDef> {
  readonly summary: string;
  /** Further paragraphs of the help. */
  readonly details?: string;
  readonly examples: readonly string[];
  readonly args: Args;
  /** Flags whose repeated values are joined by commas. */
  readonly lists?: readonly string[];
  /** The last positional argument takes all that follow, with a space between. */
  readonly takesWords?: boolean;
  run(args: ParsedArgs<Args>): Promise<ExitCode>;
}

/** Keeps the literal types of the flags, so that `run` gets them typed. */
export function command<const Args extends ArgsDef>(definition: Command<Args>): Command {
  return definition as unknown as Command;
}

export function usageError(name: string, message: string): PolybotError {
  return new PolybotError("USAGE", message, { hint: `polybot ${name} --help`.replace("  ", " ") });
}

/** A flag's number, checked. */
export function numberFlag(
  name: string,
  flag: string,
  text: string,
  { min, max = Number.MAX_SAFE_INTEGER, whole = true }: NumberRange,
): number {
  const value = Number(text);
  const wrong = text.trim() === "" || !Number.isFinite(value) || value < min || value > max;
  if (wrong || (whole && !Number.isInteger(value))) {
    const kind = whole ? "a whole number" : "a number";
    const range = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`;
    throw usageError(name, `--${flag} wants ${kind} ${range}, not "${text}"`);
  }
  return value;
}

interface NumberRange {
  readonly min: number;
  readonly max?: number;
  readonly whole?: boolean;
}

const MS_PER_SECOND = 1_000;

/** Milliseconds of a flag such as `20ms` or `5m`, checked. */
export function durationFlag(
  name: string,
  flag: string,
  text: string,
  { minMs, maxMs }: { readonly minMs: number; readonly maxMs: number },
): number {
  const ms = parseDuration(text);
  if (ms === undefined || ms < minMs || ms > maxMs) {
    const range = `from ${minMs} ms to ${maxMs / MS_PER_SECOND} s`;
    throw usageError(name, `--${flag} wants a time ${range}, such as 20ms or 5m, not "${text}"`);
  }
  return ms;
}

/** What a flag's own language makes of its text; a mistake in it is one of usage. */
export function parsedFlag<T>(name: string, flag: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof PolybotError)) throw error;
    const hint = error.hint === undefined ? "" : ` (${error.hint})`;
    throw usageError(name, `--${flag}: ${error.message}${hint}`);
  }
}
