import type { ArgsDef, ParsedArgs } from "citty";
import { PolybotError } from "../format/error.ts";

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
