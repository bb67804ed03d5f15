import { cpSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { marketEvent } from "../../src/format/market-event.ts";
import { systemFs } from "../../src/ports/fs.ts";
import { systemRandom } from "../../src/ports/random.ts";
import { VirtualClock } from "../../src/ports/virtual-clock.ts";
import { SessionReader } from "../../src/read/session-reader.ts";
import { Store } from "../../src/read/store.ts";
import type { Verification } from "../../src/read/verification.ts";
import { verify } from "../../src/read/verify.ts";
import { ownArrival } from "../../src/store/arrival.ts";
import { StorageWriter } from "../../src/store/storage-writer.ts";
import { temporaryFolder } from "../polybot-process.ts";

/** A store with one sealed session of a few small segments, to be damaged in copies. */

export const TOKEN = "42";
const MARKET = "0xm";
const START_US = 1_893_553_445_000_000;
const UPDATES = 400;
/** So small that a segment has about four blocks. */
const SEGMENT_MB = 0.006;
const BLOCK_UPDATES = 40;
/** Between blocks. */
const PAUSE_MS = 11_000;

/** The files of a folder, by their paths in it. */
export type Files = ReadonlyMap<string, Uint8Array>;

export class SmallStore implements Disposable {
  readonly path: string;
  readonly #folder: ReturnType<typeof temporaryFolder> | undefined;

  /** In a folder of its own, unless `path` is given: then it stays. */
  constructor(path?: string) {
    this.#folder = path === undefined ? temporaryFolder("memory") : undefined;
    this.path = path ?? join(this.#folder!.path, "data");
  }

  /** One of its own with the same files. */
  copy(): SmallStore {
    const store = new SmallStore();
    cpSync(this.path, store.path, { recursive: true });
    return store;
  }

  static async recorded(): Promise<SmallStore> {
    const store = new SmallStore();
    await store.record();
    return store;
  }

  /** Records a session; `seal: false` leaves it as a process does that is killed. */
  async record({ seal = true, updates = UPDATES } = {}): Promise<void> {
    const clock = new VirtualClock(START_US / 1000);
    const ports = { fs: systemFs, clock, random: systemRandom };
    const options = { basePath: this.path, maxFileSizeMb: SEGMENT_MB };
    const writer = await StorageWriter.open(options, ports);
    const book = { asset_id: TOKEN, market: MARKET, timestamp: "1893553445000", hash: "x" };
    const levels = { bids: [{ price: "0.4", size: "7" }], asks: [{ price: "0.6", size: "9" }] };
    const first = marketEvent("book", { event_type: "book", ...book, ...levels });
    await writer.writeUpdate(TOKEN, first, undefined, ownArrival(START_US));
    const names = {
      question: "Will it?",
      slug: "will-it",
      outcome: "Yes",
      end_date: "2031",
      event: "these",
    };
    writer.setNames(TOKEN, names);
    for (let i = 0; i < updates; i++) {
      const hash = Bun.SHA1.hash(String(i), "hex");
      const fields = { price: "0.5", size: String(i % 7), side: "BUY", hash };
      const event = marketEvent("price_change", { event_type: "price_change", ...fields });
      await writer.writeUpdate(TOKEN, event, undefined, ownArrival(clock.nowUs()));
      if (i % BLOCK_UPDATES < BLOCK_UPDATES - 1) {
        clock.advance(1);
      } else {
        await writer.flush();
        clock.advance(PAUSE_MS);
      }
    }
    await (seal ? writer.shutdown() : writer.flush());
  }

  /** The folder of the only session. */
  get session(): string {
    const token = join(this.path, "stream/market", TOKEN);
    return join(token, readdirSync(token)[0]!);
  }

  segment(number: number): string {
    return join(this.session, "updates", `${String(number).padStart(9, "0")}.bin`);
  }

  get segments(): number {
    return readdirSync(join(this.session, "updates")).filter((name) => name.endsWith(".bin"))
      .length;
  }

  /** Every file of the session. */
  files(): Files {
    const { session } = this;
    const names = readdirSync(session, { recursive: true }) as string[];
    const paths = names
      .map((name) => join(session, name))
      .filter((path) => statSync(path).isFile());
    return new Map(
      paths.sort().map((path) => [relative(session, path), Uint8Array.from(readFileSync(path))]),
    );
  }

  async verify(): Promise<Verification> {
    return verify(await new Store(this.path).folders(), { living: new Set() });
  }

  /** All updates that readers get, by sequence number, each as one text. */
  async updates(): Promise<Map<number, string>> {
    const updates = new Map<number, string>();
    for await (const update of new SessionReader(this.session, { onDamage: () => {} })) {
      const { sequence_number, received_us, verdict, token_id } = update;
      updates.set(
        sequence_number,
        JSON.stringify([received_us, verdict, token_id, update.dataText()]),
      );
    }
    return updates;
  }

  [Symbol.dispose](): void {
    this.#folder?.[Symbol.dispose]();
  }
}
