import { version } from "../../package.json" with { type: "json" };
import { PolybotError } from "../format/error.ts";
import { catCommand } from "./cat.ts";
import {
  type Command,
  EXIT,
  type ExitCode,
  nearest,
  parseCommandArgs,
  usageError,
} from "./command.ts";
import { type CommandGroup, commandHelp, rootHelp } from "./help.ts";
import { infoCommand } from "./info.ts";
import { lsCommand } from "./ls.ts";
import { Output, sayError } from "./output.ts";
import { simulateCommand } from "./simulate.ts";
import { streamCommand } from "./stream.ts";
import { verifyCommand } from "./verify.ts";

export const COMMAND_GROUPS: readonly CommandGroup[] = [
  { title: "Record", commands: { stream: streamCommand } },
  { title: "Look", commands: { ls: lsCommand, info: infoCommand, cat: catCommand } },
  { title: "Trust", commands: { verify: verifyCommand } },
  { title: "Use", commands: { simulate: simulateCommand } },
];

const COMMANDS = new Map<string, Command>(
  COMMAND_GROUPS.flatMap(({ commands }) => Object.entries(commands)),
);

/** Runs the program with the arguments after its name, and gives its exit code. */
export async function run(argv: readonly string[]): Promise<ExitCode> {
  const [name, ...rest] = argv;
  try {
    if (name === undefined) {
      throw usageError("", "a command is missing");
    }
    if (name === "--version" || name === "-v") return print(version);
    if (name === "--help" || name === "-h" || name === "help") {
      const topic = COMMANDS.get(rest[0] ?? "");
      return print(topic ? commandHelp(rest[0]!, topic) : rootHelp(version, COMMAND_GROUPS));
    }
    const found = COMMANDS.get(name);
    if (found === undefined) throw unknownCommand(name);
    if (rest.includes("--help") || rest.includes("-h")) return print(commandHelp(name, found));
    return await found.run(parseCommandArgs(name, found, rest));
  } catch (error) {
    sayError(error, rest.includes("--json"));
    return error instanceof PolybotError && error.code === "USAGE" ? EXIT.usage : EXIT.failed;
  }
}

async function print(text: string): Promise<ExitCode> {
  const output = new Output();
  await output.line(text.trimEnd());
  await output.flush();
  return EXIT.ok;
}

function unknownCommand(name: string): PolybotError {
  const near = nearest(name, [...COMMANDS.keys()]);
  const suggestion = near === undefined ? "" : `; did you mean ${near}?`;
  return usageError("", `there is no command ${name}${suggestion}`);
}
