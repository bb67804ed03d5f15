import { sumSpans } from "../book/coverage-sums.ts";
import type { Span } from "../book/token-ledger.ts";
import type { CoverageSums } from "../format/metadata.ts";
import type { TokenCoverage } from "../read/coverage.ts";
import { Store } from "../read/store.ts";
import { timeUs } from "../read/time.ts";
import { command, EXIT } from "./command.ts";
import { percentText, table, timeText, tokenText } from "./format.ts";
import { Output, say } from "./output.ts";
import { readArgs, selectionOf, TIMES_HELP } from "./read-flags.ts";
import { storeArgument } from "./store-argument.ts";

const NAME = "coverage";

export const coverageCommand = command({
  summary: "Tell what of each token's time was recorded, and how well it is proven",
  details: `Every moment is in one span. verified: the venue's own hash of the whole book was met at the end of
the span, and nothing was missing in it that anybody could see. That proves the book at that moment,
not each change before it: one that was lost and overwritten before the next hash leaves no trace,
and trades are recorded, not proven. unverified: received without a break, but no hash proves it.
suspect: a hash contradicts the book. gap: not received or not stored, with its cause. A quiet token
is verified as long as the venue says the same hash; one that never had a book is a gap (no-snapshot).
The time from the first update to the last is looked at, unless --from and --to say otherwise.
${TIMES_HELP}`,
  examples: [
    "polybot coverage ./data",
    "polybot coverage ./data --token 1234 --from 2026-11-22T00:00:00Z --to 2026-11-23T00:00:00Z",
    "polybot coverage ./data --json",
  ],
  args: {
    store: storeArgument,
    ...readArgs,
    json: { type: "boolean", default: false, description: "one JSON object a token" },
  },
  async run({ store, token, from, to, json }) {
    const source = new Store(store);
    const selection = await selectionOf(NAME, source, { token, from, to }, timeUs);
    const output = new Output();
    const lines: Line[] = [];
    for await (const covered of source.coverage(selection)) {
      if (output.closed) return EXIT.ok;
      const line = { covered, sums: sumSpans(covered.spans) };
      if (json) await output.line(coverageJson(line));
      else lines.push(line);
    }
    if (lines.length > 0) await output.line(coverageText(lines));
    await output.flush();
    if (!json && lines.length === 0) say(`${store} has no updates of a token yet`);
    return EXIT.ok;
  },
});

interface Line {
  readonly covered: TokenCoverage;
  readonly sums: CoverageSums;
}

function coverageJson({ covered, sums }: Line): string {
  const spans = covered.spans.map(({ state, cause, fromUs: from_us, toUs: to_us }) => {
    return { state, cause, from_us, to_us };
  });
  return JSON.stringify({ ...covered, ...sums, spans });
}

function coverageText(lines: readonly Line[]): string {
  const header = ["TOKEN", "VERIFIED", "UNVERIFIED", "SUSPECT", "GAPS", "IN GAPS", "LONGEST"];
  const rows = lines.map(({ covered, sums }) => {
    const share = (us: number) => percentText(us, covered.to_us - covered.from_us);
    return [
      tokenText(covered.token_id, covered),
      share(sums.verified_us),
      share(sums.unverified_us),
      share(sums.suspect_us),
      String(sums.gaps),
      durationText(sums.gap_us),
      durationText(sums.longest_gap_us),
    ];
  });
  const text = [table(header, rows, new Set([1, 2, 3, 4, 5, 6]))];
  for (const { covered } of lines) {
    const told = covered.spans.filter(({ state }) => state === "gap" || state === "suspect");
    if (told.length > 0) text.push("", tokenText(covered.token_id, covered), ...told.map(spanText));
  }
  return text.join("\n");
}

function spanText({ state, cause, fromUs, toUs }: Span): string {
  const from = timeText(Math.floor(fromUs / 1000));
  const to = timeText(Math.floor(toUs / 1000));
  return `  ${from} to ${to} UTC  ${state}  ${cause}  ${durationText(toUs - fromUs)}`;
}

function durationText(us: number): string {
  const s = us / 1e6;
  if (s < 60) return `${s.toFixed(3)} s`;
  const whole = Math.round(s);
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor((whole % 3600) / 60);
  const rest = `${minutes} min ${whole % 60} s`;
  return hours === 0 ? rest : `${hours} h ${rest}`;
}
