import { updateLine } from "../../src/cli/update-text.ts";
import { RunningBook } from "../../src/read/running-book.ts";
import type { SessionReader } from "../../src/read/session-reader.ts";
import { Store } from "../../src/read/store.ts";
import { temporaryFolder } from "../polybot-process.ts";
import { LONG_TOKEN, recordLongSession } from "../read/long-session.ts";
import { table } from "./report/table.ts";

/**
 * What a stored update costs its reader beside `JSON.parse` of the same as a JSON line, in one
 * process, the ways taking turns: a machine's pace changes within seconds.
 */

const UPDATES = 200_000;
/** As many lines as fit a processor's caches badly: distinct, like all that a file holds. */
const LINES = 40_000;
const ROUNDS = 15;
const WARM_UP = 6;

/** How many updates it read. */
type Way = (session: SessionReader, lines: readonly string[]) => number | Promise<number>;

/** What it has to be: times as fast as `JSON.parse`. */
interface Bar {
  readonly way: Way;
  readonly least?: number;
}

const WAYS: Readonly<Record<string, Bar>> = {
  "JSON.parse of the lines": { way: parse },
  "columns: time, side, price, size summed": { way: columns, least: 7 },
  "objects with decimal strings": { way: objects, least: 1.5 },
  "objects, the book kept": { way: book, least: 0.5 },
  "objects, every hash made": { way: hashes },
};

export async function run(): Promise<string[]> {
  using folder = temporaryFolder("memory");
  await recordLongSession(folder.path, { updates: UPDATES });
  const [session] = await (await Store.open(folder.path)).sessions({ token: LONG_TOKEN });
  const lines: string[] = [];
  for await (const update of session!) {
    lines.push(updateLine(update));
    if (lines.length === LINES) break;
  }
  const names = Object.keys(WAYS);
  const times = new Map<string, number[]>(names.map((name) => [name, []]));
  for (let round = 0; round < WARM_UP + ROUNDS; round++) {
    for (const name of names) {
      // Strings of their own: what one round has touched is not warm for the next.
      const own = lines.map((line) => Buffer.from(line).toString("latin1"));
      Bun.gc(true);
      const before = process.cpuUsage();
      const updates = await WAYS[name]!.way(session!, own);
      const { user, system } = process.cpuUsage(before);
      if (round >= WARM_UP) times.get(name)!.push((user + system) / updates);
    }
  }
  const parsed = times.get(names[0]!)!;
  const rows = [...times].map(([name, own]) => {
    const ratio = median(own.map((us, round) => parsed[round]! / us));
    const { least } = WAYS[name]!;
    const verdict = least === undefined ? "" : `${ratio >= least ? "yes" : "no"}: >= ${least}x`;
    return [name, median(own).toFixed(3), `${ratio.toFixed(2)}x`, verdict];
  });
  return [
    "microseconds of processor an update, medians of interleaved rounds:",
    ...table([["", "us", "faster", ""], ...rows]),
  ];
}

function parse(_: SessionReader, lines: readonly string[]): number {
  let sum = 0;
  for (const line of lines) sum += (JSON.parse(line) as { received_us: number }).received_us;
  return sum > 0 ? lines.length : 0;
}

async function columns(session: SessionReader): Promise<number> {
  let updates = 0;
  let sum = 0;
  for await (const { count, received_us, sides, prices, sizes } of session.batches()) {
    for (let i = 0; i < count; i++) sum += received_us[i]! + sides[i]! + prices[i]! + sizes[i]!;
    updates += count;
  }
  return sum > 0 ? updates : 0;
}

async function objects(session: SessionReader): Promise<number> {
  let updates = 0;
  let length = 0;
  for await (const update of session.updates()) {
    length += (update.text("price") ?? "").length + (update.text("size") ?? "").length;
    if (update.text("side") === "BUY") length++;
    updates++;
  }
  return length > 0 ? updates : 0;
}

async function book(session: SessionReader): Promise<number> {
  const { token_id, market } = await session.describe();
  const running = new RunningBook({ token_id, market });
  let updates = 0;
  for await (const update of session.updates()) {
    running.apply(update);
    updates++;
  }
  return running.keyframe() === null ? 0 : updates;
}

async function hashes(session: SessionReader): Promise<number> {
  let updates = 0;
  let length = 0;
  for await (const update of session.updates()) {
    length += (update.text("hash") ?? "").length;
    if (++updates === LINES) break;
  }
  return length > 0 ? updates : 0;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}
