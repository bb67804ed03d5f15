import { describe, expect, test } from "bun:test";
import { sumSpans } from "../../src/book/coverage-sums.ts";
import { parseFaults } from "../../src/exchange/faults/fault-spec.ts";
import { coverage } from "../../src/read/coverage.ts";
import { VirtualRecording } from "./virtual-recording.ts";

const AUDIT_MS = 60_000;

describe("an audit of quiet books", () => {
  test("proves them up to its question, and at the end", async () => {
    const options = { markets: 3, rate: 0, seed: 1, auditMs: AUDIT_MS };
    await using recording = await VirtualRecording.start(options);
    await recording.run(150_000);
    const audited = recording.notesOf("proof");
    expect(audited).toHaveLength(2 * 6);
    expect(audited.every(({ cause }) => cause === "audit")).toBe(true);
    const last = recording.recorder.audit();
    await recording.run(2_000);
    await last;
    expect((await recording.verify()).problems).toEqual([]);
    for await (const { spans } of coverage(await recording.sessions())) {
      expect(spans).toMatchObject([{ state: "verified" }]);
      expect(sumSpans(spans).verified_us).toBeGreaterThan(149_000_000);
    }
  });

  test("finds a token that has fallen silent within an interval", async () => {
    const options = { markets: 3, rate: 60, seed: 1, auditMs: AUDIT_MS };
    await using recording = await VirtualRecording.start(options);
    const { venue, recorder } = recording;
    await recording.run(10_000);
    const [token] = busiest(recording);
    const fromUs = venue.clock.nowUs();
    for (const spec of parseFaults(`stall-token,token=${token},for=15m`)) {
      venue.exchange.addFault(spec);
    }
    await recording.run(AUDIT_MS + 10_000);
    expect(recorder.summary().gaps).toBe(1);
    const begun = recording.notesOf("interrupted");
    expect(begun).toMatchObject([{ tokenId: token, cause: "silent" }]);
    expect(Math.abs(begun[0]!.from_us - fromUs)).toBeLessThan(2_000_000);
    expect(recording.warnings.join()).toContain("fallen silent");
    // Whoever was quiet, or traded, is not suspected.
    expect(recording.notesOf("suspect")).toEqual([]);
    await recording.verify();
    for await (const { token_id, spans } of coverage(await recording.sessions())) {
      const gaps = spans.filter(({ state }) => state === "gap");
      expect(gaps.map(({ cause }) => cause)).toEqual(token_id === token ? ["silent"] : []);
    }
  });

  test("takes an old copy for what it is, and no answer for none", async () => {
    const options = { markets: 3, rate: 60, seed: 1, auditMs: AUDIT_MS };
    await using recording = await VirtualRecording.start({
      ...options,
      faults: parseFaults("stale-book,ms=20s,p=1,rest-error,p=0.3"),
    });
    await recording.run(3 * AUDIT_MS + 10_000);
    expect(recording.notesOf("interrupted")).toEqual([]);
    expect(recording.recorder.summary()).toMatchObject({ gaps: 0, refetches: 0 });
  });
});

/** Tokens by how much is said of them, most first. */
function busiest({ venue }: VirtualRecording): string[] {
  const { markets } = venue.exchange.simulation;
  return markets
    .toSorted((a, b) => b.profile.weight - a.profile.weight)
    .flatMap(({ identity }) => identity.tokens.map(({ tokenId }) => tokenId));
}
