import type { Command } from "./command.ts";
import { environmentName } from "./environment.ts";

/** Help as text: rendered from the same declarations that the parser reads. */

const EXIT_CODES = `Exit codes:
  0  done
  1  failed: the error says why
  2  wrong usage
  3  finished, but data is missing or damaged`;

/** A command as the program's own help lists it. */
export interface ListedCommand {
  readonly group: string;
  readonly name: string;
  readonly summary: string;
}

export function rootHelp(version: string, commands: readonly ListedCommand[]): string {
  const width = Math.max(...commands.map(({ name }) => name.length));
  const sections = Map.groupBy(commands, ({ group }) => group)
    .entries()
    .map(([group, listed]) => {
      const lines = listed.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`);
      return `${group}:\n${lines.join("\n")}`;
    });
  return `polybot ${version}: the flight recorder for Polymarket order books

Usage: polybot <command> [flags]

${[...sections].join("\n\n")}

Examples:
  polybot stream --assets <token-ids> --enable-storage --storage-path ./data --storage-max-file-mb 100
  polybot ls ./data
  polybot cat ./data --json

polybot <command> --help tells the flags of a command, polybot --version the version.

${EXIT_CODES}
`;
}

export function commandHelp(name: string, command: Command): string {
  const { args, summary, details, examples } = command;
  const positionals = Object.entries(args).filter(([, arg]) => arg.type === "positional");
  const flags = Object.entries(args).filter(([, arg]) => arg.type !== "positional");
  const usage = ["polybot", name, ...positionals.map(([key]) => `<${key}>`), "[flags]"].join(" ");
  const lines = [...positionals, ...flags].map(([key, arg]): [string, string] => {
    const hint = "valueHint" in arg && arg.valueHint ? ` <${arg.valueHint}>` : "";
    const label = arg.type === "positional" ? `<${key}>` : `--${key}${hint}`;
    const environment = environmentName(key);
    const notes = [
      arg.default === undefined || arg.default === false ? "" : `default ${arg.default}`,
      environment === undefined ? "" : `environment ${environment}`,
    ].filter((note) => note !== "");
    const suffix = notes.length === 0 ? "" : ` (${notes.join("; ")})`;
    return [label, `${arg.description ?? ""}${suffix}`];
  });
  const width = Math.max(...lines.map(([label]) => label.length));
  const table = lines.map(([label, text]) => `  ${label.padEnd(width)}  ${text}`).join("\n");
  return `${summary}

Usage: ${usage}

${table}
${details === undefined ? "" : `\n${details}\n`}
Examples:
${examples.map((example) => `  ${example}`).join("\n")}

${EXIT_CODES}
`;
}
