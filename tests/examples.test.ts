import { afterAll, beforeAll, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { ROOT, temporaryFolder } from "./polybot-process.ts";
import { LONG_TOKEN, recordLongSession } from "./read/long-session.ts";

const UPDATES = 500;
const FOLDER = join(ROOT, "examples");
const HASH = /hash [0-9a-f]{40} matched/;

/** What each example is asked, and what it says on each of its lines; some say something once. */
const EXAMPLES: Readonly<Record<string, { args: string[]; line: RegExp; first?: RegExp }>> = {
  "book-at.ts": {
    args: [LONG_TOKEN, "2026-09-21T14:13:25Z"],
    line: /^( {2}bid 0\.4\d+ {2}[\d.]+|0\.\d+ \/ 0\.\d+, mid 0\.\d+, hash .*)$/,
    first: HASH,
  },
  "changes-per-minute.ts": { args: [LONG_TOKEN], line: /^2026-09-21T14:13:00.000Z {2}499$/ },
  "coverage.ts": { args: [], line: /^\d+: 100\.000 % verified, 0 gaps$/ },
  "follow.ts": { args: [LONG_TOKEN], line: /^\d+ {2}\w+ {2}matched$/, first: /^1 {2}book/ },
  "messages.ts": {
    args: ["0x5f65177b394277fd294cd75650044e32ba009a95022d88a0c1d565897d72f8f1"],
    line: /^[[{]/,
  },
  "spread.ts": { args: [LONG_TOKEN], line: /^1790\d+ {2}0\.00\d+$/, first: /0\.002$/ },
};

let folder: ReturnType<typeof temporaryFolder>;

beforeAll(async () => {
  folder = temporaryFolder();
  await recordLongSession(folder.path, { updates: UPDATES });
});

afterAll(() => folder[Symbol.dispose]());

test("every example is tried", () => {
  expect(Object.keys(EXAMPLES)).toEqual(readdirSync(FOLDER).sort());
});

test.each(Object.entries(EXAMPLES))("%s", async (name, { args, line, first }) => {
  const example = Bun.spawn([process.execPath, join(FOLDER, name), folder.path, ...args], {
    stderr: "pipe",
  });
  const [stdout, stderr] = await Promise.all([
    new Response(example.stdout).text(),
    new Response(example.stderr).text(),
  ]);
  expect([await example.exited, stderr]).toEqual([0, ""]);
  const lines = stdout.trimEnd().split("\n");
  for (const one of lines) expect(one).toMatch(line);
  if (first !== undefined) expect(lines[0]).toMatch(first);
});
