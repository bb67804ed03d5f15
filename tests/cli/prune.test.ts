import { expect, test } from "bun:test";
import { truncateSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { ExchangeProcess, polybot, startRecorder, temporaryFolder } from "../polybot-process.ts";
import { SmallStore } from "../store/small-store.ts";

/** A file that counts and takes no room. */
function ballast(path: string, bytes: number): void {
  writeFileSync(path, "");
  truncateSync(path, bytes);
}

async function threeSessions(): Promise<SmallStore> {
  const store = await SmallStore.recorded();
  for (const updates of [40, 80]) await store.record({ updates });
  return store;
}

test("a plan, a prune to a size and one to an age, and what other commands say then", async () => {
  using store = await threeSessions();
  const plan = await polybot(["prune", store.path, "--max-disk", "50kB", "--dry-run"]);
  expect(plan.code).toBe(0);
  const [first, second, sum] = plan.stdout.trimEnd().split("\n");
  expect(first).toMatch(/^to prune: .*\/stream\/market\/42\/\S+: will-it Yes, 2030-.* 42 updates/);
  expect(second).toMatch(/^to prune: .* 82 updates/);
  expect(sum).toMatch(/^2 sessions to prune, 0 skipped, 0 left; \d.* before, \d.* after$/);
  const count = async () => (await polybot(["ls", store.path, "--json"])).stdout.split("\n").length;
  expect(await count()).toBe(4);

  const done = await polybot(["prune", store.path, "--max-disk", "50 kB"]);
  expect([done.code, done.stderr]).toEqual([0, ""]);
  expect(done.stdout).toContain("2 sessions pruned");
  expect(await count()).toBe(2);
  const again = await polybot(["prune", store.path, "--max-disk", "50KB", "--json"]);
  expect(JSON.parse(again.stdout)).toMatchObject({ dry_run: false, pruned: [], skipped: [] });

  const verified = await polybot(["verify", store.path, "--json"]);
  expect(verified.code).toBe(0);
  expect(JSON.parse(verified.stdout)).toMatchObject({ sessions: 1, pruned: 2, problems: [] });
  const tombstones = join(dirname(store.session), "pruned.bin");
  expect((await polybot(["verify", tombstones])).stdout).toContain("2 sessions were pruned");

  // They are of 2030.
  expect((await polybot(["prune", store.path, "--older-than", "1d"])).stdout).toContain("0 sess");
  const rest = await polybot(["prune", store.path, "--max-disk", "0B", "--json"]);
  expect(rest.code).toBe(1);
  expect(JSON.parse(rest.stdout).pruned).toHaveLength(1);
  expect(JSON.parse(rest.stderr)).toMatchObject({ code: "DISK_FULL" });
  for (const command of ["info", "cat", "verify"]) {
    expect(await polybot([command, store.path])).toMatchObject({ code: 0 });
  }
});

test("sessions that are open stay, and the exit code tells", async () => {
  using folder = temporaryFolder();
  const store = join(folder.path, "data");
  const exchange = await ExchangeProcess.start("--markets", "1", "--rate", "50");
  const recorder = startRecorder(exchange, exchange.tokenIds, store);
  await recorder.until(({ stderr }) => stderr.includes("subscribed"));
  const { code, stdout, stderr } = await polybot(["prune", store, "--max-disk", "1B"]);
  // Its sessions are open: that they are not touched needs no lock.
  expect([code, stdout.split(",")[0]]).toEqual([1, "0 sessions pruned"]);
  expect(stderr).toMatch(/^error: the store still takes .* over 1 B: .*open/);
  await exchange.stop();
  await recorder.stop();
});

test("a recorder prunes what is over its budget, and ends sealed when that is not enough", async () => {
  using store = await threeSessions();
  ballast(join(store.session, "updates/ballast"), 300_000_000);
  const exchange = await ExchangeProcess.start("--markets", "1", "--rate", "50");
  const flags = ["--max-disk", "200MB"];
  const first = startRecorder(exchange, exchange.tokenIds, store.path, ...flags);
  await first.until(({ stderr }) => stderr.includes("pruned "));
  const { code, stderr } = await first.stop();
  expect(stderr).toMatch(/pruned \d sessions, 300 MB/);
  expect(code).toBe(0);
  const verified = await polybot(["verify", store.path, "--json"]);
  expect(JSON.parse(verified.stdout)).toMatchObject({ open: 0, problems: [] });
  expect(JSON.parse(verified.stdout).pruned).toBeGreaterThan(0);

  // What is no session cannot be pruned.
  ballast(join(store.path, "stream/market/42/ballast"), 300_000_000);
  const second = startRecorder(exchange, exchange.tokenIds, store.path, ...flags);
  const ended = await second.finished();
  expect(ended.code).toBe(1);
  expect(ended.stderr).toMatch(/error: the store takes 300 MB of its 200 MB, and nothing more/);
  expect(ended.stderr).toContain("summary: ");
  expect((await polybot(["verify", store.path])).stdout).toContain("(0 open)");
  await exchange.stop();
});
