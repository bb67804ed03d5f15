import { parseArgs } from "node:util";
import { parseArgs as readArgs } from "citty";
import { type Command, usageError } from "./command.ts";
import { nearest } from "./nearest.ts";

/** Parses a command's arguments strictly: what is not declared is a usage error. */
export function parseCommandArgs(
  name: string,
  { args, lists = [], takesWords = false }: Command,
  raw: string[],
) {
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
  if (extra !== undefined && !takesWords) {
    throw usageError(name, `"${extra}" is one argument too many`);
  }
  const normal = takesWords
    ? inOne(parsed.positionals, positionals.length)
    : [...parsed.positionals];
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

/** `count` arguments, the last of which has all the others. */
function inOne(given: readonly string[], count: number): string[] {
  const words = given.slice(count - 1).join(" ");
  return [...given.slice(0, count - 1), ...(words === "" ? [] : [words])];
}

function unknownFlag(error: unknown, flags: readonly string[]): string {
  const text = error instanceof Error ? error.message : String(error);
  const flag = /^Unknown option '(--?[^']*)'/.exec(text)?.[1];
  if (flag === undefined) return text.split(". ")[0]!.replace(/[.\n].*$/s, "");
  const near = nearest(flag.replace(/^-+/, ""), flags);
  return `there is no flag ${flag}${near === undefined ? "" : `; did you mean --${near}?`}`;
}
