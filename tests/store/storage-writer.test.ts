import { describe, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { PolybotError } from "../../src/format/error.ts";
import { TEXT_LENGTH_MAX } from "../../src/format/limits.ts";
import { fieldsOf, marketEvent, rawEvent } from "../../src/format/market-event.ts";
import { systemFs } from "../../src/ports/fs.ts";
import { seededRandom, systemRandom } from "../../src/ports/random.ts";
import { VirtualClock } from "../../src/ports/virtual-clock.ts";
import { describeSession } from "../../src/read/session-description.ts";
import { SessionReader } from "../../src/read/session-reader.ts";
import { Store } from "../../src/read/store.ts";
import { verify } from "../../src/read/verify.ts";
import { ownArrival } from "../../src/store/arrival.ts";
import { BinaryStorage } from "../../src/store/binary-storage.ts";
import { StorageWriter } from "../../src/store/storage-writer.ts";
import { temporaryFolder } from "../polybot-process.ts";
import { BOOK, change, MARKET, TOKEN, updatesIn } from "./writer-parts.ts";

describe("a storage writer", () => {
  test("writes the structures that were asked for, under their names", async () => {
    using folder = temporaryFolder();
    const writer = await StorageWriter.open({ basePath: folder.path });
    await writer.writeSnapshot(TOKEN, BOOK, MARKET, "Yes");
    await writer.writeUpdate(TOKEN, change("0.41", "5"));
    expect(["opening", "open"]).toContain(writer.phase(TOKEN)!);
    await writer.shutdown();
    expect(writer.phase(TOKEN)).toBe("sealed");

    const [session] = await new Store(folder.path).folders();
    const storage = new BinaryStorage(systemFs);
    const snapshot = await storage.readSnapshot(join(session!.path, "snapshot.bin"));
    expect(snapshot).toMatchObject({
      version: 0,
      token_id: TOKEN,
      market: MARKET,
      bids: [["0.4", "10"]],
      asks: [["0.6", "20"]],
      tick_size: "0.01",
      hash: null,
    });
    const metadata = await storage.readMetadata(join(session!.path, "metadata.bin"));
    expect(metadata).toMatchObject({
      version: 0,
      token_id: TOKEN,
      session_id: expect.stringMatching(/^\d{8}-\d{2}-\d{2}-\d{2}$/),
      update_count: 3,
      market: MARKET,
      outcome: "Yes",
      end_reason: "end",
    });
    const segment = await storage.readSegment(join(session!.path, "updates/000000001.bin"));
    expect(segment.at(-1)).toMatchObject({ kind: "end", end: "sealed" });

    const updates = await updatesIn(folder.path);
    expect(updates.map(({ update_type }) => update_type)).toEqual(["book", "note", "price_change"]);
    expect(updates[2]!.data).toEqual({
      price: "0.41",
      size: "5",
      side: "BUY",
      hash: "aa".repeat(20),
      timestamp: "1790000000000",
    });
  });

  test("tells each cause of skipped updates by itself", async () => {
    using folder = temporaryFolder();
    const writer = await StorageWriter.open({ basePath: folder.path });
    writer.skip(TOKEN, change("0.4", "1"), "overflow");
    writer.skip(TOKEN, change("0.4", "2"), "overflow");
    writer.skip(TOKEN, change("0.4", "3"), "disk-full");
    await writer.shutdown();
    const notes = (await updatesIn(folder.path)).map(({ data }) => [data.cause, data.updates]);
    expect(notes).toEqual([
      ["overflow", 2],
      ["disk-full", 1],
    ]);
  });

  test("a session ends with its latest receive time, whatever came last", async () => {
    using folder = temporaryFolder();
    const writer = await StorageWriter.open({ basePath: folder.path });
    const at = (receivedUs: number) => ({ ...ownArrival(receivedUs), socket: 1 });
    await writer.writeUpdate(TOKEN, change("0.4", "1"), undefined, at(1_790_000_000_000_000));
    await writer.writeUpdate(TOKEN, change("0.4", "2"), undefined, at(1_790_000_005_000_000));
    // The clock was set back.
    await writer.writeUpdate(TOKEN, change("0.4", "3"), undefined, at(1_790_000_001_000_000));
    await writer.shutdown();
    const [session] = await new Store(folder.path).folders();
    expect(await describeSession(session!)).toMatchObject({
      start_timestamp: 1_790_000_000_000,
      end_timestamp: 1_790_000_005_000,
    });
    expect((await verify([session!])).problems).toEqual([]);
    const range = { from: 1_790_000_001_000_000, to: 1_790_000_001_000_000 };
    const found: unknown[] = [];
    for await (const { data } of new SessionReader(session!).updates(range)) found.push(data.size);
    expect(found).toEqual(["3"]);
  });

  test("adds a hash that the event does not carry", async () => {
    using folder = temporaryFolder();
    const writer = await StorageWriter.open({ basePath: folder.path });
    const event = marketEvent("price_change", {
      market: MARKET,
      price: "0.5",
      size: "1",
      side: "BUY",
    });
    await writer.writeUpdate(TOKEN, event, "bb".repeat(20));
    await writer.shutdown();
    expect((await updatesIn(folder.path))[0]!.data.hash).toBe("bb".repeat(20));
  });

  test("makes everything durable and readable with flush, and goes on", async () => {
    using folder = temporaryFolder();
    const writer = await StorageWriter.open({ basePath: folder.path });
    for (let i = 0; i < 10; i++) await writer.writeUpdate(TOKEN, change("0.4", String(i)));
    await writer.flush();
    expect(await updatesIn(folder.path)).toHaveLength(10);
    expect((await verify(await new Store(folder.path).folders())).problems).toEqual([]);
    await writer.writeUpdate(TOKEN, change("0.4", "10"));
    await writer.shutdown();
    expect((await updatesIn(folder.path)).map(({ sequence_number }) => sequence_number)).toEqual(
      Array.from({ length: 11 }, (_, i) => i + 1),
    );
  });

  test("no segment is longer than the limit, its index included", async () => {
    for (const maxFileSizeMb of [0.005, 0.01, 0.0333]) {
      using folder = temporaryFolder();
      const writer = await StorageWriter.open({ basePath: folder.path, maxFileSizeMb });
      const random = seededRandom(7);
      await writer.writeSnapshot(TOKEN, BOOK, MARKET, "");
      for (let i = 0; i < 10_000; i++) {
        const price = `0.${1 + Math.floor(random() * 98)}`;
        await writer.writeUpdate(TOKEN, change(price, String(Math.floor(random() * 1e6))));
      }
      await writer.shutdown();
      const [session] = await new Store(folder.path).folders();
      const segments = await session!.segments();
      expect(segments.length).toBeGreaterThan(1);
      for (const { bytes } of segments) expect(bytes).toBeLessThanOrEqual(maxFileSizeMb * 1e6);
      expect((await describeSession(session!)).update_count).toBe(10_001);
    }
  });

  test("ends one session and opens the next for the same token under a free id", async () => {
    using folder = temporaryFolder();
    const writer = await StorageWriter.open({ basePath: folder.path });
    for (let i = 0; i < 3; i++) {
      await writer.writeUpdate(TOKEN, change("0.4", "1"));
      await writer.endSession(TOKEN);
    }
    await writer.shutdown();
    const sessions = await new Store(folder.path).folders();
    expect(new Set(sessions.map(({ path }) => path)).size).toBe(3);
    const updates = await updatesIn(folder.path);
    expect(updates.map(({ sequence_number }) => sequence_number)).toEqual([1, 1, 1]);
  });

  test("does nothing when it is not enabled", async () => {
    using folder = temporaryFolder();
    const basePath = join(folder.path, "data");
    const clock = new VirtualClock();
    const ports = { fs: systemFs, clock, random: systemRandom };
    const writer = await StorageWriter.open({ basePath, enabled: false }, ports);
    await writer.writeUpdate(TOKEN, change("0.4", "1"));
    // Nobody who has not enabled it need shut it down for the process to end.
    expect(clock.timers).toBe(0);
    await writer.shutdown();
    expect(readdirSync(folder.path)).toEqual([]);
  });

  test("refuses what it cannot do with a code", async () => {
    using folder = temporaryFolder();
    const writer = await StorageWriter.open({ basePath: folder.path });
    const codeOf = async (run: () => unknown) => {
      try {
        await run();
        return "none";
      } catch (error) {
        return error instanceof PolybotError ? error.code : error;
      }
    };
    expect(await codeOf(() => writer.claim(["../x"]))).toBe("BAD_INPUT");
    expect(await codeOf(() => writer.writeUpdate("../x", change("1", "1")))).toBe("BAD_INPUT");
    await writer.shutdown();
    expect(await codeOf(() => writer.writeUpdate(TOKEN, change("1", "1")))).toBe("WRITER_CLOSED");
    const zero = { basePath: folder.path, maxFileSizeMb: 0 };
    expect(await codeOf(() => StorageWriter.open(zero))).toBe("BAD_INPUT");
  });

  test("tells of skipped updates in a gap note, and goes on from the running book", async () => {
    using folder = temporaryFolder();
    const writer = await StorageWriter.open({ basePath: folder.path });
    await writer.writeSnapshot(TOKEN, BOOK, MARKET, "");
    writer.skip(TOKEN, change("0.45", "7"), "overflow");
    writer.skip(TOKEN, change("0.4", "0"), "overflow");
    await writer.writeUpdate(TOKEN, change("0.46", "8"));
    writer.skip(TOKEN, change("0.47", "1"), "disk-full");
    await writer.shutdown();

    const updates = await updatesIn(folder.path);
    const told = updates.map(({ update_type, data }) => [update_type, data.cause, data.updates]);
    expect(told).toEqual([
      ["book", undefined, undefined],
      ["note", "overflow", 2],
      ["price_change", undefined, undefined],
      ["note", "disk-full", 1],
    ]);
    const [session] = await new Store(folder.path).folders();
    const [segment] = await session!.segments();
    const keyframes: unknown[] = [];
    const { readSegment } = await import("../../src/read/segment-reader.ts");
    const identity = await session!.identity(undefined);
    for await (const part of readSegment(systemFs, segment!, identity)) {
      if (part.kind === "block") keyframes.push(part.block.keyframe?.bids ?? null);
    }
    expect(keyframes).toEqual([
      null,
      [["0.45", "7"]],
      [
        ["0.45", "7"],
        ["0.46", "8"],
        ["0.47", "1"],
      ],
    ]);
  });

  test("keeps a quiet token's block open for hours; its updates can be read all the same", async () => {
    using folder = temporaryFolder();
    const clock = new VirtualClock();
    const ports = { fs: systemFs, clock, random: systemRandom };
    const writer = await StorageWriter.open({ basePath: folder.path }, ports);
    await writer.writeUpdate(TOKEN, change("0.4", "1"));
    for (let hour = 0; hour < 3; hour++) {
      clock.advance(3_600_000);
      // The virtual clock says when; the disk is real and takes its time.
      while (writer.queued > 0) await Bun.sleep(5);
    }
    const [session] = await new Store(folder.path).folders();
    expect(await session!.segments()).toEqual([]);
    expect(await updatesIn(folder.path)).toMatchObject([{ verdict: "pending" }]);
    await writer.shutdown();
    expect(clock.timers).toBe(0);
  });

  test("flush resolves though updates keep coming", async () => {
    using folder = temporaryFolder();
    const writer = await StorageWriter.open({ basePath: folder.path });
    let stop = false;
    const steady = (async () => {
      for (let i = 0; !stop; i++) {
        await writer.writeUpdate(TOKEN, change("0.4", String(i)));
        if (i % 1000 === 0) await Bun.sleep(0);
      }
    })();
    await Bun.sleep(20);
    await writer.flush();
    stop = true;
    await steady;
    await writer.shutdown();
    const [session] = await new Store(folder.path).folders();
    expect((await describeSession(session!)).update_count).toBe(writer.counts.stored);
  });

  test("keeps books, changes and odd texts exactly as given", async () => {
    using folder = temporaryFolder();
    const writer = await StorageWriter.open({ basePath: folder.path });
    const events = [
      marketEvent("book", { market: MARKET, bids: [{ price: ".5", size: "1e-3" }], asks: [] }),
      change("0.50", "12345678901234567890.123456789"),
      change("00.5", ""),
      marketEvent("best_bid_ask", { best_bid: "", best_ask: "1", n: 1e21, deep: { a: [null] } }),
      marketEvent("book", { market: MARKET, bids: [{ price: "0.5", size: "2", x: 1 }], asks: [] }),
    ];
    for (const event of events) await writer.writeUpdate(TOKEN, event);
    await writer.shutdown();
    const stored = (await updatesIn(folder.path)).map(({ event }) => fieldsOf(event));
    expect(stored).toEqual(events.map(fieldsOf));
  });

  test("refuses an arrival that no block can hold, and is as before", async () => {
    using folder = temporaryFolder();
    const writer = await StorageWriter.open({ basePath: folder.path });
    const book = (price: string) =>
      marketEvent("book", { market: MARKET, bids: [{ price, size: "1" }], asks: [] });
    const place = { element: 0, elements: 0, entry: 0, entries: 0, newline: false };
    const good = { receivedUs: 1_790_000_000_000_000, socket: 1, place };
    const bad = [
      { ...good, receivedUs: 1.5 },
      { ...good, receivedUs: -1 },
      { ...good, receivedUs: 2 ** 53 },
      { ...good, socket: 1.5 },
      { ...good, socket: -1 },
      { ...good, place: { ...place, entry: Number.NaN } },
    ];
    await writer.writeUpdate(TOKEN, book("0.1"), undefined, good);
    for (const arrival of bad) {
      const wrong = writer.writeUpdate(TOKEN, book("0.2"), undefined, arrival);
      await expect(wrong).rejects.toMatchObject({ code: "BAD_INPUT" });
    }
    await writer.writeUpdate(TOKEN, book("0.2"), undefined, good);
    await writer.shutdown();
    const prices = (await updatesIn(folder.path)).map(({ data }) => data.bids);
    expect(prices).toEqual([[{ price: "0.1", size: "1" }], [{ price: "0.2", size: "1" }]]);
    expect(writer.counts).toEqual({ stored: 2, skipped: 0, lost: 0 });
  });

  test("an update that comes right behind the end of its session opens the next one", async () => {
    using folder = temporaryFolder();
    const writer = await StorageWriter.open({ basePath: folder.path });
    void writer.writeUpdate(TOKEN, change("0.4", "1"));
    const ends = [writer.endSession(TOKEN), writer.endSession(TOKEN)];
    void writer.writeUpdate(TOKEN, change("0.4", "2"));
    await Promise.all(ends);
    await writer.shutdown();
    const updates = await updatesIn(folder.path);
    expect(updates.map(({ sequence_number, data }) => [sequence_number, data.size])).toEqual([
      [1, "1"],
      [1, "2"],
    ]);
  });

  test("tells of a text that is too long to store, and counts it as skipped", async () => {
    using folder = temporaryFolder();
    const writer = await StorageWriter.open({ basePath: folder.path });
    await writer.writeUpdate(TOKEN, rawEvent("x".repeat(TEXT_LENGTH_MAX)));
    await writer.writeUpdate(TOKEN, change("0.4", "1"));
    await writer.shutdown();
    const updates = await updatesIn(folder.path);
    expect(updates.map(({ update_type, data }) => [update_type, data.cause])).toEqual([
      ["note", "too-long"],
      ["price_change", undefined],
    ]);
    expect(writer.counts).toEqual({ stored: 1, skipped: 1, lost: 0 });
  });
});
