import type { Names } from "../format/metadata.ts";

/** How figures and names look to people. */

const UNITS = ["B", "kB", "MB", "GB", "TB"];

/** Bytes in units of 1,000, three digits: `1.23 MB`. */
export function bytesText(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < UNITS.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 ? value : value.toPrecision(3)} ${UNITS[unit]}`;
}

/** Three places behind the point; never 100 % where a moment is missing. */
export function percentText(part: number, whole: number): string {
  if (whole <= 0) return "-";
  return `${(Math.floor((part / whole) * 100_000) / 1000).toFixed(3)} %`;
}

/** Epoch milliseconds as `2026-11-22 13:45:00.123`, UTC. */
export function timeText(epochMs: number): string {
  return new Date(epochMs).toISOString().replace("T", " ").replace("Z", "");
}

/** What to call a token: its market and outcome if known, else the ends of its id. */
export function tokenText(tokenId: string, names: Pick<Names, "slug" | "outcome">): string {
  if (tokenId === "") return "(channel)";
  if (names.slug !== "") return `${names.slug} ${names.outcome}`.trimEnd();
  return tokenId.length > 13 ? `${tokenId.slice(0, 6)}…${tokenId.slice(-6)}` : tokenId;
}

/** Columns of text, each as wide as its widest cell; numbers belong to the right. */
export function table(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  right: ReadonlySet<number> = new Set(),
): string {
  const widths = header.map((title, i) =>
    Math.max(title.length, ...rows.map((row) => row[i]!.length)),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, i) => (right.has(i) ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!)))
      .join("  ")
      .trimEnd();
  return [header, ...rows].map(line).join("\n");
}
