import { expect } from "bun:test";
import { byToken, expectedByToken, expectSame, type PrintedUpdate } from "../expected-updates.ts";
import { jsonLines, polybot } from "../polybot-process.ts";

interface Logged {
  readonly text: string;
  /** What was done to the text, which then was not sent like this. */
  readonly fault?: string;
}

interface Listed {
  readonly token_id: string;
  readonly market: string;
}

/** Compares what an exchange's log says was sent with what a recorder of all its tokens stored. */
export async function expectLogEqualsStore(
  log: string,
  store: string,
  tokenIds: readonly string[],
): Promise<{ readonly messages: number; readonly updates: number }> {
  const sent = jsonLines<Logged>(await Bun.file(log).text()).filter(({ fault }) => !fault);
  const texts = sent.map(({ text }) => text).filter((text) => text !== "PONG");
  const listed = jsonLines<Listed>((await polybot(["ls", store, "--json"])).stdout);
  const marketOf = new Map(listed.map(({ token_id, market }) => [token_id, market]));
  const printed = byToken(
    jsonLines<PrintedUpdate>((await polybot(["cat", store, "--json"])).stdout),
  );
  const expected = expectedByToken(texts, new Set(tokenIds));
  expect([...expected.keys()].every((tokenId) => printed.has(tokenId))).toBe(true);
  let updates = 0;
  for (const [tokenId, wanted] of expected) {
    expectSame(printed.get(tokenId)!, wanted, marketOf.get(tokenId)!);
    updates += wanted.length;
  }
  return { messages: texts.length, updates };
}
