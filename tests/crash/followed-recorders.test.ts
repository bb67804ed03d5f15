import { expect, test } from "bun:test";
import { temporaryFolder } from "../polybot-process.ts";
import { followRecorders } from "./followed-recorders.ts";

const SECONDS = 10;

test("whoever follows recorders that die gets each update once, whoever is killed", async () => {
  using folder = temporaryFolder();
  const seed = Math.floor(Math.random() * 1e9);
  console.log(`seed ${seed}`);
  const lives = { recorderS: 4, followerS: 6 };
  const followed = await followRecorders({ seed, seconds: SECONDS, folder: folder.path, ...lives });
  expect(followed.recorders).toBeGreaterThan(1);
  expect(followed.printed).toBeGreaterThan(followed.updates);
});
