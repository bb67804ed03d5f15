import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { Book } from "../../src/book/book.ts";
import { marketEvent } from "../../src/format/market-event.ts";
import { decode } from "../../src/polymarket/decode.ts";
import { type Fs, systemFs } from "../../src/ports/fs.ts";
import { seededRandom, systemRandom } from "../../src/ports/random.ts";
import { VirtualClock } from "../../src/ports/virtual-clock.ts";
import type { RecordedBook } from "../../src/read/recorded-book.ts";
import { RunningBook } from "../../src/read/running-book.ts";
import type { SessionReader } from "../../src/read/session-reader.ts";
import { Store } from "../../src/read/store.ts";
import type { Update } from "../../src/read/update.ts";
import { StorageWriter } from "../../src/store/storage-writer.ts";
import { TOY_IMPLIED, ToyVenue } from "../book/toy-venue.ts";
import { temporaryFolder } from "../polybot-process.ts";
import { LONG_TOKEN, recordLongSession } from "./long-session.ts";

const UPDATES = 1_000_000;
const MOMENTS = 1_000;
const LONG_MS = 240_000;

/** Applies an update as a reader would who knows nothing of this project. */
function apply(book: Book, update: Update): void {
  if (update.update_type === "book") {
    const { bids, asks } = update.data as Record<string, { price: string; size: string }[]>;
    const levels = (side: { price: string; size: string }[]) =>
      side.map(({ price, size }) => [price, size] as const);
    book.replace({ bids: levels(bids!), asks: levels(asks!) });
  } else if (update.update_type === "price_change" && update.verdict !== "stale") {
    const side = update.string("side") === "BUY" ? "bids" : "asks";
    book.set(side, update.string("price")!, update.string("size")!);
  }
}

function bestFirst(book: Book) {
  const { bids, asks } = book.levels();
  return { bids: bids.toReversed(), asks: asks.toReversed() };
}

function sidesOf(book: RecordedBook | undefined) {
  return book && { bids: book.bids, asks: book.asks };
}

describe("a session of a million updates", () => {
  let folder: ReturnType<typeof temporaryFolder>;
  beforeAll(async () => {
    folder = temporaryFolder("memory");
    // Several segments, of which the index leads to the right one.
    await recordLongSession(folder.path, { updates: UPDATES, segmentMb: 1.5 });
  }, LONG_MS);
  afterAll(() => folder[Symbol.dispose]());

  test(
    "the book at a time is the one of a straight replay, from one block",
    async () => {
      const seed = Math.floor(Math.random() * 2 ** 31);
      console.log(`seed ${seed}`);
      const random = seededRandom(seed);
      let reads = 0;
      const fs: Fs = {
        ...systemFs,
        async open(path) {
          const file = await systemFs.open(path);
          const read = (offset: number, length: number) => {
            reads++;
            return file.read(offset, length);
          };
          return { size: () => file.size(), read, close: () => file.close() };
        },
      };
      const store = await Store.open(folder.path, fs);
      const [session] = await store.sessions({ token: LONG_TOKEN });
      const { start_timestamp, end_timestamp, segments } = await session!.describe();
      expect(segments).toBeGreaterThan(2);
      const startUs = start_timestamp * 1000;
      const times = Array.from(
        { length: MOMENTS },
        () => startUs + Math.floor(random() * (end_timestamp! * 1000 - startUs)),
      ).sort((a, b) => a - b);
      const found = new Map<number, Awaited<ReturnType<SessionReader["bookAt"]>>>();
      await session!.bookAt(times[0]!);
      reads = 0;
      // In any order.
      for (const us of times.toSorted(() => random() - 0.5))
        found.set(us, await session!.bookAt(us));
      expect(reads).toBe(MOMENTS);

      const book = new Book();
      let next = 0;
      let last: Update | undefined;
      const compare = () => {
        const is = found.get(times[next++]!)!;
        expect(sidesOf(is)).toEqual(bestFirst(book));
        expect([is.sequence_number, is.received_us]).toEqual([
          last!.sequence_number,
          last!.received_us,
        ]);
      };
      for await (const update of session!) {
        while (next < MOMENTS && update.received_us > times[next]!) compare();
        apply(book, update);
        last = update;
      }
      while (next < MOMENTS) compare();
    },
    LONG_MS,
  );
});

const START_MS = 1_790_000_000_000;
const START_US = START_MS * 1000;
const TOKEN = TOY_IMPLIED.tokenId;
const TRADE = { market: TOY_IMPLIED.market, asset_id: TOKEN, event_type: "last_trade_price" };

/** A recorder of a token that says what it is told to say, a second apart. */
class SmallRecording implements AsyncDisposable {
  readonly venue = new ToyVenue();
  readonly folder = temporaryFolder("memory");
  readonly clock = new VirtualClock(START_MS);
  #writer: StorageWriter | undefined;
  /** Updates. */
  #said = 0;

  async open(): Promise<this> {
    const ports = { fs: systemFs, clock: this.clock, random: systemRandom };
    const config = { basePath: this.folder.path, roll: "hour" } as const;
    this.#writer = await StorageWriter.open(config, ports);
    return this;
  }

  get writer(): StorageWriter {
    return this.#writer!;
  }

  get store(): Promise<Store> {
    return Store.open(this.folder.path);
  }

  /** Stores a text, and gives the time of its arrival. */
  async say(text: string, lagMs = 5): Promise<number> {
    const receivedUs = this.clock.nowUs() + lagMs * 1000;
    for (const { event, place } of decode(text)) {
      this.#said++;
      await this.writer.writeUpdate(TOKEN, event, undefined, { receivedUs, socket: 1, place });
    }
    this.clock.advance(1000);
    return receivedUs;
  }

  get nowMs(): string {
    return String(this.clock.nowUs() / 1000);
  }

  opening(): Promise<number> {
    return this.say(this.venue.bookText(this.nowMs, true));
  }

  /** A bid at 0.45. */
  bid(size: string): Promise<number> {
    return this.say(this.venue.bid(this.nowMs, "0.45", size));
  }

  note(kind: string, cause: string): Promise<void> {
    const us = this.clock.nowUs();
    const note = marketEvent("note", { kind, cause, from_us: us, to_us: us, updates: 0 });
    return this.writer.writeUpdate(TOKEN, note);
  }

  /** Waits until the disk has all that was said. */
  async #settled(store: Store): Promise<void> {
    for (;;) {
      let updates = 0;
      for (const session of await store.sessions({ token: TOKEN })) {
        for await (const { update_type } of session) if (update_type !== "note") updates++;
      }
      if (updates === this.#said) return;
      // What waits for a write that is under way is written at the next look.
      this.clock.advance(100);
      await Bun.sleep(1);
    }
  }

  /** What the best bids are at times. */
  async bids(times: readonly number[]): Promise<(string | undefined)[]> {
    const store = await this.store;
    await this.#settled(store);
    const books = times.map((time) => store.bookAt({ token: TOKEN, time }));
    return (await Promise.all(books)).map((book) => book?.bids[0]?.[1]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.writer.shutdown();
    this.folder[Symbol.dispose]();
  }
}

describe("a session that is being written", () => {
  test("has its book from the journal, from blocks, and from both", async () => {
    await using recording = await new SmallRecording().open();
    const times = [await recording.opening()];
    for (const size of ["1", "2"]) times.push(await recording.bid(size));
    expect(await recording.bids([START_US, ...times])).toEqual([undefined, "10", "1", "2"]);
    await recording.writer.flush();
    expect(await recording.bids(times)).toEqual(["10", "1", "2"]);
    for (const size of ["3", "0"]) times.push(await recording.bid(size));
    expect(await recording.bids([...times, times[4]! + 1e9])).toEqual([
      ...["10", "1", "2", "3"],
      // The bid at 0.45 is gone.
      ...["10", "10"],
    ]);
  });

  test("does not apply again what came twice", async () => {
    await using recording = await new SmallRecording().open();
    await recording.opening();
    const message = recording.venue.bid(recording.nowMs, "0.45", "7");
    await recording.say(message);
    await recording.bid("8");
    await recording.say(message);
    const us = await recording.say(recording.venue.bid(recording.nowMs, "0.3", "1"));
    expect(await recording.bids([us])).toEqual(["8"]);
  });
});

test("the hash is the one of that very book: within a group there is none", async () => {
  await using recording = await new SmallRecording().open();
  const { venue } = recording;
  const first = await recording.opening();
  const ms = recording.nowMs;
  for (const price of ["0.41", "0.42"]) venue.apply({ price, size: "5", side: "BUY" });
  const entries = ["0.41", "0.42"].map((price) =>
    venue.entry({ price, size: "5", side: "BUY" }, ms),
  );
  // Two messages of one moment share its hash.
  const inGroup = await recording.say(venue.text([entries[0]], ms));
  const atEnd = await recording.say(venue.text([entries[1]], ms));
  const hash = venue.hash(ms);
  await recording.bid("1");
  await recording.writer.flush();
  const store = await recording.store;
  const at = (time: number) => store.bookAt({ token: TOKEN, time });
  expect(await at(first)).toMatchObject({ verdict: "matched", tick_size: "0.01" });
  expect(await at(inGroup)).toMatchObject({ hash: null, verdict: null, venue_ms: null });
  expect(await at(atEnd)).toMatchObject({ hash, verdict: "matched", venue_ms: Number(ms) });
});

test("by the venue's clock a book is what the venue had then", async () => {
  await using recording = await new SmallRecording().open();
  await recording.opening();
  for (let i = 1; i <= 40; i++) {
    await recording.bid(String(i));
    if (i % 10 === 0) await recording.writer.flush();
  }
  await recording.writer.flush();
  const store = await recording.store;
  for (let i = 1; i < 40; i++) {
    const ms = START_MS + i * 1000;
    const question = { token: TOKEN, clock: "venue" } as const;
    expect((await store.bookAt({ ...question, time: ms }))?.bids[0]).toEqual(["0.45", String(i)]);
    const before = await store.bookAt({ ...question, time: ms - 1 });
    expect(before?.bids[0]?.[1]).toBe(i === 1 ? "10" : String(i - 1));
    // The recorder heard of it five milliseconds later.
    const received = await store.bookAt({ token: TOKEN, time: ms });
    expect(received?.sequence_number).toBe(i);
  }
});

test("a moment finds its session through a roll, and none after the last", async () => {
  await using recording = await new SmallRecording().open();
  await recording.opening();
  const times: number[] = [];
  for (let i = 1; i <= 5; i++) {
    times.push(await recording.bid(String(i)));
    // What has no folder yet does not roll.
    await recording.writer.flush();
    recording.clock.advance(1_200_000);
  }
  await recording.writer.shutdown();
  const store = await recording.store;
  expect((await store.sessions({ token: TOKEN })).length).toBe(2);
  expect(await recording.bids(times)).toEqual(["1", "2", "3", "4", "5"]);
  // Between the last update of a session and the first of the next one.
  expect(await recording.bids(times.map((us) => us - 1))).toEqual(["10", "1", "2", "3", "4"]);
  expect(await recording.bids([times[4]! + 1e6])).toEqual([undefined]);
  const [first] = await store.sessions({ token: TOKEN, to: times[0]! });
  expect((await first!.bookAt(times[4]!))?.received_us).toBeLessThan(times[4]!);
});

test("an interruption is told until a book comes", async () => {
  await using recording = await new SmallRecording().open();
  await recording.opening();
  const before = await recording.bid("1");
  await recording.note("interrupted", "disconnect");
  recording.clock.advance(1000);
  const within = recording.clock.nowUs();
  recording.clock.advance(1000);
  const after = await recording.opening();
  await recording.writer.flush();
  const store = await recording.store;
  const causes = [before, within, after].map(async (time) => {
    return (await store.bookAt({ token: TOKEN, time }))?.interrupted;
  });
  expect(await Promise.all(causes)).toEqual([null, "disconnect", null]);
});

test("a trade's price is told as the books spell it, wherever it comes from", async () => {
  await using recording = await new SmallRecording().open();
  const { venue } = recording;
  const times = [await recording.opening()];
  const trade = { ...TRADE, price: "0.45", size: "1", side: "BUY" };
  const text = () => JSON.stringify({ ...trade, timestamp: recording.nowMs });
  times.push(await recording.say(text()));
  venue.values = { ...venue.values, lastTradePrice: "0.450" };
  times.push(await recording.bid("1"));
  // The next block begins with the price that its hashes need.
  await recording.writer.flush();
  times.push(await recording.bid("2"));
  await recording.writer.flush();
  const store = await recording.store;
  const books = times.map((time) => store.bookAt({ token: TOKEN, time }));
  const prices = (await Promise.all(books)).map((book) => book?.last_trade_price);
  expect(prices).toEqual(["0.500", "0.450", "0.450", "0.450"]);
});

test("a book goes on from a moment with the updates behind it", async () => {
  await using recording = await new SmallRecording().open();
  await recording.opening();
  const us = await recording.bid("1");
  for (const size of ["2", "3"]) await recording.bid(size);
  await recording.writer.flush();
  const store = await recording.store;
  const [session] = await store.sessions({ token: TOKEN });
  const start = await session!.bookAt(us);
  const book = new RunningBook(start!);
  for await (const update of session!.updates({ from: us + 1 })) book.apply(update);
  expect(book.keyframe()?.bids.at(-1)).toEqual(["0.45", "3"]);
});
