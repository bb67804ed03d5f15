import { cpSync, readdirSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { marketEvent } from "../../src/format/market-event.ts";
import { systemFs } from "../../src/ports/fs.ts";
import { systemRandom } from "../../src/ports/random.ts";
import { VirtualClock } from "../../src/ports/virtual-clock.ts";
import { Store } from "../../src/read/store.ts";
import { ownArrival } from "../../src/store/arrival.ts";
import { BinaryStorage } from "../../src/store/binary-storage.ts";
import { StorageWriter } from "../../src/store/storage-writer.ts";
import { temporaryFolder } from "../polybot-process.ts";

/** A store with sealed sessions of three recorders, to be pruned in copies. */

const START_MS = 1_893_553_445_000;
const UPDATES = 20;

/** Records a session of a token that begins so long after the others' beginning. */
export async function recordSession(
  path: string,
  tokenId: string,
  afterMs: number,
  { seal = true } = {},
): Promise<StorageWriter> {
  const clock = new VirtualClock(START_MS + afterMs);
  const ports = { fs: systemFs, clock, random: systemRandom };
  const writer = await StorageWriter.open({ basePath: path, maxFileSizeMb: 0.003 }, ports);
  await writeUpdates(writer, tokenId, clock);
  await (seal ? writer.shutdown() : writer.flush());
  return writer;
}

async function writeUpdates(writer: StorageWriter, tokenId: string, clock: VirtualClock) {
  for (let i = 0; i < UPDATES; i++) {
    const hash = Bun.SHA1.hash(`${tokenId} ${i}`, "hex");
    const fields = { market: "0xm", price: "0.5", size: String(i), side: "BUY", hash };
    const event = marketEvent("price_change", { event_type: "price_change", ...fields });
    await writer.writeUpdate(tokenId, event, undefined, ownArrival(clock.nowUs()));
    clock.advance(1000);
  }
}

export class PrunedStore implements Disposable {
  readonly path: string;
  readonly #folder = temporaryFolder("memory");
  /** In the order of a store, by token and session. */
  names: string[] = [];
  /** The same sessions, the one that ended first before all others. */
  oldestFirst: string[] = [];

  constructor() {
    this.path = join(this.#folder.path, "data");
  }

  static async recorded(): Promise<PrunedStore> {
    const store = new PrunedStore();
    // Of one recorder: a token's session that ends, one that goes on, another of the first token.
    const clock = new VirtualClock(START_MS);
    const ports = { fs: systemFs, clock, random: systemRandom };
    const writer = await StorageWriter.open({ basePath: store.path, maxFileSizeMb: 0.003 }, ports);
    await writeUpdates(writer, "42", clock);
    await writer.endSession("42");
    await writeUpdates(writer, "43", clock);
    await writeUpdates(writer, "42", clock);
    await writeUpdates(writer, "43", clock);
    await writer.writeUpdate("", marketEvent("raw", { text: "x" }));
    await writer.shutdown();
    await recordSession(store.path, "44", 25_000);
    await recordSession(store.path, "42", 200_000);
    const sessions = await new Store(store.path).folders();
    store.names = sessions.map(({ path }) => store.name(path));
    const ends = new Map<string, number>();
    for (const session of sessions) {
      ends.set(store.name(session.path), (await session.metadata())!.end_timestamp!);
    }
    store.oldestFirst = [...ends.keys()].sort((a, b) => ends.get(a)! - ends.get(b)!);
    return store;
  }

  /** One of its own with the same files. */
  copy(): PrunedStore {
    const store = new PrunedStore();
    cpSync(this.path, store.path, { recursive: true });
    return store;
  }

  /** Token and session of a session's folder. */
  name(path: string): string {
    return `${basename(dirname(path))}/${basename(path)}`;
  }

  /** Names of the sessions that are there. */
  async sessions(): Promise<string[]> {
    return (await new Store(this.path).folders()).map(({ path }) => this.name(path));
  }

  /** Every file but the locks, by its path in the store. */
  files(): ReadonlyMap<string, string> {
    const paths = (readdirSync(this.path, { recursive: true }) as string[])
      .map((name) => join(this.path, name))
      .filter((path) => statSync(path).isFile() && !path.includes("/journal/"));
    return new Map(
      paths.sort().map((path) => [relative(this.path, path), readFileSync(path, "base64")]),
    );
  }

  /** Says in a session's metadata that it continues another. */
  async continueWith(predecessor: string, path: string): Promise<void> {
    const storage = new BinaryStorage(systemFs);
    const file = join(path, "metadata.bin");
    const metadata = await storage.readMetadata(file);
    await storage.writeMetadata(file, { ...metadata, predecessor: basename(predecessor) }, false);
  }

  [Symbol.dispose](): void {
    this.#folder[Symbol.dispose]();
  }
}
