import { describe, expect, test } from "bun:test";
import type { FaultKind } from "../../src/exchange/faults/fault-kinds.ts";
import { VirtualClock } from "../../src/ports/virtual-clock.ts";
import { Supervisor } from "../../src/recorder/supervisor.ts";
import type { StorageWriter } from "../../src/store/storage-writer.ts";
import { VirtualRecording } from "./virtual-recording.ts";
import { WatchedBooks } from "./watched-books.ts";

const WARM_UP_MS = 20_000;
const STEP_MS = 500;
/** The tokens of one market. */
const ALL = ["0", "1"];

/** Loses entries of a token until its fresh book is asked for, with a fault that strikes it then. */
async function untilAsked(
  recording: VirtualRecording,
  token: string,
  kind?: FaultKind,
): Promise<void> {
  const { exchange } = recording.venue;
  if (kind !== undefined) exchange.addFault({ kind, token });
  while (recording.recorder.summary().refetches === 0) {
    exchange.addFault({ kind: "lost-entry", token });
    await recording.run(STEP_MS, STEP_MS);
  }
  exchange.faults.removeAll();
}

async function started(): Promise<{ recording: VirtualRecording; token: string }> {
  const recording = await VirtualRecording.start({ markets: 2, rate: 60, seed: 1 });
  await recording.run(WARM_UP_MS);
  return { recording, token: recording.venue.tokenIds[0]! };
}

describe("a book that is fetched afresh", () => {
  test("interrupts no other token, and leaves notes from the asking to the fresh book", async () => {
    const { recording, token } = await started();
    await using _ = recording;
    const openings = () => recording.venue.tokenIds.map((id) => recording.openings.get(id));
    expect(openings()).toEqual([1, 1, 1, 1]);
    await untilAsked(recording, token);
    await recording.run(5_000);
    expect(openings()).toEqual([2, 1, 1, 1]);
    const [asked, came, ...others] = recording.notesOf("refetch");
    expect(others).toEqual([]);
    expect(asked).toMatchObject({ tokenId: token, cause: "a fresh book is asked for" });
    expect(asked!.to_us).toBe(asked!.from_us);
    expect(came).toMatchObject({ tokenId: token, from_us: asked!.from_us });
    expect(came).toMatchObject({ cause: "a fresh book came" });
    expect(recording.recorder.summary()).toMatchObject({ suspect: 1, refetches: 1 });
    expect((await recording.verify()).problems).toEqual([]);
  });

  test("is asked for on another socket if none comes, and its neighbours stay", async () => {
    const { recording, token } = await started();
    await using _ = recording;
    await untilAsked(recording, token, "invalid-operation");
    await recording.run(15_000);
    expect(recording.notesOf("no-snapshot")).toMatchObject([
      { cause: "1 opening books have not come" },
    ]);
    expect(recording.writer.sockets).toEqual([1, 2]);
    const openings = recording.venue.tokenIds.map((id) => recording.openings.get(id));
    expect(openings).toEqual([2, 1, 1, 1]);
    expect(recording.notesOf("refetch").map(({ cause }) => cause)).toEqual([
      "a fresh book is asked for",
      "a fresh book came",
    ]);
    expect(recording.recorder.summary()).toMatchObject({ suspect: 1, refetches: 1 });
    expect(recording.proven).toHaveLength(4);
  });

  test("is not noted as come when the socket has ended meanwhile: that is another one", () => {
    const clock = new VirtualClock();
    const books = new WatchedBooks(1);
    books.miss(0, 0.1, 1);
    const said: string[] = [];
    const writer = {
      watched: () => books.list,
      judge: () => {},
      judgeLast: () => {},
    } as unknown as StorageWriter;
    const supervisor = new Supervisor({
      writer,
      clock,
      note: ({ kind, cause }) => void (kind === "refetch" && said.push(cause)),
      refetch: (tokenId) => void said.push(tokenId),
      clockStepped: () => {},
      warn: () => {},
    });
    supervisor.start();
    supervisor.connected(ALL);
    clock.advance(4_000);
    supervisor.booked("1");
    supervisor.disconnected(ALL);
    supervisor.connected(ALL);
    clock.advance(60_000);
    supervisor.booked("0");
    expect(said).toEqual(["a fresh book is asked for", "0"]);
  });

  test("is not asked for where the last hash, not judged so far, shows the book to be right", () => {
    const clock = new VirtualClock();
    const books = new WatchedBooks(1);
    books.miss(0, 0.1, 1);
    const said: string[] = [];
    const writer = {
      watched: () => books.list,
      judge: () => {},
      judgeLast: (tokenId: string) => books.prove(Number(tokenId), 1.5),
    } as unknown as StorageWriter;
    const supervisor = new Supervisor({
      writer,
      clock,
      note: ({ kind }) => void said.push(kind),
      refetch: (tokenId) => void said.push(tokenId),
      clockStepped: () => {},
      warn: (text) => void said.push(text),
    });
    supervisor.start();
    supervisor.connected(ALL);
    clock.advance(6_000);
    expect(said).toEqual([]);
  });
});
