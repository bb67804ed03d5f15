import { readdirSync } from "node:fs";
import { join } from "node:path";
import { SessionReader } from "../../src/read/session-reader.ts";
import { Store } from "../../src/read/store.ts";
import { jsonLines, PolybotProcess, temporaryFolder } from "../polybot-process.ts";
import { cpuSeconds, residentMb } from "../process-figures.ts";
import { TokenTallies, type TokenTally } from "./capture/token-tallies.ts";

/**
 * 10,000 tokens of 20 levels on 50 sockets, from another process, all rolled in the middle: every
 * update that was sent is stored once, in order, and there is no gap.
 */

const TOKENS = 10_000;
const SOCKETS = 50;
/** What makes 5,000 messages a second, with trades and best prices. */
const CHANGES_PER_SECOND = 4_750;
const SECONDS = 600;
const SAMPLE_MS = 1000;
const LAG_MS_WANTED = 250;
const RESIDENT_MB_WANTED = 600;
const US_PER_HOUR = 3_600_000_000;
/** A few roll at a time; the others at a later update. */
const ROLLING_US = 120_000_000;

interface Told {
  readonly books: number;
  readonly messages: number;
  readonly stored: number;
  readonly dropped: number;
  readonly gaps: number;
  readonly suspect: number;
  readonly sockets: number;
  readonly reconnects: number;
  readonly syncs: number;
}

interface Sent {
  readonly texts: number;
  readonly tokens: readonly (readonly [string, TokenTally])[];
}

export async function run(): Promise<string[]> {
  using folder = temporaryFolder();
  const store = join(folder.path, "data");
  const venueFile = join(folder.path, "venue");
  const sentFile = join(folder.path, "sent");
  // An hour ends when half of the time is over.
  const middleUs = (Date.now() + (SECONDS / 2) * 1000) * 1000;
  const shift = String(US_PER_HOUR - (middleUs % US_PER_HOUR));
  const hourUs = middleUs + Number(shift);
  const flags = [TOKENS / 2, CHANGES_PER_SECOND].map(String);
  const venue = start("venue.ts", ...flags, shift, sentFile);
  await venue.until(({ stdout }) => stdout.includes("\n"));
  await Bun.write(venueFile, venue.stdout);
  const recorder = start("recorder.ts", venueFile, store, shift);
  const begunMs = performance.now();
  await recorder.until(({ stdout }) => told(stdout).books === TOKENS);
  const allBooksS = (performance.now() - begunMs) / 1000;
  const begun = told(recorder.stdout);
  const usedBefore = [await cpuSeconds(recorder.pid), await cpuSeconds(venue.pid)];
  const resident: number[] = [];
  while (resident.length < SECONDS) {
    await Bun.sleep(SAMPLE_MS);
    resident.push((await residentMb(recorder.pid)).now);
  }
  const used = [await cpuSeconds(recorder.pid), await cpuSeconds(venue.pid)];
  const measured = told(recorder.stdout);
  const { peak } = await residentMb(recorder.pid);
  await venue.stop();
  // Each socket was read to its end.
  await recorder.until(({ stderr }) => stderr.split(" disconnected:").length > SOCKETS);
  const { stdout, stderr } = await recorder.stop();
  const summary = told(stdout);
  const { texts, tokens } = (await Bun.file(sentFile).json()) as Sent;
  const stored = await readBack(store, hourUs);
  const wrong = tokens.filter(([tokenId, tally]) => !isSame(tally, stored.tallies.get(tokenId)));
  const rolled = [...stored.sessions.values()].filter((sessions) => sessions > 1).length;
  const unrolled = [...stored.sessions].filter(([, sessions]) => sessions === 1);
  // Who says nothing behind the hour goes on in its session.
  const missed = unrolled.filter(([tokenId]) => stored.behind.has(tokenId));
  const share = (i: number) => (((used[i]! - usedBefore[i]!) / SECONDS) * 100).toFixed(0);
  const lag = (part: number) => quantile(stored.lags, part);
  const verdict = (isMet: boolean) => (isMet ? "yes" : "no");
  const figures = [
    `${tokens.length} tokens on ${summary.sockets} sockets, all books after ${allBooksS.toFixed(1)} s, then ${SECONDS} s`,
    `${((measured.messages - begun.messages) / SECONDS).toFixed(0)} messages a second, ${texts} in all; ${summary.stored} updates stored, ${summary.dropped} dropped`,
    `processor: the recorder ${share(0)} % of a core, the exchange ${share(1)} %`,
    `${tokens.length - wrong.length} of ${tokens.length} tokens are stored as they were sent, ${rolled} of them rolled; notes: ${[...stored.notes].map(([kind, count]) => `${count} ${kind}`).join(", ")}`,
    `the last one rolled ${((stored.lastRollUs - hourUs) / 1e6).toFixed(1)} s after the hour; ${missed.length} others spoke behind it and did not`,
    `receive lag: median ${lag(0.5)} ms, p99 ${lag(0.99)} ms (${verdict(lag(0.99) <= LAG_MS_WANTED)}: at most ${LAG_MS_WANTED}), at most ${lag(1)} ms`,
    `resident: ${resident.at(-1)!.toFixed(0)} MB in the end, at most ${peak.toFixed(0)} MB (${verdict(peak <= RESIDENT_MB_WANTED)}: at most ${RESIDENT_MB_WANTED})`,
    `minute by minute: ${resident
      .filter((_, i) => (i + 1) % 60 === 0)
      .map((mb) => mb.toFixed(0))
      .join(", ")} MB`,
    `${readdirSync(store, { recursive: true }).length} files and folders, ${summary.syncs} syncs, ${measured.syncs - begun.syncs} of them in those ${SECONDS} s`,
  ];
  const warnings = stderr.split("\n").filter((line) => line.startsWith("warn"));
  const isWhole = wrong.length === 0 && tokens.length === TOKENS && missed.length === 0;
  const isSound = summary.dropped === 0 && !stored.notes.has("gap") && summary.suspect === 0;
  if (!isWhole || !isSound) throw new Error([...figures, ...warnings].join("\n  "));
  return figures;
}

function start(script: string, ...args: string[]): PolybotProcess {
  const path = join(import.meta.dir, "capture", script);
  return new PolybotProcess([path, ...args], { binary: process.execPath });
}

/** What a recorder told last. */
function told(stdout: string): Told {
  const end = stdout.lastIndexOf("\n");
  const line = stdout.slice(stdout.lastIndexOf("\n", end - 1) + 1, end);
  return line === "" ? ({ books: 0 } as Told) : jsonLines<Told>(line)[0]!;
}

function isSame(sent: TokenTally, stored: TokenTally | undefined): boolean {
  return sent.updates === stored?.updates && sent.digest === stored.digest;
}

interface ReadBack {
  readonly tallies: ReadonlyMap<string, TokenTally>;
  /** Of each token. */
  readonly sessions: ReadonlyMap<string, number>;
  readonly notes: ReadonlyMap<string, number>;
  /** Changes by how many whole milliseconds they came after the venue's stamp. */
  readonly lags: ReadonlyMap<number, number>;
  /** Tokens that said something when those that had to roll at once had done so. */
  readonly behind: ReadonlySet<string>;
  readonly lastRollUs: number;
}

async function readBack(store: string, hourUs: number): Promise<ReadBack> {
  const tallies = new TokenTallies();
  const sessions = new Map<string, number>();
  const notes = new Map<string, number>();
  const lags = new Map<number, number>();
  const behind = new Set<string>();
  let lastRollUs = hourUs;
  const count = <K>(counts: Map<K, number>, key: K) => counts.set(key, (counts.get(key) ?? 0) + 1);
  for (const folder of await new Store(store).folders()) {
    const { tokenId } = await folder.identity(undefined);
    if (tokenId === "") continue;
    count(sessions, tokenId);
    for await (const update of new SessionReader(folder)) {
      const { update_type: type, data, received_us } = update;
      if (type === "note") {
        count(notes, String(data.kind));
        if (data.kind === "roll") lastRollUs = Math.max(lastRollUs, received_us);
        continue;
      }
      if (received_us >= hourUs + ROLLING_US) behind.add(tokenId);
      tallies.add(tokenId, type, data);
      if (type !== "price_change") continue;
      count(lags, Math.ceil(received_us / 1000 - Number(data.timestamp)));
    }
  }
  return { tallies: tallies.all, sessions, notes, lags, behind, lastRollUs };
}

function quantile(counts: ReadonlyMap<number, number>, part: number): number {
  const sorted = [...counts].sort(([a], [b]) => a - b);
  const wanted = part * sorted.reduce((sum, [, count]) => sum + count, 0);
  let sum = 0;
  for (const [value, count] of sorted) {
    sum += count;
    if (sum >= wanted) return value;
  }
  return Number.NaN;
}
