import { expect, test } from "bun:test";
import { temporaryFolder } from "../polybot-process.ts";
import { killRecorders } from "./killed-recorders.ts";

const KILLS = 10;

test(`${KILLS} recorders are killed: each left a beginning of what it was sent, and no more`, async () => {
  using folder = temporaryFolder();
  const seed = Math.floor(Math.random() * 1e9);
  console.log(`seed ${seed}`);
  const remains = await killRecorders({ seed, kills: KILLS, folder: folder.path });
  expect(remains).toHaveLength(KILLS);
  expect(remains.reduce((sum, { updates }) => sum + updates, 0)).toBeGreaterThan(0);
});
