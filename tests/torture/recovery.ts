import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { decode } from "../../src/polymarket/decode.ts";
import { systemClock } from "../../src/ports/clock.ts";
import { seededRandom } from "../../src/ports/random.ts";
import { Store } from "../../src/read/store.ts";
import { verify } from "../../src/read/verify.ts";
import { StorageWriter } from "../../src/store/storage-writer.ts";
import { MarketMessages } from "../bench/streams/market-messages.ts";
import { temporaryFolder } from "../polybot-process.ts";

/** How long a new recorder takes to bring a dead one's journal of 100 MB to its end, beside its own work. */

const MARKETS = 600;
const LEVELS = 100;
const JOURNAL_BYTES = 100_000_000;
const BATCH = 2000;

/** Run as a program of its own: records until the journal is long enough, and dies. */
if (import.meta.main) await recordAndDie(process.argv[2]!);

export async function run(): Promise<string[]> {
  using folder = temporaryFolder();
  const basePath = folder.path;
  const recorded = Bun.spawnSync([process.execPath, import.meta.path, basePath], {
    stdout: "pipe",
    stderr: "inherit",
  });
  const updates = Number(recorded.stdout.toString());
  const bytes = journalBytes(basePath);
  const startedMs = systemClock.monotonicMs();
  const texts: string[] = [];
  const writer = await StorageWriter.open({
    basePath,
    onRecovered: ({ sessions, failure }) => {
      const ms = systemClock.monotonicMs() - startedMs;
      const count = sessions.reduce((sum, session) => sum + session.updates, 0);
      texts.push(
        `recovered after ${(ms / 1000).toFixed(2)} s: ${sessions.length} sessions, ${count} updates from the journal${failure === undefined ? "" : `, FAILED: ${failure}`}`,
      );
    },
  });
  const firstStored = await stored(writer, startedMs);
  await writer.recovered();
  await writer.shutdown();
  const sessions = await new Store(basePath).folders();
  const { updates: found, damaged, open, problems } = await verify(sessions);
  if (damaged > 0 || open > 0)
    throw new Error(`${damaged} damaged, ${open} open: ${JSON.stringify(problems.slice(0, 3))}`);
  const notes = sessions.length - 1;
  const lost = updates - (found - notes - 1);
  if (lost > 0) throw new Error(`${lost} of ${updates} updates are not there`);
  return [
    `a journal of ${(bytes / 1e6).toFixed(0)} MB, ${updates} updates of ${2 * MARKETS} tokens`,
    ...texts,
    `the new process: its first update was durable after ${firstStored.toFixed(0)} ms`,
    `all ${found} updates verified, no damage`,
  ];
}

/** Milliseconds until an update of the new recorder is durable. */
async function stored(writer: StorageWriter, startedMs: number): Promise<number> {
  const event = decode(
    '{"market":"0xnew","asset_id":"77","event_type":"book","bids":[],"asks":[]}',
  );
  await writer.writeUpdate("77", event[0]!.event);
  await writer.flush();
  return systemClock.monotonicMs() - startedMs;
}

async function recordAndDie(basePath: string): Promise<void> {
  const source = new MarketMessages(MARKETS, LEVELS, seededRandom(5));
  const writer = await StorageWriter.open({ basePath });
  writer.claim(source.tokenIds.map(({ tokenId }) => tokenId));
  let updates = 0;
  const take = async (texts: readonly string[]) => {
    for (const text of texts) {
      const receivedUs = systemClock.nowUs();
      for (const { tokenIds, event, place } of decode(text)) {
        await writer.writeUpdate(tokenIds[0]!, event, undefined, { receivedUs, socket: 1, place });
        updates++;
      }
    }
  };
  await take(source.books());
  while (journalBytes(basePath) < JOURNAL_BYTES) {
    await take(source.next(BATCH));
    while (writer.queued > 0) await Bun.sleep(1);
  }
  console.log(updates);
  await Bun.sleep(1000);
  process.kill(process.pid, "SIGKILL");
}

function journalBytes(basePath: string): number {
  const folder = join(basePath, "stream/journal");
  let bytes = 0;
  for (const name of readdirSync(folder, { recursive: true }) as string[]) {
    if (name.endsWith(".wal")) bytes += statSync(join(folder, name)).size;
  }
  return bytes;
}
