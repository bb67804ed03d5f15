export interface SentText {
  /** The connection, counted from 1. */
  readonly socket: number;
  readonly text: string;
}

interface LogLine {
  readonly socket: number;
  readonly text?: string;
}

/** The texts of an exchange's log in order; lines that tell of a fault have none. */
export async function* sentTexts(logFile: string): AsyncGenerator<SentText> {
  const log = await Bun.file(logFile).text();
  let start = 0;
  for (let end = log.indexOf("\n"); end !== -1; end = log.indexOf("\n", start)) {
    const { socket, text } = JSON.parse(log.slice(start, end)) as LogLine;
    start = end + 1;
    if (text !== undefined) yield { socket, text };
  }
}
