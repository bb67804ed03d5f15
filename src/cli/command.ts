import { parseArgs } from "node:util";
import { type ArgsDef, type ParsedArgs, parseArgs as readArgs } from "citty";
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

/** Parses a command's arguments strictly: what is not declared is a usage error. */
export function parseCommandArgs(name: string, { args, lists = [] }: Command, raw: string[]) {
  const flags = Object.entries(args).filter(([, arg]) => arg.type !== "positional");
  const positionals = Object.entries(args).filter(([, arg]) => arg.type === "positional");
  const options = Object.fromEntries(
    flags.map(([flag, arg]) => [
      flag,
      { type: arg.type === "boolean" ? ("boolean" as const) : ("string" as const), multiple: true },
    ]),
  );
  let parsed: ReturnType<typeof parseArgs<{ options: typeof options; allowPositionals: true }>>;
  try {
    parsed = parseArgs({ args: raw, options, allowPositionals: true });
  } catch (error) {
    throw usageError(name, unknownFlag(error, Object.keys(options)));
  }
  const extra = parsed.positionals[positionals.length];
  if (extra !== undefined) throw usageError(name, `"${extra}" is one argument too many`);
  const normal = parsed.positionals.slice();
  for (const [flag, values] of Object.entries(parsed.values)) {
    const given = values as (string | boolean)[];
    if (given.length > 1 && !lists.includes(flag)) {
      throw usageError(name, `--${flag} is given ${given.length} times`);
    }
    normal.push(options[flag]!.type === "boolean" ? `--${flag}` : `--${flag}=${given.join(",")}`);
  }
  try {
    return readArgs(normal, args);
  } catch (error) {
    throw usageError(name, error instanceof Error ? error.message : String(error));
  }
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

function unknownFlag(error: unknown, flags: readonly string[]): string {
  const text = error instanceof Error ? error.message : String(error);
  const flag = /^Unknown option '(--?[^']*)'/.exec(text)?.[1];
  if (flag === undefined) return text.split(". ")[0]!.replace(/[.\n].*$/s, "");
  const near = nearest(flag.replace(/^-+/, ""), flags);
  return `there is no flag ${flag}${near === undefined ? "" : `; did you mean --${near}?`}`;
}

/** The candidate with the fewest edits, if they are few. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  const ranked = candidates
    .map((candidate) => ({ candidate, edits: editDistance(word, candidate) }))
    .sort((a, b) => a.edits - b.edits);
  const best = ranked[0];
  return best !== undefined && best.edits <= Math.max(2, word.length / 3)
    ? best.candidate
    : undefined;
}

/** Levenshtein's distance, one row at a time. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}
