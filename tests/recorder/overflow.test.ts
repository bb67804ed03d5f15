import { expect, test } from "bun:test";
import type { Span } from "../../src/book/token-ledger.ts";
import { coverage } from "../../src/read/coverage.ts";
import { FaultyFs } from "../faulty-fs.ts";
import { temporaryFolder } from "../polybot-process.ts";
import { readAll, startInProcess } from "./in-process.ts";
import { VirtualRecording } from "./virtual-recording.ts";

const TOKEN = "11";

function change(i: number): string {
  const entry = {
    asset_id: TOKEN,
    price: "0.5",
    size: String(i),
    side: "BUY",
    hash: "ab".repeat(20),
  };
  return JSON.stringify({
    market: "0xabc",
    price_changes: [entry],
    timestamp: String(1_790_000_000_000 + i),
    event_type: "price_change",
  });
}

const BOOK = JSON.stringify([
  {
    market: "0xabc",
    asset_id: TOKEN,
    timestamp: "1",
    hash: "",
    bids: [],
    asks: [],
    event_type: "book",
  },
]);

for (const [cause, trouble] of [
  ["overflow", undefined],
  ["disk-full", "ENOSPC"],
] as const) {
  test(`a disk that does not follow costs updates that are counted and told: ${cause}`, async () => {
    using folder = temporaryFolder();
    const fs = new FaultyFs();
    const config = { basePath: folder.path, bufferSize: 500 };
    const { peer, recorder, writer, troubles } = await startInProcess([TOKEN], config, { fs });
    peer.socket.message(BOOK);
    await writer.flush();

    let release = () => {};
    if (trouble === undefined) {
      fs.held = new Promise((resolve) => {
        release = resolve;
      });
    } else {
      fs.failWith = trouble;
    }
    let sent = 0;
    while (!writer.full) peer.socket.message(change(++sent));
    // The disk's own failure is known once a write was tried.
    while (trouble !== undefined && writer.trouble === undefined) await Bun.sleep(5);
    for (let i = 0; i < 300; i++) peer.socket.message(change(++sent));
    release();
    fs.failWith = undefined;
    for (let i = 0; i < 10; i++) {
      // The block before the gap is as many updates as may wait.
      while (writer.queued > 0) await Bun.sleep(1);
      peer.socket.message(change(++sent));
    }
    await recorder.stop();

    const summary = recorder.summary();
    expect(summary.received).toBe(sent + 1);
    expect(summary.dropped).toBe(300);
    expect(summary.stored + summary.dropped).toBe(summary.received);
    const ofDisk = troubles.filter((text) => !text.startsWith("names are missing"));
    expect(ofDisk).toHaveLength(1);

    const printed = await readAll(folder.path);
    const notes = printed.filter(({ update_type }) => update_type === "note");
    expect(notes.map(({ data }) => [data.kind, data.cause, data.updates])).toEqual([
      ["gap", cause, 300],
    ]);
    const sizes = printed.flatMap(({ data }) => ("size" in data ? [Number(data.size)] : []));
    const stored = sent - 300;
    expect(sizes).toEqual([
      ...Array.from({ length: stored - 10 }, (_, i) => i + 1),
      ...Array.from({ length: 10 }, (_, i) => sent - 9 + i),
    ]);
  });
}

test("a single update that is not stored is a gap, and what is noted meanwhile is kept", async () => {
  await using recording = await VirtualRecording.start({ markets: 2, rate: 20, seed: 1 });
  await recording.run(10_000);
  const { venue, writer } = recording;
  let full = false;
  Object.defineProperty(writer, "full", { get: () => full });
  // All at once: between two looks of the writer, which has room by itself.
  const beforeUs = venue.clock.nowUs();
  const skipped = writer.counts.skipped;
  full = true;
  while (writer.counts.skipped === skipped) venue.run(10);
  full = false;
  await recording.run(10_000);
  full = true;
  venue.exchange.addFault({ kind: "drop" });
  venue.run(1);
  full = false;
  await recording.run(10_000);
  await recording.verify();
  const overflows: Span[] = [];
  for await (const { spans } of coverage(await recording.sessions())) {
    overflows.push(...spans.filter(({ cause }) => cause === "overflow"));
  }
  expect(overflows.length).toBeGreaterThan(0);
  for (const { state, fromUs, toUs } of overflows) {
    expect(state).toBe("gap");
    expect(fromUs).toBeGreaterThanOrEqual(beforeUs);
    expect(toUs).toBeGreaterThan(fromUs);
    expect(toUs - beforeUs).toBeLessThan(1_000_000);
  }
  const interrupted = recording.notesOf("interrupted").map(({ tokenId }) => tokenId);
  const readBack = (await recording.stored()).filter(({ data }) => data.kind === "interrupted");
  expect(readBack.map(({ token_id }) => token_id).toSorted()).toEqual(interrupted.toSorted());
  expect(interrupted).toHaveLength(4);
});

test("trouble is told once while it lasts, and again when it was away for an hour", async () => {
  await using recording = await VirtualRecording.start({ markets: 1, rate: 2, seed: 1 });
  let full = false;
  Object.defineProperty(recording.writer, "full", { get: () => full });
  const told = () => recording.warnings.filter((text) => text.includes("the disk does not follow"));
  const run = async (isFull: boolean, minutes: number) => {
    full = isFull;
    await recording.run(minutes * 60_000, 60_000);
    return told().length;
  };
  await run(false, 1);
  expect(await run(true, 80)).toBe(1);
  await run(false, 30);
  expect(await run(true, 1)).toBe(1);
  await run(false, 61);
  expect(await run(true, 1)).toBe(2);
});
