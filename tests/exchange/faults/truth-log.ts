import type { LogLine } from "../../../src/exchange/exchange-log.ts";

type FaultLine = Extract<LogLine, { readonly fault: string }>;

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
    if ("fault" in line && line.follows === true) {
      original ??= line.text;
      continue;
    }
    texts.push(original ?? line.text);
    original = undefined;
  }
  return texts;
}
