import { describe, expect, test } from "bun:test";
import { readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { CHUNK_KIND } from "../../src/format/chunk.ts";
import { RECORD, RecordReader } from "../../src/format/journal-record.ts";
import { scanBytes } from "../../src/format/scan-bytes.ts";
import { decode } from "../../src/polymarket/decode.ts";
import { systemClock } from "../../src/ports/clock.ts";
import { systemFs } from "../../src/ports/fs.ts";
import { systemRandom } from "../../src/ports/random.ts";
import { VirtualClock } from "../../src/ports/virtual-clock.ts";
import { readSegment } from "../../src/read/segment-reader.ts";
import { describeSession } from "../../src/read/session-description.ts";
import { Store } from "../../src/read/store.ts";
import { verify } from "../../src/read/verify.ts";
import type { Recovery } from "../../src/store/recovery.ts";
import { repair } from "../../src/store/repair.ts";
import type { StorageConfig } from "../../src/store/storage-config.ts";
import { StorageWriter } from "../../src/store/storage-writer.ts";
import { TOY_IMPLIED, ToyVenue } from "../book/toy-venue.ts";
import { FaultyFs } from "../faulty-fs.ts";
import { temporaryFolder } from "../polybot-process.ts";
import { BOOK, change, MARKET, TOKEN, updatesIn } from "./writer-parts.ts";

async function openFaulty(config: StorageConfig): Promise<[StorageWriter, FaultyFs]> {
  const fs = new FaultyFs();
  const ports = { fs, clock: systemClock, random: systemRandom };
  return [await StorageWriter.open(config, ports), fs];
}

describe("a storage writer in trouble with its disk", () => {
  test("makes callers wait while the queue is full, and loses nothing", async () => {
    using folder = temporaryFolder();
    const [writer, fs] = await openFaulty({ basePath: folder.path, bufferSize: 1500 });
    let release = () => {};
    fs.held = new Promise((resolve) => {
      release = resolve;
    });
    let written = 0;
    const work = (async () => {
      for (; written < 5000; written++)
        await writer.writeUpdate(TOKEN, change("0.4", String(written)));
    })();
    await Bun.sleep(50);
    // The call that reached the limit waits, and all after it.
    const waitsAt = written;
    expect(waitsAt).toBe(1499);
    expect(writer.full).toBe(true);
    await Bun.sleep(50);
    expect(written).toBe(waitsAt);
    release();
    await work;
    await writer.shutdown();
    const sizes = (await updatesIn(folder.path)).map(({ data }) => data.size);
    expect(sizes).toEqual(Array.from({ length: 5000 }, (_, i) => String(i)));
  });

  test("takes short writes, and outlives a full disk without losing or doubling an update", async () => {
    using folder = temporaryFolder();
    const [writer, fs] = await openFaulty({ basePath: folder.path });
    fs.writeBytesMax = 7;
    for (let i = 0; i < 1500; i++) await writer.writeUpdate(TOKEN, change("0.4", String(i)));
    await writer.flush();
    fs.writeBytesMax = Number.POSITIVE_INFINITY;
    const token = join(folder.path, "stream/market", TOKEN);
    const segment = join(token, readdirSync(token)[0]!, "updates/000000001.bin");
    for (const code of ["ENOSPC", "EIO", "EROFS"]) {
      const sizeBefore = statSync(segment).size;
      fs.failWith = code;
      for (let i = 0; i < 1000; i++) await writer.writeUpdate(TOKEN, change("0.4", `${i}`));
      while (writer.trouble === undefined) await Bun.sleep(5);
      expect(writer.trouble).toMatchObject({ code });
      // What the disk took of the write is cut off again.
      expect(statSync(segment).size).toBe(sizeBefore);
      fs.failWith = undefined;
      await writer.flush();
      expect(writer.trouble).toBeUndefined();
    }
    await writer.shutdown();
    const updates = await updatesIn(folder.path);
    expect(updates.map(({ sequence_number }) => sequence_number)).toEqual(
      Array.from({ length: 4500 }, (_, i) => i + 1),
    );
    expect((await verify(await new Store(folder.path).folders())).problems).toEqual([]);
  });

  test("ends with an error that counts what a dead disk lost, and hurts nothing written before", async () => {
    using folder = temporaryFolder();
    const [writer, fs] = await openFaulty({ basePath: folder.path });
    for (let i = 0; i < 100; i++) await writer.writeUpdate(TOKEN, change("0.4", String(i)));
    await writer.flush();
    fs.failWith = "ENOSPC";
    for (let i = 0; i < 30; i++) await writer.writeUpdate(TOKEN, change("0.4", String(i)));
    await expect(writer.shutdown()).rejects.toMatchObject({ code: "WRITE_FAILED" });
    expect(writer.counts).toMatchObject({ lost: 30 });
    expect(writer.phase(TOKEN)).toBe("crashed");
    expect(await updatesIn(folder.path)).toHaveLength(100);
  });

  test("a token whose files cannot be made does not stop the others", async () => {
    using folder = temporaryFolder();
    const writer = await StorageWriter.open({ basePath: folder.path });
    await Bun.write(join(folder.path, "stream/market", TOKEN), "in the way");
    await writer.writeUpdate(TOKEN, change("0.4", "1"));
    await expect(writer.flush()).rejects.toMatchObject({ code: "WRITE_FAILED" });
    await expect(writer.writeUpdate(TOKEN, change("0.4", "2"))).rejects.toMatchObject({
      code: "WRITE_FAILED",
    });
    await writer.writeUpdate("77", change("0.4", "1"));
    await writer.endSession("77");
    expect(statSync(join(folder.path, "stream/market/77")).isDirectory()).toBe(true);
    await expect(writer.shutdown()).rejects.toMatchObject({ code: "WRITE_FAILED" });
  });

  test("syncs the journal on flush, and the segment and every folder above it on seal", async () => {
    using folder = temporaryFolder();
    const [writer, fs] = await openFaulty({ basePath: folder.path, sync: "os" });
    expect(fs.synced).toContain(folder.path);
    await writer.writeSnapshot(TOKEN, BOOK, MARKET, "");
    fs.synced.length = 0;
    await writer.flush();
    const journal = join(folder.path, "stream/journal", writer.recorderId);
    expect(fs.synced).toEqual([join(journal, "000000001.wal"), journal]);
    const token = join(folder.path, "stream/market", TOKEN);
    const session = join(token, readdirSync(token)[0]!);
    const segment = join(session, "updates/000000001.bin");
    const folders = [join(session, "updates"), session, token, join(folder.path, "stream/market")];
    fs.synced.length = 0;
    await writer.shutdown();
    for (const path of [segment, join(session, "snapshot.bin"), ...folders]) {
      expect(fs.synced).toContain(path);
    }
    expect(fs.synced.some((path) => path.includes("metadata.bin"))).toBe(true);
    // A recorder that ended well leaves nothing of its own.
    expect(readdirSync(join(folder.path, "stream/journal"))).toEqual(["claims.sqlite"]);
  });

  test("writes again to another file what a failed sync may have lost, and believes no sync of the first", async () => {
    using folder = temporaryFolder();
    const [writer, fs] = await openFaulty({ basePath: folder.path, sync: "os" });
    await writer.writeUpdate(TOKEN, change("0.4", "1"));
    fs.failSyncWith = "EIO";
    const flushed = writer.flush();
    while (writer.trouble === undefined) await Bun.sleep(5);
    expect(writer.trouble).toMatchObject({ code: "EIO" });
    fs.failSyncWith = undefined;
    fs.synced.length = 0;
    await flushed;
    expect(writer.trouble).toBeUndefined();
    const journals = fs.synced
      .filter((path) => path.endsWith(".wal"))
      .map((path) => basename(path));
    expect(journals).not.toContain("000000001.wal");
    expect(journals.length).toBeGreaterThan(0);
    const again = join(folder.path, "stream/journal", writer.recorderId, journals[0]!);
    const records = [...scanBytes(readFileSync(again))].flatMap((part) => {
      if (part.kind !== "chunk" || part.header.kind !== CHUNK_KIND.journal) return [];
      const reader = new RecordReader(part.stored);
      const kinds: number[] = [];
      while (reader.next()) kinds.push(reader.kind);
      return kinds;
    });
    expect(records).toContain(RECORD.session);
    expect(records.filter((kind) => kind === RECORD.update)).toHaveLength(1);
    await writer.shutdown();
    expect(await updatesIn(folder.path)).toHaveLength(1);
    expect(writer.counts).toEqual({ stored: 1, skipped: 0, lost: 0 });
  });

  test("waits for a full disk at the end once, not once for every job", async () => {
    using folder = temporaryFolder();
    const fs = new FaultyFs();
    let slept = 0;
    const sleep = async (ms: number) => {
      slept += ms;
    };
    const clock = { ...systemClock, sleep, monotonicMs: () => slept };
    const writer = await StorageWriter.open(
      { basePath: folder.path },
      { fs, clock, random: systemRandom },
    );
    for (let token = 1; token <= 20; token++) {
      await writer.writeUpdate(String(token), change("0.4", "1"));
    }
    await writer.flush();
    fs.failWith = "ENOSPC";
    for (let i = 0; i < 20_000; i++) {
      void writer.writeUpdate(String(1 + (i % 20)), change("0.4", String(i)));
    }
    const before = slept;
    await expect(writer.shutdown()).rejects.toMatchObject({ code: "WRITE_FAILED" });
    expect(slept - before).toBeLessThanOrEqual(5000);
    expect(writer.counts).toEqual({ stored: 20, skipped: 0, lost: 20_000 });
  });

  test("tells in the next session what it skipped at the end of the one before", async () => {
    using folder = temporaryFolder();
    const hourMs = Date.UTC(2026, 10, 23, 15);
    // A look of each 250 ms comes before the end of the hour, and none in the last 100.
    const clock = new VirtualClock(hourMs - 1100);
    const ports = { fs: systemFs, clock, random: systemRandom };
    const config = { basePath: folder.path, roll: "hour" } as const;
    const writer = await StorageWriter.open(config, ports);
    await writer.writeSnapshot(TOKEN, BOOK, MARKET, "");
    // What has no folder yet does not roll.
    await writer.flush();
    clock.advance(1050);
    const skippedUs = clock.nowUs();
    writer.skip(TOKEN, change("0.41", "2"), "overflow");
    clock.advance(60);
    await writer.writeSnapshot(TOKEN, BOOK, MARKET, "");
    await writer.shutdown();
    expect(await new Store(folder.path).folders()).toHaveLength(2);
    const [, gap, ...others] = await updatesIn(folder.path);
    expect(gap!.data).toMatchObject({
      kind: "gap",
      cause: "overflow",
      updates: 1,
      from_us: skippedUs,
    });
    expect(others.map(({ update_type, data }) => data.kind ?? update_type)).toEqual([
      "book",
      "roll",
    ]);
  });

  test("goes on in another session after a while, with the book, the names and the losses", async () => {
    using folder = temporaryFolder();
    const clock = new VirtualClock();
    const ports = { fs: systemFs, clock, random: systemRandom };
    const writer = await StorageWriter.open({ basePath: folder.path }, ports);
    const inTheWay = join(folder.path, "stream/market", TOKEN);
    await Bun.write(inTheWay, "");
    const startUs = clock.nowUs();
    await writer.writeSnapshot(TOKEN, BOOK, MARKET, "Yes");
    writer.skip(TOKEN, change("0.41", "2"), "overflow");
    // The note of the skipped one goes down with the block of this one.
    await writer.writeUpdate(TOKEN, change("0.415", "9"));
    await expect(writer.flush()).rejects.toMatchObject({ code: "WRITE_FAILED" });
    clock.advance(5);
    const refused = writer.writeUpdate(TOKEN, change("0.42", "3"));
    await expect(refused).rejects.toMatchObject({ code: "WRITE_FAILED" });
    writer.skip(TOKEN, change("0.43", "4"), "overflow");
    rmSync(inTheWay);
    clock.advance(10_000);
    await writer.writeUpdate(TOKEN, change("0.44", "5"));
    await writer.shutdown();

    const updates = await updatesIn(folder.path);
    const told = updates.map(({ update_type, data }) => [
      update_type,
      data.cause ?? data.outcome ?? data.size,
    ]);
    expect(told).toEqual([
      ["note", "write-failed"],
      ["price_change", "5"],
      ["note", "Yes"],
    ]);
    // Those that were refused, up to the next that was not: what came before is in the journal.
    const fromUs = startUs + 5000;
    const to_us = updates[1]!.received_us;
    expect(to_us).toBeGreaterThan(fromUs);
    expect(updates[0]!.data).toMatchObject({ updates: 2, from_us: fromUs, to_us });
    expect(updates[2]!.verdict).toBe("unverifiable");
    const [session] = await new Store(folder.path).folders();
    const identity = await session!.identity(undefined);
    for await (const part of readSegment(systemFs, (await session!.segments())[0]!, identity)) {
      if (part.kind !== "block") continue;
      const bids = ["0.4 10", "0.41 2", "0.415 9", "0.42 3", "0.43 4"];
      expect(part.block.keyframe?.bids.map((level) => level.join(" "))).toEqual(bids);
    }
    expect((await describeSession(session!)).outcome).toBe("Yes");
    expect(writer.counts).toEqual({ stored: 3, skipped: 1, lost: 2 });

    const recovered: Recovery[] = [];
    const next = await StorageWriter.open(
      { basePath: folder.path, onRecovered: (recovery) => recovered.push(recovery) },
      ports,
    );
    await next.recovered();
    await next.shutdown();
    expect(recovered).toMatchObject([{ failure: undefined, sessions: [{ lost: 0 }] }]);
    const all = await updatesIn(folder.path);
    const changes = all.filter(({ update_type }) => update_type === "price_change");
    expect(changes.map(({ data }) => data.size).sort()).toEqual(["5", "9"]);
    const sessions = await new Store(folder.path).folders();
    expect(await verify(sessions)).toMatchObject({ open: 0, problems: [] });
  });

  test("goes on in its market, though its first update then names none", async () => {
    using folder = temporaryFolder();
    const clock = new VirtualClock();
    const ports = { fs: systemFs, clock, random: systemRandom };
    const writer = await StorageWriter.open({ basePath: folder.path }, ports);
    const { tokenId } = TOY_IMPLIED;
    const inTheWay = join(folder.path, "stream/market", tokenId);
    await Bun.write(inTheWay, "");
    const venue = new ToyVenue();
    const tell = async (text: string) => {
      for (const { event } of decode(text)) await writer.writeUpdate(tokenId, event);
    };
    await tell(venue.bookText("1000", true));
    await expect(writer.flush()).rejects.toMatchObject({ code: "WRITE_FAILED" });
    rmSync(inTheWay);
    clock.advance(10_000);
    await tell("what nobody knows");
    await tell(venue.bid("1001", "0.41", "5"));
    await writer.shutdown();
    const { problems, hashes } = await verify(await new Store(folder.path).folders());
    expect({ problems, hashes }).toMatchObject({ problems: [], hashes: { matched: 1 } });
  });

  test("a segment whose sync fails is written again to another, and readers take each update once", async () => {
    using folder = temporaryFolder();
    const [writer, fs] = await openFaulty({ basePath: folder.path, maxFileSizeMb: 0.02 });
    const sizes: string[] = [];
    fs.failedSegmentSyncs = 2;
    for (let i = 0; i < 9000; i++) {
      sizes.push(String(i * 7919));
      await writer.writeUpdate(TOKEN, change(`0.${1 + (i % 97)}`, sizes[i]!));
      if (i % 500 === 0) await Bun.sleep(1);
    }
    await writer.shutdown();
    expect(writer.counts).toEqual({ stored: 9000, skipped: 0, lost: 0 });
    const updates = await updatesIn(folder.path);
    expect(updates.map(({ data }) => data.size)).toEqual(sizes);
    const sessions = await new Store(folder.path).folders();
    expect(await verify(sessions)).toMatchObject({ updates: 9000, problems: [] });
    const resumed: number[] = [];
    for (const segment of await sessions[0]!.segments()) {
      for await (const part of readSegment(
        systemFs,
        segment,
        await sessions[0]!.identity(undefined),
      )) {
        if (part.kind === "head" && part.head.resumes) resumed.push(segment.number);
      }
    }
    expect(resumed.length).toBeGreaterThan(0);
  });

  test("a segment whose first write fails stays empty, and nothing is to be repaired", async () => {
    using folder = temporaryFolder();
    const [writer, fs] = await openFaulty({ basePath: folder.path });
    fs.failWritesWith = "EIO";
    for (let i = 0; i < 1500; i++) await writer.writeUpdate(TOKEN, change("0.4", String(i)));
    const token = join(folder.path, "stream/market", TOKEN);
    const segment = () => new Bun.Glob("*/updates/000000001.bin").scanSync(token).next().value;
    while (segment() === undefined || writer.trouble === undefined) await Bun.sleep(5);
    fs.failWritesWith = undefined;
    await writer.shutdown();
    expect(statSync(join(token, segment()!)).size).toBe(0);
    const sessions = await new Store(folder.path).folders();
    expect(await verify(sessions)).toMatchObject({ updates: 1500, problems: [] });
    const paths = sessions.map(({ path }) => path);
    expect(await repair(paths)).toMatchObject({ files: [], lost: [], left: [] });
  });

  test("what a full disk took before is durable, and counted as stored", async () => {
    using folder = temporaryFolder();
    const [writer, fs] = await openFaulty({ basePath: folder.path });
    for (let i = 0; i < 3000; i++) await writer.writeUpdate(TOKEN, change("0.4", String(i)));
    while (writer.queued > 0) await Bun.sleep(5);
    // Syncs and reads still work; nothing more can be written.
    fs.failWritesWith = "ENOSPC";
    await expect(writer.shutdown()).rejects.toMatchObject({ code: "WRITE_FAILED" });
    const onDisk = (await updatesIn(folder.path)).length;
    expect(writer.counts).toEqual({ stored: onDisk, skipped: 0, lost: 3000 - onDisk });
    expect(onDisk).toBeGreaterThan(0);
    expect(fs.synced.some((path) => path.endsWith("000000001.bin"))).toBe(true);
  });

  test("flushes and seals more sessions than files may be open", async () => {
    using folder = temporaryFolder("memory");
    const writer = await StorageWriter.open({ basePath: folder.path });
    const tokens = 1200;
    for (let token = 1; token <= tokens; token++) {
      await writer.writeUpdate(String(token), change("0.4", "1"));
    }
    await writer.flush();
    expect(readdirSync("/proc/self/fd").length).toBeLessThan(600);
    for (let token = 1; token <= tokens; token++) {
      await writer.writeUpdate(String(token), change("0.4", "2"));
    }
    await Promise.all([writer.flush(), writer.endSession("1"), writer.flush()]);
    expect(writer.phase("1")).toBe("sealed");
    await writer.shutdown();
    expect(writer.counts).toEqual({ stored: 2 * tokens, skipped: 0, lost: 0 });
    expect(await verify(await new Store(folder.path).folders())).toMatchObject({
      sessions: tokens,
      updates: 2 * tokens,
      open: 0,
      damaged: 0,
    });
  });
});
