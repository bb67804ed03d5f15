import type { Summary } from "../recorder/counters.ts";
import { verdictText } from "./verdict-text.ts";

/** The one line that a recorder leaves behind, for a terminal, a log or a cron mail. */
export function summaryLine(summary: Summary): string {
  const { messages, received, stored, dropped, foreign, bytes } = summary;
  const parts = [
    `${summary.seconds.toFixed(1)} s`,
    `${summary.books} of ${summary.tokens} tokens with a book`,
    `${messages} messages`,
    `${received} updates received`,
    `${stored} stored`,
    `${dropped} dropped`,
    verdictText(summary.hashes),
    ...(summary.recipeDrift ? ["HASHES OF AN UNKNOWN RECIPE"] : []),
    `${summary.gaps} gaps`,
    `${summary.suspect} suspect`,
    `${foreign} of other tokens`,
    `${summary.sockets} sockets`,
    `${summary.reconnects} reconnects`,
    `${summary.queued} queued`,
    `${bytes} bytes received`,
  ];
  return `summary: ${parts.join(", ")}`;
}
