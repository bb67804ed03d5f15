import { expect, test } from "bun:test";
import { temporaryFolder } from "../polybot-process.ts";
import { workBeside } from "./beside-a-recorder.ts";

test("recoveries, repairs and verifications change nothing of a recorder that lives", async () => {
  using folder = temporaryFolder();
  const seed = Math.floor(Math.random() * 1e9);
  console.log(`seed ${seed}`);
  const updates = await workBeside({ seed, rounds: 6, folder: folder.path });
  expect(updates).toBeGreaterThan(0);
});
