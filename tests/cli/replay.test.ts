import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { TestClient } from "../exchange/test-client.ts";
import { byToken, type PrintedUpdate } from "../expected-updates.ts";
import {
  ExchangeProcess,
  jsonLines,
  polybot,
  startRecorder,
  stopBoth,
  temporaryFolder,
} from "../polybot-process.ts";

const SECONDS = 3;

interface ReplayState {
  readonly state: string;
  readonly at_us: number;
  readonly start_us: number;
  readonly speed: number | "max";
}

describe("polybot replay", () => {
  const folder = temporaryFolder();
  const store = join(folder.path, "data");
  let tokenIds: string[];

  beforeAll(async () => {
    const exchange = await ExchangeProcess.start("--markets", "3", "--rate", "100");
    tokenIds = exchange.tokenIds;
    const recorder = startRecorder(exchange, tokenIds, store);
    await recorder.until(({ stderr }) => stderr.includes("subscribed"));
    await Bun.sleep(SECONDS * 1_000);
    await stopBoth(exchange, recorder);
  });

  afterAll(() => folder[Symbol.dispose]());

  async function updatesIn(path: string): Promise<Map<string, unknown[]>> {
    const { stdout } = await polybot(["cat", path, "--json"]);
    const printed = jsonLines<PrintedUpdate>(stdout).filter(
      ({ update_type }) => update_type !== "note",
    );
    return new Map(
      [...byToken(printed)].map(([tokenId, updates]) => [
        tokenId,
        updates.map(({ update_type, data }) => ({ update_type, data })),
      ]),
    );
  }

  test("is recorded again as it was, and says when it has ended", async () => {
    const again = join(folder.path, "again");
    const replay = await ExchangeProcess.run("replay", store, "--speed", "max");
    expect(replay.tokenIds.toSorted()).toEqual(tokenIds.toSorted());
    const recorder = startRecorder(replay, tokenIds, again);
    await replay.until(({ stderr }) => stderr.includes("its last state is served on"));
    const { code } = await stopBoth(replay, recorder);
    expect(code).toBe(3);
    expect(await updatesIn(again)).toEqual(await updatesIn(store));
  });

  test("stops at a signal, or at the end if it is told to", async () => {
    const still = await ExchangeProcess.run("replay", store);
    expect((await still.stop("SIGINT")).code).toBe(0);
    const ending = await ExchangeProcess.run(
      ...["replay", store, "--token", tokenIds[0]!, "--speed", "1000", "--exit-at-end"],
    );
    expect(ending.tokenIds).toEqual([tokenIds[0]!]);
    const client = await TestClient.connect(ending.ready.ws_url);
    client.subscribe([tokenIds[0]!]);
    const { code, stderr } = await ending.finished();
    expect([code, stderr]).toEqual([0, expect.stringMatching(/^the recording ends at .* UTC\n$/)]);
    expect(client.texts.length).toBeGreaterThan(10);
  });

  test("is paused, sped up and moved over HTTP", async () => {
    const replay = await ExchangeProcess.run("replay", store, "--from", "+1s", "--speed", "0.1");
    const { control_url, ws_url, clob_url } = replay.ready;
    const steer = async (body: object) => {
      const init = { method: "POST", body: JSON.stringify(body) };
      const answer = await fetch(`${control_url}/replay`, init);
      return { status: answer.status, ...((await answer.json()) as ReplayState) };
    };
    const state = async () =>
      ((await (await fetch(control_url)).json()) as { replay: ReplayState }).replay;
    expect(await state()).toMatchObject({ state: "waiting", speed: 0.1 });
    const client = await TestClient.connect(ws_url);
    client.subscribe(tokenIds);
    const books = JSON.parse(await client.next()) as unknown[];
    expect(books.length).toBe(tokenIds.length);
    expect(await steer({ paused: true })).toMatchObject({ status: 200, state: "paused" });
    const paused = await state();
    await Bun.sleep(20);
    expect((await state()).at_us).toBe(paused.at_us);
    expect(paused.at_us - paused.start_us).toBeGreaterThanOrEqual(1_000_000);
    expect(await steer({ at: "+2s" })).toMatchObject({ status: 200 });
    await client.closed;
    expect((await state()).at_us - paused.start_us).toBe(2_000_000);
    expect(await steer({ paused: false, speed: "max" })).toMatchObject({ speed: "max" });
    expect((await steer({ speed: 0 })).status).toBe(400);
    expect((await steer({ at: "noon" })).status).toBe(400);
    expect((await steer({ faster: true })).status).toBe(400);
    const time = Number(await (await fetch(`${clob_url}/time`)).text());
    expect(time).toBe(Math.floor((paused.start_us + 2_000_000) / 1_000_000));
    await replay.stop();
  });

  test("names what is not there", async () => {
    const wrong: readonly (readonly [string[], number, RegExp])[] = [
      [["--speed", "0"], 2, /0\.1 to 1000, or max/],
      [["--market", "a", "--event", "b"], 2, /exclude each other/],
      [["--market", "no-such"], 1, /no-such/],
      [["--token", "no-such"], 1, /no-such/],
      [["--from", "noon"], 2, /"noon" is no time/],
      [["--from", "2020-01-01", "--to", "2020-01-02"], 1, /nothing was recorded between/],
      [["--from", "+1h"], 1, /nothing was recorded between/],
    ];
    for (const [flags, code, message] of wrong) {
      const { code: found, stderr } = await polybot(["replay", store, ...flags]);
      expect([flags, found, stderr]).toEqual([flags, code, expect.stringMatching(message)]);
    }
  });

  test("cat prints the messages as they were sent", async () => {
    const wire = (await polybot(["cat", store, "--format", "wire"])).stdout
      .split("\n")
      .slice(0, -1);
    const json = await polybot(["cat", store, "--format", "wire", "--json"]);
    const texts = jsonLines<{ text: string }>(json.stdout).map(({ text }) => text);
    expect(wire).toEqual(texts.map((text) => text.replace(/\n$/, "")));
    expect(json.stderr).toBe("");
    const one = await polybot([
      "cat",
      store,
      "--format",
      "wire",
      "--json",
      "--token",
      tokenIds[0]!,
    ]);
    expect(one.stderr).toMatch(/^\d+ of \d+ messages lack \d+ elements or entries/);
    const [lacking] = jsonLines<{ text: string; left_out?: unknown[] }>(one.stdout).filter(
      ({ text, left_out }) => text.includes("price_changes") && left_out !== undefined,
    );
    expect(lacking!.left_out).toEqual([{ element: 0, entry: 1 }]);
  });
});
