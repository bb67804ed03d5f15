import { expect } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { byToken, expectedByToken, expectSame, type PrintedUpdate } from "../expected-updates.ts";
import {
  ExchangeProcess,
  jsonLines,
  linesWritten,
  polybot,
  startRecorder,
  stopBoth,
  temporaryFolder,
} from "../polybot-process.ts";

interface Listed {
  readonly token_id: string;
  readonly market: string;
  readonly segments: number;
}

/**
 * Serves messages, records them, and compares what `cat --json` prints with the messages, all
 * through the executable and a real socket. Gives the sessions as listed.
 */
export async function expectRoundTrip(
  texts: readonly string[],
  tokenIds: readonly string[],
  ...recorderFlags: string[]
): Promise<Listed[]> {
  using folder = temporaryFolder();
  const file = join(folder.path, "messages");
  const store = join(folder.path, "data");
  // A line cannot hold a line feed; without it a message is the same text less its newline.
  const lines = texts.map((text) => text.replace(/\n$/, ""));
  writeFileSync(file, lines.map((line) => `${line}\n`).join(""));

  const log = join(folder.path, "log");
  const exchange = await ExchangeProcess.start("--messages", file, "--log", log);
  const recorder = startRecorder(exchange, tokenIds, store, ...recorderFlags);
  await linesWritten(log, lines.length);
  const { stderr } = await stopBoth(exchange, recorder);
  expect(stderr).toContain(` ${texts.length} messages, `);

  const listed = jsonLines<Listed>((await polybot(["ls", store, "--json"])).stdout);
  const printed = byToken(
    jsonLines<PrintedUpdate>((await polybot(["cat", store, "--json"])).stdout),
  );
  const expected = expectedByToken(lines, new Set(tokenIds));
  for (const [tokenId, updates] of expected) {
    const market = listed.find(({ token_id }) => token_id === tokenId)!.market;
    expectSame(printed.get(tokenId) ?? [], updates, market);
  }
  const others = [...printed.keys()].filter((tokenId) => tokenId !== "" && !expected.has(tokenId));
  expect(others).toEqual([]);
  const verified = await polybot(["verify", store, "--json"]);
  expect(JSON.parse(verified.stdout)).toMatchObject({ damaged: 0, problems: [] });
  expect(verified.code).toBe(0);
  return listed;
}
