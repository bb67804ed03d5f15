import { describe, expect, test } from "bun:test";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  ExchangeProcess,
  polybot,
  ROOT,
  startRecorder,
  temporaryFolder,
} from "../polybot-process.ts";

/** What is wrong, the arguments, the exit code, and what the line must say. */
const WRONG: readonly [string, readonly string[], number, RegExp][] = [
  ["no command", [], 2, /a command is missing/],
  ["an unknown command", ["lss"], 2, /no command lss; did you mean ls\?/],
  ["no assets", ["stream"], 2, /--assets/],
  ["empty assets", ["stream", "--assets", " , "], 2, /--assets/],
  ["an unknown flag", ["stream", "--asset", "1"], 2, /--asset; did you mean --assets\?/],
  ["a limit of no markets", ["stream", "--all", "--max-markets", "0"], 2, /--max-markets .*"0"/],
  ["a time too short", ["stream", "--all", "--rescan", "10ms"], 2, /--rescan .*"10ms"/],
  ["nothing to search for", ["markets"], 2, /WORDS/],
  ["an end before now", ["stream", "--assets", "1", "--until", "2026-01-01"], 2, /has passed/],
  [
    "an end that is none",
    ["stream", "--assets", "1", "--until", "noon"],
    2,
    /--until: "noon" is no time/,
  ],
  [
    "a duration of nothing",
    ["stream", "--assets", "1", "--duration", "0s"],
    2,
    /--duration .*"0s"/,
  ],
  [
    "two ends",
    ["stream", "--assets", "1", "--duration", "1s", "--until", "2090-01-01"],
    2,
    /exclude each other/,
  ],
  ["a wait that is none", ["stream", "--assets", "1", "--lock-wait", "-1s"], 2, /--lock-wait/],
  ["a token id that is no number", ["stream", "--assets", "12x"], 2, /"12x"/],
  ["a token id that is too long", ["stream", "--assets", "1".repeat(79)], 2, /78 digits/],
  ["a size that is no number", ["stream", "--assets", "1", "--storage-max-file-mb", "x"], 2, /"x"/],
  ["a size of zero", ["stream", "--assets", "1", "--storage-max-file-mb", "0"], 2, /"0"/],
  ["a sync every 0 ms", ["stream", "--assets", "1", "--sync-interval", "0"], 2, /sync-interval/],
  ["a way to sync that is none", ["stream", "--assets", "1", "--sync", "daily"], 2, /always/],
  [
    "no token a socket",
    ["stream", "--assets", "1", "--tokens-per-socket", "0"],
    2,
    /at least 1.*"0"/,
  ],
  ["half a token", ["stream", "--assets", "1", "--tokens-per-socket", "1.5"], 2, /whole.*"1.5"/],
  ["a URL that is none", ["stream", "--assets", "1", "--ws-url", "http://x"], 2, /--ws-url/],
  [
    "a flag given twice",
    ["stream", "--assets", "1", "--ws-url", "ws://a", "--ws-url", "ws://b"],
    2,
    /2 times/,
  ],
  ["a flag without its value", ["stream", "--assets"], 2, /--assets/],
  ["no store", ["ls"], 2, /STORE/],
  ["an argument too many", ["ls", "a", "b"], 2, /"b"/],
  ["a format that is none", ["cat", "a", "--format", "xml"], 2, /xml/],
  ["a time that is none", ["cat", "a", "--from", "noon"], 2, /"noon"/],
  ["a folder that is not there", ["ls", "nowhere"], 1, /nowhere is no polybot store/],
  ["a folder that is no store", ["verify", "."], 1, /no polybot store/],
  ["a URL with a fragment", ["stream", "--assets", "1", "--ws-url", "ws://x/#y"], 2, /--ws-url/],
  ["no path at all", ["ls", ""], 1, /no polybot store/],
  ["help of an unknown command", ["help", "lss"], 2, /did you mean ls\?/],
  ["nothing to prune by", ["prune", "."], 2, /--max-disk, --older-than/],
  ["a size without a unit", ["prune", ".", "--max-disk", "20"], 2, /20GB or .*"20"/],
  ["a size of a unit that is none", ["prune", ".", "--max-disk", "2GiB"], 2, /"2GiB"/],
  ["an age that is none", ["prune", ".", "--older-than", "30"], 2, /30d .*"30"/],
  ["a prune of what is no store", ["prune", ".", "--older-than", "30d"], 1, /no storage path/],
  ["too small a budget", ["stream", "--assets", "1", "--max-disk", "9MB"], 2, /200 MB at least/],
  ["a fault that there is not", ["simulate", "--fault", "drip"], 2, /fault "drip" .*drop/],
  ["a key that a fault does not take", ["simulate", "--fault", "drop,for=1s"], 2, /drop .*"for"/],
  ["a recipe that there is not", ["simulate", "--recipe", "7"], 2, /recipe "7"/],
  ["a switch of recipe without a time", ["simulate", "--recipe", "9,10"], 2, /10@60s/],
  ["a switch of recipe with two times", ["simulate", "--recipe", "9,10@1s@2s"], 2, /10@60s/],
  ["a time that cannot be read", ["simulate", "--window", "5x"], 2, /--window .*5x/],
  ["too many series", ["simulate", "--series", "5"], 2, /--series .*4/],
  ["a messages file that is not there", ["simulate", "--messages", "nowhere"], 1, /nowhere/],
];

describe("bad usage gives one clear line and leaves nothing behind", () => {
  for (const [what, args, code, says] of WRONG) {
    test(what, async () => {
      using folder = temporaryFolder();
      const result = await polybot(args, { cwd: folder.path });
      expect(result.stderr.trimEnd().split("\n")).toHaveLength(1);
      expect(result.stderr).toMatch(/^error: /);
      expect(result.stderr).toMatch(says);
      expect(result.stdout).toBe("");
      expect(result.code).toBe(code);
      expect(readdirSync(folder.path)).toEqual([]);
    });
  }

  test("an error is JSON where results are", async () => {
    const { stderr } = await polybot(["ls", "nowhere", "--json"]);
    expect(JSON.parse(stderr)).toMatchObject({ type: "error", code: "NOT_A_STORE" });
  });

  test("a storage path that cannot be written", async () => {
    using folder = temporaryFolder();
    const file = join(folder.path, "file");
    writeFileSync(file, "mine");
    const args = ["stream", "--assets", "1", "--enable-storage", "--storage-path", file];
    const { code, stderr } = await polybot(args, { cwd: folder.path });
    expect(stderr).toMatch(/^error: cannot record into .*file: .*\n$/);
    expect(code).toBe(1);
    expect(await Bun.file(file).text()).toBe("mine");
    expect(readdirSync(folder.path)).toEqual(["file"]);
  });

  test("a full disk behind standard output", async () => {
    using folder = temporaryFolder();
    const exchange = await ExchangeProcess.start("--markets", "1");
    const store = join(folder.path, "data");
    const recorder = startRecorder(exchange, exchange.tokenIds, store);
    await recorder.until(({ stderr }) => stderr.includes("subscribed"));
    await Bun.sleep(200);
    await recorder.stop();
    await exchange.stop();
    for (const command of ["ls", "cat", "verify", "repair", "info"]) {
      const shell = ["sh", "-c", `dist/polybot ${command} ${store} > /dev/full`];
      const { exitCode, stderr } = Bun.spawnSync(shell, { cwd: ROOT });
      expect(stderr.toString()).toMatch(/^error: cannot write to standard output: .*\n$/);
      expect(exitCode).toBe(1);
    }
  });

  test("a port in use", async () => {
    const exchange = await ExchangeProcess.start();
    const port = new URL(exchange.ready.clob_url).port;
    const { code, stderr } = await polybot(["simulate", "--port", port]);
    expect(stderr).toMatch(new RegExp(`^error: .*${port}.*\\n$`));
    expect(code).toBe(1);
    await exchange.stop();
  });
});

const COMMANDS = "stream markets ls info cat coverage verify repair simulate prune".split(" ");

describe("help", () => {
  for (const name of COMMANDS) {
    test(`of ${name} names its flags, examples and exit codes`, async () => {
      const { code, stdout, stderr } = await polybot([name, "--help"]);
      expect([code, stderr]).toEqual([0, ""]);
      for (const part of [`Usage: polybot ${name}`, "--json", "Examples:", "Exit codes:"]) {
        if (name === "simulate" && part === "--json") continue;
        expect(stdout).toContain(part);
      }
    });
  }

  test("of the program names every command", async () => {
    const { stdout } = await polybot(["--help"]);
    for (const name of COMMANDS) {
      expect(stdout).toMatch(new RegExp(`^  ${name} `, "m"));
    }
  });
});
