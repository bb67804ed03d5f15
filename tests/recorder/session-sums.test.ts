import { describe, expect, test } from "bun:test";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { sumSpans } from "../../src/book/coverage-sums.ts";
import { parseFaults } from "../../src/exchange/faults/fault-spec.ts";
import type { LagCounts } from "../../src/format/receive-lag.ts";
import { ReceiveLag } from "../../src/format/receive-lag.ts";
import { coverage } from "../../src/read/coverage.ts";
import { describeSession } from "../../src/read/session-description.ts";
import type { SessionFolder } from "../../src/read/session-folder.ts";
import { SessionReader } from "../../src/read/session-reader.ts";
import { repair } from "../../src/store/repair.ts";
import { VirtualRecording } from "./virtual-recording.ts";

const HOUR_US = 3_600_000_000;
/** What makes spans of every state, and hashes that only later ones prove. */
const FAULTS =
  "drop,every=1m,lost-entry,p=0.01,malformed,p=0.001,stall-token,every=70s,for=15s,delay,p=0.001,ms=900";

/** What a reader finds in a session, without its metadata. */
async function readSums(session: SessionFolder) {
  const [covered] = await Array.fromAsync(coverage([session]));
  const lag = new ReceiveLag();
  for await (const { update_type, received_us, data } of new SessionReader(session)) {
    if (update_type === "price_change") lag.add(received_us, Number(data.timestamp));
  }
  return { coverage: sumSpans(covered?.spans ?? []), receive_lag: lag.counts };
}

async function toldSums(session: SessionFolder) {
  const { token_id, coverage, receive_lag } = await describeSession(session);
  return token_id === "" ? undefined : { coverage, receive_lag };
}

function changesIn(counts: LagCounts): number {
  return counts.reduce((sum, [, changes]) => sum + changes, 0);
}

describe("what metadata sums up of a session", () => {
  const options = {
    ...{ markets: 4, rate: 50, oddities: 5, seed: 11, tokensPerSocket: 4 },
    faults: parseFaults(FAULTS),
  };

  test("is what a reader finds in it, before and behind a roll", async () => {
    await using recording = await VirtualRecording.start(options, { roll: "hour" });
    const { clock } = recording.venue;
    clock.stepUs = HOUR_US - (clock.nowUs() % HOUR_US) - 60_000_000;
    await recording.run(140_000);
    await recording.recorder.stop();
    const states = new Set<string>();
    let rolled = 0;
    let changes = 0;
    for (const session of await recording.sessions()) {
      const told = await toldSums(session);
      if (told === undefined) continue;
      expect(told).toEqual(await readSums(session));
      for (const [name, value] of Object.entries(told.coverage!)) if (value > 0) states.add(name);
      changes += changesIn(told.receive_lag!);
      if ((await describeSession(session)).predecessor !== null) rolled++;
    }
    expect([...states].sort()).toEqual(Object.keys(sumSpans([])).sort());
    expect(rolled).toBeGreaterThan(4);
    expect(changes).toBeGreaterThan(2000);
  });

  test("is made anew from the segments, of damaged ones too", async () => {
    await using recording = await VirtualRecording.start(options, { maxFileSizeMb: 0.002 });
    await recording.run(90_000);
    await recording.recorder.stop();
    const sessions = await recording.sessions();
    let lost = 0;
    for (const [i, session] of sessions.entries()) {
      const before = await toldSums(session);
      rmSync(join(session.path, "metadata.bin"));
      const segments = await session.segments();
      // A whole segment in the middle.
      const isHarmed = i % 2 === 0 && segments.length > 2;
      if (isHarmed) rmSync(segments[1]!.path);
      await repair([session.path]);
      const after = await toldSums(session);
      if (after === undefined) continue;
      expect(after).toEqual(await readSums(session));
      if (!isHarmed) expect(after).toEqual(before!);
      else if (after.coverage!.gap_us > before!.coverage!.gap_us) lost++;
    }
    expect(lost).toBeGreaterThan(0);
  });
});
