import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TokenCoverage } from "../../src/read/coverage.ts";
import {
  assetFlags,
  ExchangeProcess,
  jsonLines,
  linesWritten,
  POLYBOT,
  polybot,
  temporaryFolder,
} from "../polybot-process.ts";

/** Short recordings, each started by cron before the one before it ends. */

const ROUNDS = 5;
/** Cron knows no shorter one, the loop that stands for it does. */
const PERIOD_S = 60;
const OVERLAP_S = 2;
/** Of two markets: each token is quoted several times a second. */
const MESSAGES_PER_SECOND = 50;
const GAP_US_MAX = 2_000_000;

type Covered = TokenCoverage & {
  readonly verified_us: number;
  readonly suspect_us: number;
  readonly longest_gap_us: number;
};

export async function run(): Promise<string[]> {
  using folder = temporaryFolder();
  const store = join(folder.path, "data");
  const log = join(folder.path, "log");
  const rate = String(MESSAGES_PER_SECOND);
  const exchange = await ExchangeProcess.start("--markets", "2", "--rate", rate);
  const job = jobScript(folder.path, exchange, store, log);
  const isCron = process.getuid?.() === 0 && Bun.which("cron") !== null;
  await (isCron ? startByCron(job) : startByLoop(job));
  // A run says one line, in the end.
  await linesWritten(log, ROUNDS);
  await exchange.stop();

  const said = readFileSync(log, "utf8").trimEnd().split("\n");
  const odd = said.filter((line) => !line.startsWith("summary: "));
  if (said.length !== ROUNDS || odd.length > 0) throw new Error(said.join("\n"));
  const verified = await polybot(["verify", store]);
  if (verified.code !== 0) throw new Error(verified.stdout + verified.stderr);
  const covered = jsonLines<Covered>((await polybot(["coverage", store, "--json"])).stdout);
  const gaps = covered.flatMap(({ spans }) => spans.filter(({ state }) => state === "gap"));
  const joins = covered.length * (ROUNDS - 1);
  const longestUs = Math.max(...covered.map(({ longest_gap_us }) => longest_gap_us));
  const causes = [...new Set(gaps.map(({ cause }) => cause))].join(", ");
  const figures = [
    `${ROUNDS} runs by ${isCron ? "cron" : "a loop, as there is no cron"}, one each ${PERIOD_S} s, each ${OVERLAP_S} s longer`,
    `${covered.length} tokens, ${joins} joins: ${joins - gaps.length} without a gap, ${gaps.length} gaps, the longest ${longestUs / 1000} ms ${causes}`.trimEnd(),
    `verified: at least ${(leastVerified(covered) * 100).toFixed(2)} % of a token's time`,
  ];
  const isSuspect = covered.some(({ suspect_us }) => suspect_us > 0);
  if (covered.length !== 4 || isSuspect || longestUs > GAP_US_MAX) {
    throw new Error(figures.join("\n"));
  }
  return figures;
}

function leastVerified(covered: readonly Covered[]): number {
  return Math.min(...covered.map((line) => line.verified_us / (line.to_us - line.from_us)));
}

/** What cron starts: its lines are too short for token ids. */
function jobScript(folder: string, exchange: ExchangeProcess, store: string, log: string): string {
  const assets = assetFlags(exchange.tokenIds);
  const ending = ["--duration", `${PERIOD_S + OVERLAP_S}s`, "--quiet"];
  const storage = ["--enable-storage", "--storage-path", store];
  const words = [POLYBOT, "stream", ...assets, ...storage, ...exchange.endpoints, ...ending];
  const path = join(folder, "job");
  writeFileSync(path, `#!/bin/sh\n${words.join(" ")} >> ${log} 2>&1 || echo "exit $?" >> ${log}\n`);
  chmodSync(path, 0o755);
  return path;
}

/**
 * A cron daemon of this test alone: nobody else sees its crontab, and it sees no other. A minute
 * may begin at once.
 */
async function startByCron(job: string): Promise<void> {
  const script = [
    "for folder in /etc/cron.d /var/spool/cron /run; do mount -t tmpfs none $folder; done",
    "mkdir /var/spool/cron/crontabs",
    `echo '* * * * * root ${job}' > /etc/cron.d/polybot`,
    "exec cron -f",
  ].join("; ");
  const daemon = Bun.spawn(["unshare", "--mount", "sh", "-ec", script], { stderr: "pipe" });
  const rounds = (async () => {
    for (let round = 0; round < ROUNDS; round++) await nextPeriod();
    // The last one is under way by then, and the next one is not.
    await Bun.sleep((PERIOD_S * 1000) / 2);
  })();
  await Promise.race([rounds, daemon.exited]);
  if (daemon.exitCode !== null) {
    throw new Error(`cron ended: ${await new Response(daemon.stderr).text()}`);
  }
  daemon.kill();
  await daemon.exited;
}

async function startByLoop(job: string): Promise<void> {
  for (let round = 0; round < ROUNDS; round++) {
    await nextPeriod();
    Bun.spawn([job]);
  }
}

/** Until a whole period of the wall clock begins. */
async function nextPeriod(): Promise<void> {
  const ms = PERIOD_S * 1000;
  await Bun.sleep(ms - (Date.now() % ms));
}
