import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  ExchangeProcess,
  jsonLines,
  PolybotProcess,
  polybot,
  ROOT,
  temporaryFolder,
} from "../polybot-process.ts";

interface Listed {
  readonly token_id: string;
  readonly slug: string;
  readonly outcome: string;
  readonly end_reason: string | null;
}

let exchange: ExchangeProcess;
/** A rolling series whose outcomes come while the other tests run. */
let rolling: ExchangeProcess;
let roller: PolybotProcess;
let rolled: ReturnType<typeof temporaryFolder>;
const gamma = () => ["--gamma-url", exchange.ready.gamma_url];
const tokensOf = (slugs: readonly string[]) =>
  exchange.ready.markets
    .filter(({ slug }) => slugs.includes(slug))
    .flatMap(({ tokens }) => tokens.map(({ token_id }) => token_id));
const slugsOf = (start: string) =>
  exchange.ready.markets.map(({ slug }) => slug).filter((slug) => slug.startsWith(start));

beforeAll(async () => {
  // Windows so long that none begins while a test looks.
  const series = ["--series", "1", "--window", "1d"];
  exchange = await ExchangeProcess.start("--markets", "6", "--rate", "50", ...series);
  // Every end is announced, and nothing else leads to it.
  const windows = ["--markets", "0", "--series", "1", "--window", "2s", "--oddities", "0"];
  rolling = await ExchangeProcess.start(...windows);
  const flags = ["--series", "btc-updown-2s", "--rescan", "1h", ...rolling.endpoints];
  rolled = temporaryFolder();
  const storage = ["--enable-storage", "--storage-path", rolled.path];
  roller = new PolybotProcess(["stream", ...flags, ...storage]);
});

afterAll(async () => {
  await Promise.all([exchange.stop(), rolling.stop(), roller.stop()]);
  rolled[Symbol.dispose]();
});

/** Records for a moment; gives the tokens that were recorded, and what was said. */
async function recorded(path: string, ...flags: string[]) {
  const storage = ["--enable-storage", "--storage-path", path];
  const recorder = new PolybotProcess(["stream", ...flags, ...storage, ...exchange.endpoints]);
  const isSelecting = !flags.includes("--assets-file");
  await recorder.until(
    ({ stderr }) =>
      stderr.includes("subscribed") && (!isSelecting || stderr.includes(" selected ")),
  );
  await Bun.sleep(500);
  const { code, stderr } = await recorder.stop();
  expect(code).toBe(0);
  const listed = await polybot(["ls", path, "--json"]);
  const sessions = jsonLines<Listed>(listed.stdout).filter(({ token_id }) => token_id !== "");
  return { sessions, tokenIds: sessions.map(({ token_id }) => token_id).toSorted(), stderr };
}

describe("stream records what is named", () => {
  test("by slug, condition id and event, all flags together", async () => {
    using folder = temporaryFolder();
    const markets = exchange.ready.markets;
    const [first, second] = markets;
    const flags = ["--market", first!.slug, "--market", second!.market];
    const [window = ""] = slugsOf("btc-updown-24h-");
    const event = ["--event", window, "--assets", markets[2]!.tokens[0]!.token_id];
    const { sessions, tokenIds, stderr } = await recorded(folder.path, ...flags, ...event);
    const expected = tokensOf([first!.slug, second!.slug, window]);
    expect(tokenIds).toEqual([...expected, markets[2]!.tokens[0]!.token_id].toSorted());
    expect(stderr).toContain(`selected 3 markets: `);
    expect(stderr).toContain(first!.slug);
    expect(stderr).toContain(`recording into ${folder.path}`);
    expect(stderr).toContain("7 of 7 tokens with a book");

    const shown = await polybot(["cat", folder.path]);
    const one = sessions.find(({ token_id }) => token_id === first!.tokens[0]!.token_id)!;
    expect(shown.stdout).toContain(`  ${one.slug} ${one.outcome}  book `);
    expect((await polybot(["ls", folder.path])).stdout).toContain(`${one.slug} ${one.outcome}`);
    expect((await polybot(["info", folder.path])).stdout).toContain(`${one.slug} ${one.outcome}`);
  });

  test("by series: the present window and the next two", async () => {
    using folder = temporaryFolder();
    const { tokenIds } = await recorded(folder.path, "--series", "btc-updown-24h");
    const windows = slugsOf("btc-updown-24h-");
    expect(windows).toHaveLength(3);
    expect(tokenIds).toEqual(tokensOf(windows).toSorted());
  });

  test("by tag, and everything, up to a limit", async () => {
    using folder = temporaryFolder();
    const tagged = await recorded(join(folder.path, "tag"), "--tag", "up-or-down");
    expect(tagged.tokenIds).toEqual(tokensOf(slugsOf("btc-updown-")).toSorted());
    const all = await recorded(join(folder.path, "all"), "--all");
    expect(all.tokenIds).toHaveLength(2 * exchange.ready.markets.length);
    const some = await recorded(join(folder.path, "some"), "--all", "--max-markets", "4");
    expect(some.tokenIds).toHaveLength(8);
    expect(some.stderr).toContain("--all has more than 4 open markets");
  });

  test("by a file of token ids, or standard input", async () => {
    using folder = temporaryFolder();
    const tokens = exchange.tokenIds.slice(0, 3);
    const file = join(folder.path, "tokens");
    writeFileSync(file, `# mine\n${tokens[0]} # yes\n\r\n  ${tokens[1]}\r\n${tokens[2]}`);
    const { tokenIds } = await recorded(join(folder.path, "data"), "--assets-file", file);
    expect(tokenIds).toEqual(tokens.toSorted());

    const pipe = `head -n 2 ${file} | dist/polybot stream --assets-file - --json ${exchange.endpoints.join(" ")} | head -n 1`;
    const shell = Bun.spawn(["bash", "-c", pipe], { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"] });
    const [line] = jsonLines<Listed>(await new Response(shell.stdout).text());
    expect(line?.token_id).toBe(tokens[0]!);
  });
});

test("a token of another recorder is refused by its name", async () => {
  using folder = temporaryFolder();
  const [market, others] = exchange.ready.markets;
  const storage = ["--enable-storage", "--storage-path", folder.path, ...exchange.endpoints];
  const flags = ["stream", "--market", market!.slug, ...storage];
  const owner = new PolybotProcess(flags);
  await owner.until(({ stderr }) => stderr.includes("subscribed"));
  const atOnce = ["--lock-wait", "0"];
  const refused = await polybot([...flags, ...atOnce]);
  const named = ["--assets", market!.tokens[1]!.token_id, "--market", others!.slug];
  const [byId, beside] = await Promise.all([
    polybot(["stream", ...named, ...storage, ...atOnce]),
    recorded(folder.path, "--market", `${market!.slug},${others!.slug}`, "--lock-wait", "500ms"),
  ]);
  const waiting = new PolybotProcess(flags);
  await waiting.until(({ stderr }) => stderr.includes("subscribed"));
  expect((await owner.stop()).code).toBe(0);
  await waiting.until(({ stderr }) => stderr.includes("waited: recording 2 tokens"));
  const joined = await waiting.stop();
  expect(joined.code).toBe(0);
  expect(joined.stderr).toContain("2 of 2 tokens with a book");
  // A token that was named by its id is wanted, one of many markets is not missed.
  expect([byId.code, byId.stderr]).toEqual([
    1,
    expect.stringMatching(new RegExp(`^error: token ${market!.tokens[1]!.token_id} is being`)),
  ]);
  expect(beside.stderr).toContain(`left out: token ${market!.slug} `);
  expect(beside.stderr).toContain(`by process ${owner.pid} `);
  expect(beside.stderr).toContain("2 of 2 tokens with a book");
  expect(refused.code).toBe(1);
  expect(refused.stderr).toMatch(
    new RegExp(
      `^error: token ${market!.slug} (Yes|No) is being recorded .*process ${owner.pid} `,
      "m",
    ),
  );
});

test("the live view calls tokens by their names", async () => {
  const [market] = exchange.ready.markets;
  const flags = ["--market", market!.slug, ...exchange.endpoints];
  const viewer = new PolybotProcess(["stream", ...flags]);
  await viewer.until(({ stdout }) => stdout.split("\n").length > 5);
  const { stdout } = await viewer.stop();
  expect(stdout).toMatch(new RegExp(`  ${market!.slug} (Yes|No)  book `));
});

describe("what cannot be found is told", () => {
  const unknown = "there is no";
  test.each([
    [["--market", "will-it"], `${unknown} market will-it`],
    [["--event", "will-it"], `${unknown} event will-it`],
    [["--tag", "will-it"], `${unknown} tag will-it`],
    [["--series", "will-it"], `${unknown} series will-it`],
    [["--series", "btc-updown-7m"], "no market of the series btc-updown-7m"],
  ])("%j", async (flags, says) => {
    using folder = temporaryFolder();
    const path = join(folder.path, "data");
    const storage = ["--enable-storage", "--storage-path", path];
    const { code, stderr } = await polybot(["stream", ...flags, ...storage, ...exchange.endpoints]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^error: .*\(try: polybot markets <words>\)$/m);
    expect(stderr).toContain(says);
    expect(existsSync(path)).toBe(false);
  });

  test("a line of a file that is no token id", async () => {
    using folder = temporaryFolder();
    const file = join(folder.path, "tokens");
    writeFileSync(file, "# none\n12x\n");
    const { code, stderr } = await polybot(["stream", "--assets-file", file]);
    expect([code, stderr]).toEqual([1, `error: ${file}, line 2: "12x" is no token id\n`]);
    const missing = await polybot(["stream", "--assets-file", `${file}-not`]);
    expect(missing.code).toBe(1);
    expect(missing.stderr).toMatch(/^error: cannot read .*tokens-not: /);
  });

  test("a Gamma that is not there", async () => {
    const nowhere = ["--gamma-url", "http://127.0.0.1:9", "--ws-url", exchange.ready.ws_url];
    const [failed, beside] = await Promise.all([
      polybot(["stream", "--all", ...nowhere]),
      recordedWithoutGamma(nowhere),
    ]);
    expect(failed.code).toBe(1);
    expect(failed.stderr).toMatch(
      /^error: Gamma cannot be reached at http:\/\/127.0.0.1:9\/.*--assets/,
    );
    expect(beside.code).toBe(0);
    expect(beside.stderr).toContain("recording goes on");
  });

  async function recordedWithoutGamma(nowhere: readonly string[]) {
    const token = ["--assets", exchange.tokenIds[0]!];
    const viewer = new PolybotProcess(["stream", "--all", ...token, ...nowhere]);
    await viewer.until(
      ({ stdout, stderr }) => stdout.includes("book") && stderr.includes("goes on"),
    );
    return viewer.stop();
  }

  test("a Gamma that does not answer: tokens named by id do not wait for it", async () => {
    const hanging = Bun.serve({ port: 0, fetch: () => new Promise<Response>(() => {}) });
    const token = ["--assets", exchange.tokenIds[0]!, "--ws-url", exchange.ready.ws_url];
    const nowhere = ["--gamma-url", `http://127.0.0.1:${hanging.port}`];
    const viewer = new PolybotProcess(["stream", "--all", ...token, ...nowhere]);
    await viewer.until(({ stdout }) => stdout.includes("book"));
    const { code, stderr } = await viewer.stop();
    await hanging.stop(true);
    expect(code).toBe(0);
    expect(stderr).not.toContain("Gamma");
  });
});

describe("markets", () => {
  test("prints slug, question, outcomes and token ids of what fits", async () => {
    const { code, stdout, stderr } = await polybot(["markets", "up", "or", "DOWN", ...gamma()]);
    expect([code, stderr]).toEqual([0, ""]);
    const windows = slugsOf("btc-updown-");
    expect(stdout.split("\n").filter((line) => line.startsWith("btc-"))).toHaveLength(3);
    for (const slug of windows) expect(stdout).toContain(`${slug}  Bitcoin Up or Down`);
    for (const tokenId of tokensOf(windows))
      expect(stdout).toMatch(new RegExp(` ${tokenId}$`, "m"));
    expect(stdout).toMatch(/^ {2}Up {4}\d+$/m);
  });

  test("prints an object a line, whose slug can be recorded", async () => {
    const { stdout } = await polybot(["markets", "bitcoin", "--json", ...gamma()]);
    const found = jsonLines<(typeof exchange.ready.markets)[number]>(stdout);
    expect(found.map(({ slug }) => slug).toSorted()).toEqual(slugsOf("btc-").toSorted());
    const same = exchange.ready.markets.find(({ slug }) => slug === found[0]!.slug)!;
    expect(found[0]).toMatchObject({ market: same.market, tokens: same.tokens });
  });

  test("says when nothing fits", async () => {
    const nothing = await polybot(["markets", "no", "such", "thing", ...gamma()]);
    expect(nothing).toEqual({
      code: 0,
      stdout: "",
      stderr: 'no open market fits "no such thing"\n',
    });
  });
});

test("new windows of a series are recorded, and sealed with the outcome that Gamma confirms", async () => {
  const resolved = / (btc-updown-2s-\d+) is resolved as (Up|Down)$/m;
  await roller.until(({ stderr }) => resolved.test(stderr));
  const [, slug = "", outcome] = resolved.exec(roller.stderr)!;
  expect(roller.stderr).toMatch(/ new market btc-updown-2s-\d+$/m);
  const ls = async () => {
    const { stdout } = await polybot(["ls", rolled.path, "--json"]);
    return jsonLines<Listed>(stdout).filter(({ token_id }) => token_id !== "");
  };
  let ended: Listed[] = [];
  while (ended.length < 2) {
    await Bun.sleep(500);
    ended = (await ls()).filter((session) => session.slug === slug && session.end_reason === "end");
  }
  expect(ended.map((session) => session.outcome).toSorted()).toEqual(["Down", "Up"]);
  const token = join(rolled.path, "stream/market", ended[0]!.token_id);
  const last = await polybot(["cat", token, "--json"]);
  expect(last.stdout).toContain(`"kind":"resolved","cause":"${outcome}"`);
  const { code, stderr } = await roller.stop();
  expect([code, stderr]).toEqual([0, expect.stringContaining(" 0 reconnects")]);
  const sessions = await ls();
  expect(sessions.length).toBeGreaterThan(6);
  expect(sessions.every(({ end_reason }) => end_reason === "end")).toBe(true);
});
