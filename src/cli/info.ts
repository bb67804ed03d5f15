import { addCoverage, noCoverage } from "../book/coverage-sums.ts";
import type { CoverageSums } from "../format/metadata.ts";
import { type LagCounts, lagOf, sumLags } from "../format/receive-lag.ts";
import { verdictText } from "../observe/verdict-text.ts";
import { describeSessions, type SessionDescription } from "../read/session-description.ts";
import { Store } from "../read/store.ts";
import { command, EXIT } from "./command.ts";
import { bytesText, percentText, timeText } from "./format.ts";
import { sessionTable } from "./ls.ts";
import { Output } from "./output.ts";
import { storeArgument } from "./store-argument.ts";

export const infoCommand = command({
  summary: "Sum up a store, a token or a session",
  examples: ["polybot info ./data", "polybot info ./data/stream/market/1234 --json"],
  args: {
    store: storeArgument,
    json: { type: "boolean", default: false, description: "one JSON object" },
  },
  async run({ store, json }) {
    const source = new Store(store);
    const sessions: SessionDescription[] = [];
    for await (const session of describeSessions(await source.folders())) sessions.push(session);
    const sums = sumUp(source.path, sessions);
    const output = new Output();
    await output.line(json ? JSON.stringify({ ...sums, sessions }) : sumText(sums, sessions));
    await output.flush();
    return EXIT.ok;
  },
});

interface Sums {
  readonly path: string;
  readonly tokens: number;
  readonly open: number;
  readonly segments: number;
  readonly updates: number;
  /** Of all segments. */
  readonly bytes: number;
  readonly bytes_per_update: number | null;
  /** Receive times of the first and last update, epoch milliseconds. */
  readonly start_timestamp: number | null;
  readonly end_timestamp: number | null;
  /** What came of the hashes of the sealed sessions, by name; `null` without one. */
  readonly hashes: Readonly<Record<string, number>> | null;
  /** Of the sealed sessions, each by itself: the time between them is in none. */
  readonly coverage: CoverageSums | null;
  readonly receive_lag: LagCounts | null;
}

function sumUp(path: string, sessions: readonly SessionDescription[]): Sums {
  const sum = (of: (session: SessionDescription) => number) =>
    sessions.reduce((total, session) => total + of(session), 0);
  const updates = sum((session) => session.update_count);
  const bytes = sum((session) => session.bytes);
  const ends = sessions.flatMap(({ end_timestamp }) => end_timestamp ?? []);
  const tokens = new Set(sessions.map(({ token_id }) => token_id).filter((id) => id !== ""));
  return {
    path,
    tokens: tokens.size,
    open: sessions.filter(({ state }) => state === "open").length,
    segments: sum((session) => session.segments),
    updates,
    bytes,
    bytes_per_update: updates === 0 ? null : Math.round((bytes / updates) * 100) / 100,
    start_timestamp:
      sessions.length === 0 ? null : Math.min(...sessions.map((s) => s.start_timestamp)),
    end_timestamp: ends.length === 0 ? null : Math.max(...ends),
    hashes: sumHashes(sessions),
    coverage: sumCoverage(sessions),
    receive_lag: sumLag(sessions),
  };
}

function sumCoverage(sessions: readonly SessionDescription[]): CoverageSums | null {
  const covered = sessions.flatMap(({ coverage }) => coverage ?? []);
  if (covered.length === 0) return null;
  const sums = noCoverage();
  for (const coverage of covered) addCoverage(sums, coverage);
  return sums;
}

function sumLag(sessions: readonly SessionDescription[]): LagCounts | null {
  const lags = sessions.flatMap(({ receive_lag }) => (receive_lag === null ? [] : [receive_lag]));
  return lags.length === 0 ? null : sumLags(lags);
}

function coverageText(coverage: CoverageSums): string {
  const { verified_us, unverified_us, suspect_us, gap_us, gaps, longest_gap_us } = coverage;
  const all = verified_us + unverified_us + suspect_us + gap_us;
  const share = (us: number) => percentText(us, all);
  const inGaps = gaps === 0 ? "no gaps" : `${gaps} gaps, the longest ${longest_gap_us / 1e6} s`;
  return `${share(verified_us)} of the time verified, ${share(unverified_us)} unverified, ${share(suspect_us)} suspect, ${inGaps}`;
}

function sumHashes(sessions: readonly SessionDescription[]): Record<string, number> | null {
  const ofTokens = sessions.filter(({ token_id }) => token_id !== "");
  const counted = ofTokens.flatMap(({ hashes }) => (hashes === null ? [] : [hashes]));
  if (counted.length === 0) return null;
  const sums: Record<string, number> = {};
  for (const [name, count] of counted.flatMap((counts) => Object.entries(counts))) {
    sums[name] = (sums[name] ?? 0) + count;
  }
  return sums;
}

function sumText(sums: Sums, sessions: readonly SessionDescription[]): string {
  const { path, tokens, open, segments, updates, bytes, bytes_per_update, hashes } = sums;
  const lines = [
    path,
    `  ${sessions.length} sessions of ${tokens} tokens, ${open} of them open`,
    `  ${updates} updates in ${segments} segments, ${bytesText(bytes)}`,
  ];
  if (bytes_per_update !== null) lines.push(`  ${bytes_per_update} bytes an update`);
  if (sums.start_timestamp !== null && sums.end_timestamp !== null) {
    lines.push(`  ${timeText(sums.start_timestamp)} to ${timeText(sums.end_timestamp)} UTC`);
  }
  const [only] = sessions;
  if (sessions.length === 1 && only !== undefined) {
    if (only.question !== "") lines.push(`  ${only.question} - ${only.outcome}`);
    lines.push(`  token ${only.token_id || "(channel)"}`, `  market ${only.market}`);
  }
  if (hashes !== null) {
    lines.push(`  ${verdictText(hashes)}${open > 0 ? " (open sessions not counted)" : ""}`);
  }
  if (sums.coverage !== null) lines.push(`  ${coverageText(sums.coverage)}`);
  const [half, most] = [0.5, 0.99].map((part) => lagOf(sums.receive_lag ?? [], part));
  if (half !== undefined) {
    lines.push(
      `  half of the changes received within ${half} ms of the venue's stamp, 99 % within ${most} ms`,
    );
  }
  if (sessions.length > 0) lines.push("", sessionTable(sessions));
  return lines.join("\n");
}
