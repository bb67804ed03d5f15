import { version } from "../../package.json" with { type: "json" };
import { PolybotError } from "../format/error.ts";
import { type Command, EXIT, type ExitCode, usageError } from "./command.ts";
import { nearest } from "./nearest.ts";
import { sayError } from "./output.ts";

interface Entry {
  /** Its heading in the help. */
  readonly group: string;
  /** Loaded when it is wanted: `--version` need not wait for the recorder. */
  readonly load: () => Promise<Command>;
}

/** In the order of the help. */
const COMMANDS: ReadonlyMap<string, Entry> = new Map([
  ["stream", { group: "Record", load: async () => (await import("./stream.ts")).streamCommand }],
  ["markets", { group: "Record", load: async () => (await import("./markets.ts")).marketsCommand }],
  ["ls", { group: "Look", load: async () => (await import("./ls.ts")).lsCommand }],
  ["info", { group: "Look", load: async () => (await import("./info.ts")).infoCommand }],
  ["cat", { group: "Look", load: async () => (await import("./cat.ts")).catCommand }],
  ["book", { group: "Look", load: async () => (await import("./book.ts")).bookCommand }],
  [
    "coverage",
    { group: "Trust", load: async () => (await import("./coverage.ts")).coverageCommand },
  ],
  ["verify", { group: "Trust", load: async () => (await import("./verify.ts")).verifyCommand }],
  ["repair", { group: "Trust", load: async () => (await import("./repair.ts")).repairCommand }],
  ["replay", { group: "Use", load: async () => (await import("./replay.ts")).replayCommand }],
  ["simulate", { group: "Use", load: async () => (await import("./simulate.ts")).simulateCommand }],
  ["prune", { group: "Keep", load: async () => (await import("./prune.ts")).pruneCommand }],
]);

/** Runs the program with the arguments after its name, and gives its exit code. */
export async function run(argv: readonly string[]): Promise<ExitCode> {
  const [name, ...rest] = argv;
  try {
    if (name === undefined) throw usageError("", "a command is missing");
    if (name === "--version" || name === "-v") return print(version);
    if (name === "--help" || name === "-h" || name === "help") return await help(rest[0]);
    const entry = COMMANDS.get(name);
    if (entry === undefined) throw unknownCommand(name);
    if (rest.includes("--help") || rest.includes("-h")) return await help(name);
    const found = await entry.load();
    const { parseCommandArgs } = await import("./parse-args.ts");
    return await found.run(parseCommandArgs(name, found, rest));
  } catch (error) {
    sayError(error, wantsJson(rest));
    return error instanceof PolybotError && error.code === "USAGE" ? EXIT.usage : EXIT.failed;
  }
}

function wantsJson(args: readonly string[]): boolean {
  return args.some(
    (arg, i) =>
      /^--(json|format=json)$/.test(arg) || (arg === "--format" && args[i + 1] === "json"),
  );
}

async function help(topic: string | undefined): Promise<ExitCode> {
  const { commandHelp, rootHelp } = await import("./help.ts");
  if (topic !== undefined) {
    const entry = COMMANDS.get(topic);
    if (entry === undefined) throw unknownCommand(topic);
    return print(commandHelp(topic, await entry.load()));
  }
  const listed = [...COMMANDS].map(async ([name, { group, load }]) => {
    return { group, name, summary: (await load()).summary };
  });
  return print(rootHelp(version, await Promise.all(listed)));
}

function print(text: string): ExitCode {
  // Short and for people: not worth loading streams for.
  console.log(text.trimEnd());
  return EXIT.ok;
}

function unknownCommand(name: string): PolybotError {
  const near = nearest(name, [...COMMANDS.keys()]);
  const suggestion = near === undefined ? "" : `; did you mean ${near}?`;
  return usageError("", `there is no command ${name}${suggestion}`);
}
