import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { systemFs } from "../../src/ports/fs.ts";
import { describeSession } from "../../src/read/session-description.ts";
import { SessionReader } from "../../src/read/session-reader.ts";
import type { Update } from "../../src/read/update.ts";
import { BinaryStorage } from "../../src/store/binary-storage.ts";
import { rollUs } from "../../src/store/session-roll.ts";
import { VirtualRecording } from "./virtual-recording.ts";

const HOUR_US = 3_600_000_000;

describe("sessions", () => {
  test("roll at the end of the hour without a seam", async () => {
    const options = { markets: 4, rate: 300, oddities: 10, seed: 3 };
    await using recording = await VirtualRecording.start(options, { roll: "hour" });
    const { clock } = recording.venue;
    clock.stepUs = HOUR_US - (clock.nowUs() % HOUR_US) - 10_000_000;
    const boundaryUs = clock.nowUs() + 10_000_000;
    await recording.run(30_000);
    const verification = await recording.verify();
    expect(verification).toMatchObject({ problems: [], lost: 0, open: 0 });
    expect(recording.recorder.summary().hashes).toMatchObject({ missed: 0 });
    const byToken = new Map<string, { id: string; updates: Update[] }[]>();
    let received = 0;
    for (const session of await recording.sessions()) {
      const updates = await Array.fromAsync(new SessionReader(session));
      const metadata = await describeSession(session);
      const { token_id, session_id, predecessor, first_sequence } = metadata;
      const before = byToken.get(token_id) ?? [];
      byToken.set(token_id, [...before, { id: session_id, updates }]);
      received += updates.filter((update) => !isOfSession(update)).length;
      expect(metadata.update_count).toBe(updates.length);
      expect(updates[0]?.sequence_number).toBe(first_sequence);
      if (before.length === 0) continue;
      expect(predecessor).toBe(before[0]!.id);
      const path = join(session.path, "snapshot.bin");
      const { bids, asks } = await new BinaryStorage(systemFs).readSnapshot(path);
      expect(bids.length + asks.length).toBeGreaterThan(0);
    }
    expect(received).toBe(recording.recorder.summary().received);
    let rolled = 0;
    for (const tokenId of recording.venue.tokenIds) {
      const sessions = byToken.get(tokenId)!;
      // Of a quiet token nothing came behind the boundary with which it could roll.
      if (sessions.length === 1) {
        const late = sessions[0]!.updates.filter(({ received_us }) => received_us >= boundaryUs);
        expect(late.filter(({ update_type }) => update_type === "price_change")).toEqual([]);
        continue;
      }
      rolled++;
      const [before, after] = sessions.map(({ updates }) => updates);
      const sequences = [...before!, ...after!].map(({ sequence_number }) => sequence_number);
      expect(sequences).toEqual(sequences.map((_, i) => i + 1));
      // No socket was touched: nobody was sent a book again.
      expect(recording.openings.get(tokenId)).toBe(1);
      expect(after![0]!.received_us).toBeGreaterThanOrEqual(boundaryUs);
      expect([...before!, ...after!].filter(({ verdict }) => verdict === "pending")).toEqual([]);
    }
    expect(rolled).toBeGreaterThanOrEqual(4);
  });
});

test("a session's time is over at the end of its hour or day, or never", () => {
  const atUs = Date.UTC(2026, 10, 23, 14, 5) * 1000;
  expect(rollUs(atUs, "hour")).toBe(Date.UTC(2026, 10, 23, 15) * 1000);
  expect(rollUs(atUs, "day")).toBe(Date.UTC(2026, 10, 24) * 1000);
  expect(rollUs(Date.UTC(2026, 10, 24) * 1000, "day")).toBe(Date.UTC(2026, 10, 25) * 1000);
  expect(rollUs(atUs, "never")).toBe(Number.POSITIVE_INFINITY);
});

/** Notes that sessions make themselves, of their names and of whom they continue. */
function isOfSession(update: Update): boolean {
  return update.update_type === "note" && ["names", "roll"].includes(update.string("kind") ?? "");
}
