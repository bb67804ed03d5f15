import { describe, expect, test } from "bun:test";
import { VirtualClock } from "../../src/ports/virtual-clock.ts";
import { Supervisor } from "../../src/recorder/supervisor.ts";
import type { StorageWriter } from "../../src/store/storage-writer.ts";
import { VirtualRecording } from "./virtual-recording.ts";
import { WatchedBooks } from "./watched-books.ts";

const WARM_UP_MS = 20_000;
const STEP_MS = 500;
/** The tokens of one market. */
const ALL = ["0", "1"];

/** Loses entries of a token until its fresh book is asked for. */
async function untilAsked(recording: VirtualRecording, token: string): Promise<void> {
  const { exchange } = recording.venue;
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

  /** A supervisor of one market whose first token is missed on and on. */
  function supervised() {
    const clock = new VirtualClock();
    const books = new WatchedBooks(1);
    books.miss(0, 0.1, 1);
    const said: string[] = [];
    const at = (text: string) => said.push(`${clock.monotonicMs() / 1000} ${text}`);
    const writer = { watched: () => books.list, judge: () => {} } as unknown as StorageWriter;
    const supervisor = new Supervisor({
      writer,
      clock,
      note: ({ kind, cause }, tokenId) => kind === "refetch" && at(`note ${tokenId}: ${cause}`),
      refetch: (tokenId) => at(`refetch ${tokenId}`),
      warn: (text) => text.includes("no fresh book") && at(text),
    });
    supervisor.start();
    supervisor.connected(ALL);
    return { clock, supervisor, said };
  }

  const ASKED = ["3 note 0: a fresh book is asked for", "3 refetch 0"];

  test("is asked for once more if none comes, and then told of", () => {
    const { clock, supervisor, said } = supervised();
    clock.advance(60_000);
    expect(said).toEqual([
      ...ASKED,
      "13 refetch 0",
      "23 note 0: no fresh book came",
      "23 no fresh book of token 0 comes: it may have fallen silent",
    ]);
    expect(supervisor.refetches).toBe(2);
    supervisor.booked("0");
    expect(said).toHaveLength(5);
  });

  test("is not asked for again when one came, nor when the socket has ended", () => {
    const { clock, supervisor, said } = supervised();
    clock.advance(14_000);
    supervisor.booked("1");
    supervisor.booked("0");
    clock.advance(60_000);
    const came = [...ASKED, "13 refetch 0", "14 note 0: a fresh book came"];
    expect(said).toEqual(came);

    const other = supervised();
    other.clock.advance(4_000);
    other.supervisor.disconnected(ALL);
    other.supervisor.connected(ALL);
    other.clock.advance(60_000);
    expect(other.said).toEqual(ASKED);
  });
});
