import type { Clock } from "../ports/clock.ts";
import { timeUs } from "../read/time.ts";
import type { RunLimitsOptions } from "../recorder/run-limits.ts";
import { durationFlag, parsedFlag, usageError } from "./command.ts";

const RANGE = { minMs: 1_000, maxMs: 31_536_000_000 };
const FIRST_BOOK_MS = 60_000;

/** The flags that say for how long to record. */
export const timeArgs = {
  duration: { type: "string", valueHint: "time", description: "stop after so long, such as 1h" },
  until: { type: "string", valueHint: "time", description: "or stop at this time, in ISO 8601" },
  "first-book-within": {
    type: "string",
    valueHint: "time",
    description: "fail without any book by then; with --duration or --until 1m, otherwise never",
  },
} as const;

export interface TimeFlags {
  readonly duration: string | undefined;
  readonly until: string | undefined;
  readonly "first-book-within": string | undefined;
}

/** The limits from now on. Throws `USAGE`. */
export function timeLimitsOf(
  command: string,
  flags: TimeFlags,
  clock: Clock,
): Pick<RunLimitsOptions, "leftMs" | "firstBookMs"> {
  const { duration, until, "first-book-within": within } = flags;
  if (duration !== undefined && until !== undefined) {
    throw usageError(command, "--duration and --until exclude each other");
  }
  const firstBookMs =
    within === undefined
      ? FIRST_BOOK_MS
      : durationFlag(command, "first-book-within", within, RANGE);
  const leftMs = leftOf(command, { duration, until }, clock);
  const isHurried = within !== undefined || leftMs !== undefined;
  return { ...(leftMs !== undefined && { leftMs }), ...(isHurried && { firstBookMs }) };
}

function leftOf(
  command: string,
  { duration, until }: Pick<TimeFlags, "duration" | "until">,
  clock: Clock,
): (() => number) | undefined {
  if (duration !== undefined) {
    const endMs = clock.monotonicMs() + durationFlag(command, "duration", duration, RANGE);
    return () => endMs - clock.monotonicMs();
  }
  if (until === undefined) return undefined;
  const endUs = parsedFlag(command, "until", () => timeUs(until));
  const leftMs = () => (endUs - clock.nowUs()) / 1_000;
  if (leftMs() <= 0) throw usageError(command, `--until ${until} has passed`);
  return leftMs;
}
