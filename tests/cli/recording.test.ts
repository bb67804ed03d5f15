import { describe, expect, test } from "bun:test";
import { copyFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { VerdictCounts } from "../../src/book/verdict-counts.ts";
import type { SessionMetadata } from "../../src/format/metadata.ts";
import { lagOf, sumLags } from "../../src/format/receive-lag.ts";
import type { PrintedUpdate } from "../expected-updates.ts";
import {
  ExchangeProcess,
  jsonLines,
  PolybotProcess,
  polybot,
  ROOT,
  startRecorder,
  stopBoth,
  temporaryFolder,
} from "../polybot-process.ts";
import { expectLogEqualsStore } from "./log-equals-store.ts";

describe("signals", () => {
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) {
    test(`${signal} in a burst seals everything that was counted as received`, async () => {
      using folder = temporaryFolder();
      const store = join(folder.path, "data");
      const exchange = await ExchangeProcess.start("--markets", "20", "--rate", "3000");
      const recorder = startRecorder(exchange, exchange.tokenIds, store, "--json");
      await recorder.until(({ stderr }) => stderr.includes("subscribed"));
      await Bun.sleep(1000);
      const { code, stdout, stderr } = await recorder.stop(signal);
      await exchange.stop();
      expect(code).toBe(0);
      const summary = JSON.parse(stdout) as Record<string, number>;
      expect(summary.messages).toBeGreaterThan(500);
      expect(summary.stored).toBe(summary.received!);
      expect(stderr).toContain(
        ` ${summary.received} updates received, ${summary.stored} stored, 0 dropped`,
      );

      const verified = JSON.parse((await polybot(["verify", store, "--json"])).stdout);
      expect(verified).toMatchObject({ damaged: 0, open: 0 });
      const notes = jsonLines<PrintedUpdate>(
        (await polybot(["cat", store, "--json"])).stdout,
      ).filter(({ data }) => data.kind === "names");
      // The names that REST gave are the recorder's own, and not received.
      expect(verified.updates).toBe(summary.received! + notes.length);
      // A recorder that ended well holds nothing.
      expect(readdirSync(join(store, "stream/journal"))).toEqual(["claims.sqlite"]);
    });
  }

  test("tokens are spread over sockets, and each has its book", async () => {
    using folder = temporaryFolder();
    const store = join(folder.path, "data");
    const exchange = await ExchangeProcess.start("--markets", "5", "--rate", "200");
    const flags = ["--tokens-per-socket", "4"];
    const recorder = startRecorder(exchange, exchange.tokenIds, store, ...flags);
    await recorder.until(({ stderr }) => stderr.split("subscribed").length > 3);
    await Bun.sleep(500);
    const { code, stderr } = await recorder.stop("SIGTERM");
    await exchange.stop();
    expect(code).toBe(0);
    expect(stderr).toContain(" 10 of 10 tokens with a book,");
    expect(stderr).toContain(" 3 sockets, 0 reconnects,");
    expect(stderr).toContain(" 0 missed,");
    expect((await polybot(["verify", store])).code).toBe(0);
  });

  test("a SIGINT that comes twice at the same time is one", async () => {
    using folder = temporaryFolder();
    const store = join(folder.path, "data");
    const exchange = await ExchangeProcess.start("--markets", "50", "--rate", "2000");
    const recorder = startRecorder(exchange, exchange.tokenIds, store);
    await recorder.until(({ stderr }) => stderr.includes("subscribed"));
    await Bun.sleep(300);
    recorder.kill("SIGINT");
    recorder.kill("SIGINT");
    const { code, stderr } = await recorder.finished();
    await exchange.stop();
    expect(code).toBe(0);
    expect(stderr).toContain(" 0 dropped");
    const verified = JSON.parse((await polybot(["verify", store, "--json"])).stdout);
    expect(verified).toMatchObject({ open: 0, damaged: 0 });
    expect(readdirSync(join(store, "stream/market"))).toHaveLength(100);
  });

  test("a second SIGINT ends at once and leaves only whole blocks", async () => {
    using folder = temporaryFolder();
    const store = join(folder.path, "data");
    // So many sessions are not sealed in the time between the two.
    const exchange = await ExchangeProcess.start("--markets", "800", "--rate", "100");
    const recorder = startRecorder(exchange, exchange.tokenIds, store);
    await recorder.until(({ stderr }) => stderr.includes("subscribed"));
    const tokens = () => readdirSync(join(store, "stream/market")).length;
    while (!existsSync(join(store, "stream/market")) || tokens() < 600) await Bun.sleep(20);
    recorder.kill("SIGINT");
    await recorder.until(({ stderr }) => stderr.includes("stopping"));
    await Bun.sleep(600);
    recorder.kill("SIGINT");
    expect((await recorder.finished()).code).toBe(130);
    await exchange.stop();
    const verified = JSON.parse((await polybot(["verify", store, "--json"])).stdout);
    expect(verified.open).toBeGreaterThan(0);
    expect(verified.problems).toEqual([]);
  });
});

describe("the executable alone in an empty folder", () => {
  test("records, lists, prints and verifies, whatever bunfig.toml and .env lie there", async () => {
    using folder = temporaryFolder();
    const cwd = folder.path;
    writeFileSync(join(cwd, "bunfig.toml"), 'preload = ["./hostile.ts"]\n[define]\n"x" = "y"\n');
    writeFileSync(
      join(cwd, "hostile.ts"),
      'await Bun.write("hostile-was-here", "1"); process.exit(9);',
    );
    writeFileSync(
      join(cwd, ".env"),
      "POLYBOT_STORAGE_PATH=elsewhere\nPOLYBOT_WS_URL=ws://nowhere\n",
    );
    const binary = join(cwd, "polybot");
    copyFileSync(join(ROOT, "dist/polybot"), binary);
    const alone = (args: readonly string[]) => new PolybotProcess(args, { cwd, binary });

    const exchange = await ExchangeProcess.start("--markets", "2", "--rate", "100");
    const { endpoints, tokenIds } = exchange;
    const assets = tokenIds.flatMap((tokenId) => ["--assets", tokenId]);
    const recorder = alone(["stream", ...assets, "--enable-storage", ...endpoints]);
    await recorder.until(({ stderr }) => stderr.includes("subscribed"));
    await Bun.sleep(500);
    expect((await recorder.stop()).code).toBe(0);
    await exchange.stop();

    const listed = await alone(["ls", "data", "--json"]).finished();
    const sessions = jsonLines<{ slug: string; outcome: string; state: string }>(listed.stdout);
    expect(sessions).toHaveLength(4);
    expect(sessions.every(({ state, slug }) => state === "sealed" && slug !== "")).toBe(true);
    expect((await alone(["ls", "data"]).finished()).stdout).toContain(`${sessions[0]!.slug} `);
    const printed = await alone(["cat", "data", "--json"]).finished();
    expect(jsonLines(printed.stdout).length).toBeGreaterThan(10);
    expect((await alone(["verify", "data"]).finished()).code).toBe(0);
    expect(readdirSync(cwd).sort()).toEqual([
      ".env",
      "bunfig.toml",
      "data",
      "hostile.ts",
      "polybot",
    ]);
  });

  test("shows events without storage and writes nothing", async () => {
    using folder = temporaryFolder();
    const exchange = await ExchangeProcess.start("--markets", "1", "--rate", "100");
    const flags = ["--assets", exchange.tokenIds.join(","), ...exchange.endpoints];
    const viewer = new PolybotProcess(["stream", ...flags], { cwd: folder.path });
    await viewer.until(({ stdout }) => stdout.split("\n").length > 20);
    const { code, stdout } = await viewer.stop();
    await exchange.stop();
    expect(code).toBe(0);
    expect(stdout).toMatch(/book .* bids, .* asks/);
    expect(stdout).toMatch(/price_change .* (BUY|SELL) /);
    expect(readdirSync(folder.path)).toEqual([]);
  });
});

test("a reader of the live view that goes away ends it, and lines say their market", async () => {
  const exchange = await ExchangeProcess.start("--markets", "1", "--rate", "100");
  const flags = `--assets ${exchange.tokenIds.join(",")} ${exchange.endpoints.join(" ")}`;
  const pipe = `dist/polybot stream --json ${flags} | head -n 3; exit \${PIPESTATUS[0]}`;
  const shell = Bun.spawn(["bash", "-c", pipe], { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"] });
  const lines = jsonLines<PrintedUpdate>(await new Response(shell.stdout).text());
  expect(await shell.exited).toBe(0);
  await exchange.stop();
  expect(lines).toHaveLength(3);
  for (const { data } of lines) expect(data.market).toBe(exchange.ready.markets[0]!.market);
});

describe("one token in two recorders", () => {
  test("is refused by the owner's name, and free at once after kill -9", async () => {
    using folder = temporaryFolder();
    const store = join(folder.path, "data");
    const exchange = await ExchangeProcess.start("--markets", "2", "--rate", "50");
    const [first, second, third] = exchange.tokenIds;
    const owner = startRecorder(exchange, [first!, second!], store);
    await owner.until(({ stderr }) => stderr.includes("subscribed"));

    const refusals = [
      ["--lock-wait", "0"],
      ["--lock-wait", "500ms"],
      ["--duration", "1s"],
    ].map((flags) => startRecorder(exchange, [third!, second!], store, ...flags).finished());
    for (const refused of await Promise.all(refusals)) {
      expect(refused.code).toBe(1);
      expect(refused.stderr).toMatch(/^error: /m);
      expect(refused.stderr).toContain(`process ${owner.pid} `);
    }

    const beside = startRecorder(exchange, [third!], store);
    await beside.until(({ stderr }) => stderr.includes("subscribed"));
    expect((await beside.stop()).code).toBe(0);

    await owner.stop("SIGKILL");
    const next = startRecorder(exchange, [second!], store);
    await next.until(({ stderr }) => stderr.includes("subscribed"));
    expect((await next.stop()).code).toBe(0);
    await exchange.stop();
  });

  test("passes to the one that waits for it, without a gap", async () => {
    using folder = temporaryFolder();
    const store = join(folder.path, "data");
    const exchange = await ExchangeProcess.start("--markets", "2", "--rate", "50");
    const first = startRecorder(exchange, exchange.tokenIds, store);
    await first.until(({ stderr }) => stderr.includes("subscribed"));
    await Bun.sleep(500);
    const second = startRecorder(exchange, exchange.tokenIds, store);
    await second.until(({ stderr }) => stderr.includes("subscribed"));
    expect(second.stderr).toContain(`process ${first.pid} `);
    await Bun.sleep(500);
    expect((await first.stop()).code).toBe(0);
    await second.until(({ stderr }) => stderr.includes("waited: recording 4 tokens"));
    await Bun.sleep(500);
    const { code, stderr } = await second.stop();
    await exchange.stop();
    expect(code).toBe(0);
    expect(stderr).toContain(" 0 dropped");
    expect((await polybot(["verify", store])).code).toBe(0);
    const { stdout } = await polybot(["coverage", store, "--json"]);
    expect(jsonLines<object>(stdout)).toMatchObject(Array(4).fill({ gaps: 0, suspect_us: 0 }));
    for (const tokenId of exchange.tokenIds) {
      expect(readdirSync(join(store, "stream/market", tokenId))).toHaveLength(2);
    }
  });
});

describe("readers", () => {
  test("take a storage path, a token, a session and a file", async () => {
    using folder = temporaryFolder();
    const store = join(folder.path, "data");
    const exchange = await ExchangeProcess.start("--markets", "2", "--rate", "200");
    const recorder = startRecorder(exchange, exchange.tokenIds, store);
    await recorder.until(({ stderr }) => stderr.includes("subscribed"));
    await Bun.sleep(500);
    await recorder.stop();
    await exchange.stop();

    const token = join(store, "stream/market", exchange.tokenIds[0]!);
    const session = join(token, readdirSync(token)[0]!);
    const segment = join(session, "updates/000000001.bin");
    const print = async (path: string) => (await polybot(["cat", path, "--json"])).stdout;
    const whole = jsonLines<PrintedUpdate>(await print(store));
    const own = whole.filter(({ token_id }) => token_id === exchange.tokenIds[0]);
    for (const path of [token, session, segment]) {
      expect(jsonLines<PrintedUpdate>(await print(path))).toEqual(own);
      expect((await polybot(["verify", path])).code).toBe(0);
      expect((await polybot(["info", path])).stdout).toContain(`${own.length} updates`);
    }

    const [metadata] = jsonLines<SessionMetadata>(
      (await polybot(["ls", session, "--json"])).stdout,
    );
    const hashes = metadata!.hashes as unknown as VerdictCounts;
    const proven = hashes.matched + hashes.late + hashes.searched;
    expect((await polybot(["info", session])).stdout).toContain(
      `${hashes.updates} updates proven by ${proven} hashes (${hashes.matched} matched, `,
    );
    const [covered] = jsonLines<object>((await polybot(["coverage", session, "--json"])).stdout);
    expect(covered).toMatchObject(metadata!.coverage!);
    const most = lagOf(metadata!.receive_lag!, 0.99);
    expect((await polybot(["info", session])).stdout).toContain(`99 % within ${most} ms\n`);
    expect((await polybot(["info", session])).stdout).toContain(" of the time verified, ");
    const summed = JSON.parse((await polybot(["info", store, "--json"])).stdout);
    const ofTokens = summed.sessions.filter(
      ({ token_id }: { token_id: string }) => token_id !== "",
    );
    expect(ofTokens.length).toBeGreaterThan(1);
    let matched = 0;
    let verifiedUs = 0;
    for (const session of ofTokens) {
      matched += session.hashes.matched;
      verifiedUs += session.coverage.verified_us;
    }
    expect(summed.coverage.verified_us).toBe(verifiedUs);
    expect(summed.receive_lag).toEqual(
      sumLags(ofTokens.map((one: SessionMetadata) => one.receive_lag)),
    );
    expect(summed.hashes.matched).toBe(matched);
    expect((await polybot(["info", store])).stdout).toContain(`(${matched} matched, `);

    const middle = own[Math.floor(own.length / 2)]!.timestamp_utc;
    const ranged = await polybot(["cat", session, "--json", "--from", String(middle)]);
    expect(jsonLines<PrintedUpdate>(ranged.stdout)).toEqual(
      own.filter(({ timestamp_utc }) => timestamp_utc >= middle),
    );
    const until = await polybot(["cat", session, "--json", "--to", new Date(middle).toISOString()]);
    expect(jsonLines<PrintedUpdate>(until.stdout)).toEqual(
      own.filter(({ timestamp_utc }) => timestamp_utc <= middle),
    );

    const csv = (await polybot(["cat", segment, "--format", "csv"])).stdout.trimEnd().split("\n");
    const levels = own.reduce((rows, { update_type, data }) => {
      const { bids, asks } = data as { bids?: unknown[]; asks?: unknown[] };
      return rows + (update_type === "book" ? bids!.length + asks!.length : 1);
    }, 0);
    expect(csv).toHaveLength(levels + 1);

    // A reader that has seen enough is not an error.
    const head = Bun.spawnSync(["sh", "-c", `dist/polybot cat ${store} --json | head -n 1`], {
      cwd: ROOT,
    });
    expect(head.stderr.toString()).toBe("");
    expect(head.stdout.toString().trim()).toBe(JSON.stringify(whole[0]));
  });

  test("name a damaged place, read on behind it, and exit with 3", async () => {
    using folder = temporaryFolder();
    const store = join(folder.path, "data");
    const exchange = await ExchangeProcess.start("--markets", "1", "--rate", "500");
    const flags = ["--storage-max-file-mb", "0.02"];
    const recorder = startRecorder(exchange, [exchange.tokenIds[0]!], store, ...flags);
    await recorder.until(({ stderr }) => stderr.includes("subscribed"));
    await Bun.sleep(2000);
    await recorder.stop();
    await exchange.stop();

    const before = jsonLines<PrintedUpdate>((await polybot(["cat", store, "--json"])).stdout);
    const token = join(store, "stream/market", exchange.tokenIds[0]!);
    const segment = join(token, readdirSync(token)[0]!, "updates/000000001.bin");
    const bytes = readFileSync(segment);
    bytes[1000]! ^= 1;
    writeFileSync(segment, bytes);

    const cat = await polybot(["cat", store, "--json"]);
    const after = jsonLines<PrintedUpdate>(cat.stdout);
    expect(cat.code).toBe(3);
    expect(cat.stderr).toContain(segment);
    expect(after.length).toBeGreaterThan(0);
    expect(after.length).toBeLessThan(before.length);
    const known = new Set(before.map((update) => JSON.stringify(update)));
    expect(after.every((update) => known.has(JSON.stringify(update)))).toBe(true);

    // Nobody reads the result, but the exit code still tells it.
    const unread = ["bash", "-c", `dist/polybot verify ${store} | true; exit \${PIPESTATUS[0]}`];
    expect(Bun.spawnSync(unread, { cwd: ROOT }).exitCode).toBe(3);
    const verify = await polybot(["verify", store, "--json"]);
    expect(verify.code).toBe(3);
    const { damaged, problems } = JSON.parse(verify.stdout);
    expect(damaged).toBe(1);
    const { first_sequence, last_sequence } = problems[0];
    expect(last_sequence - first_sequence + 1).toBe(before.length - after.length);
  });
});

test("at 1,000 messages a second the store equals the exchange's log, per token and in order", async () => {
  using folder = temporaryFolder();
  const store = join(folder.path, "data");
  const log = join(folder.path, "log");
  const flags = ["--markets", "200", "--rate", "1000", "--log", log];
  const exchange = await ExchangeProcess.start(...flags);
  const recorder = startRecorder(exchange, exchange.tokenIds, store);
  await recorder.until(({ stderr }) => stderr.includes("subscribed"));
  await Bun.sleep(5000);
  const { stderr } = await stopBoth(exchange, recorder);
  expect(stderr).toContain(" 0 dropped");
  const { messages } = await expectLogEqualsStore(log, store, exchange.tokenIds);
  expect(messages).toBeGreaterThan(3000);
});
