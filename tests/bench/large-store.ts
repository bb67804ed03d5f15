import { cpSync } from "node:fs";
import { join } from "node:path";
import { seededRandom } from "../../src/ports/random.ts";
import { Store } from "../../src/read/store.ts";
import { temporaryFolder } from "../polybot-process.ts";
import { LONG_TOKEN, recordLongSession } from "../read/long-session.ts";

/**
 * What a large store costs its reader: the book of a moment, and the memory of a process that reads
 * all of it. The store has one session many times over, under other tokens' folders.
 */

const SESSION_UPDATES = 500_000;
const SESSIONS = { small: 10, large: 100 };
const MOMENTS = 2_000;
const P99_MS = 10;
const GROWTH_MAX = 0.1;
const RSS_MAX = 200e6;
const READER = join(import.meta.dir, "streams/read-store.ts");

export async function run(): Promise<string[]> {
  using folder = temporaryFolder();
  await recordLongSession(folder.path, { updates: SESSION_UPDATES });
  const book = await bookTimes(folder.path);
  copySessions(folder.path, 1, SESSIONS.small);
  const small = await peakOf(folder.path);
  copySessions(folder.path, SESSIONS.small, SESSIONS.large);
  const large = await peakOf(folder.path);
  const growth = large.peak_bytes / small.peak_bytes - 1;
  return [
    `the book at ${MOMENTS} moments of ${SESSION_UPDATES} updates, warm: p50 ${book.p50.toFixed(2)} ms, p99 ${book.p99.toFixed(2)} ms (${yes(book.p99 <= P99_MS)}: p99 at most ${P99_MS} ms)`,
    `peak memory of a process that reads ${small.updates} updates: ${mb(small.peak_bytes)}`,
    `of one that reads ${large.updates}: ${mb(large.peak_bytes)}, ${(growth * 100).toFixed(1)} % more (${yes(growth <= GROWTH_MAX)}: at most 10 %; ${yes(large.peak_bytes <= RSS_MAX)}: at most ${mb(RSS_MAX)})`,
  ];
}

/** Milliseconds of a question, the session's blocks being known. */
async function bookTimes(path: string): Promise<{ p50: number; p99: number }> {
  const [session] = await (await Store.open(path)).sessions({ token: LONG_TOKEN });
  const { start_timestamp, end_timestamp } = await session!.describe();
  const random = seededRandom(1);
  const times: number[] = [];
  for (let i = 0; i < 2 * MOMENTS; i++) {
    const at = Math.floor(start_timestamp + random() * (end_timestamp! - start_timestamp));
    const before = performance.now();
    await session!.bookAt(at);
    if (i >= MOMENTS) times.push(performance.now() - before);
  }
  times.sort((a, b) => a - b);
  const quantile = (part: number) => times[Math.floor(times.length * part)]!;
  return { p50: quantile(0.5), p99: quantile(0.99) };
}

function copySessions(path: string, from: number, to: number): void {
  const market = join(path, "stream/market");
  for (let copy = from; copy < to; copy++) {
    cpSync(join(market, LONG_TOKEN), join(market, String(copy)), { recursive: true });
  }
}

interface Peak {
  readonly updates: number;
  readonly peak_bytes: number;
}

async function peakOf(path: string): Promise<Peak> {
  const reader = Bun.spawn([process.execPath, READER, path], { stdout: "pipe" });
  const text = await new Response(reader.stdout).text();
  if ((await reader.exited) !== 0) throw new Error("the reader failed");
  return JSON.parse(text) as Peak;
}

function mb(bytes: number): string {
  return `${(bytes / 1e6).toFixed(0)} MB`;
}

function yes(isMet: boolean): string {
  return isMet ? "yes" : "no";
}
