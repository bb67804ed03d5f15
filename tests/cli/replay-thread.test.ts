import { expect, test } from "bun:test";
import { POLYBOT } from "../polybot-process.ts";

test("the executable has the thread that replays journals, where it is looked for", async () => {
  const { pathname } = new URL("./replay-worker.js", "file:///$bunfs/root/chunk.js");
  const executable = Buffer.from(await Bun.file(POLYBOT).arrayBuffer());
  // Without it recoveries work all the same, but slower, and in the recording's way.
  expect(executable.includes(pathname)).toBe(true);
});
