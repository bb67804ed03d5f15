import type { LogLine } from "../../../src/exchange/exchange-log.ts";

type FaultLine = Extract<LogLine, { readonly fault: string }>;

/** Faults whose text never reached the client; after the others a spoilt or late one did. */
const WITHHELD: readonly string[] = ["stall-socket", "stall-token", "half-open", "lost"];

export function faultLines(log: readonly LogLine[], kind?: string): FaultLine[] {
  return log.filter(
    (line): line is FaultLine => "fault" in line && (kind === undefined || line.fault === kind),
  );
}

/** What a socket got. */
export function sentTexts(log: readonly LogLine[], socket: number): string[] {
  return log.flatMap((line) => (line.socket === socket && !("fault" in line) ? [line.text] : []));
}

/**
 * What a socket would have got without faults, from the log alone: what was withheld is put in
 * its place, and what was spoilt is replaced by the original, which stands right before it.
 */
export function intendedTexts(log: readonly LogLine[], socket: number): string[] {
  const texts: string[] = [];
  let original: string | undefined;
  for (const line of log) {
    if (line.socket !== socket || line.text === undefined) continue;
    if ("fault" in line && !WITHHELD.includes(line.fault)) {
      original ??= line.text;
      continue;
    }
    texts.push(original ?? line.text);
    original = undefined;
  }
  return texts;
}
