import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * Real messages of the market channel, from a folder that is no part of the repository: their
 * licences differ, and some are unknown. Tests that use them skip when the folder is not named.
 */
export const CAPTURES_VARIABLE = "POLYBOT_CAPTURES";

export interface CaptureFile {
  /** Path inside the folder of captures, such as `ssmd/ws_book_2026-02-12.jsonl`. */
  name: string;
  /** The texts of its WebSocket messages in order, none with a newline in it. */
  messages: string[];
}

/**
 * How the WebSocket captures are stored. Files that match nothing here (books by REST, answers
 * of Gamma, notes) hold no WebSocket message.
 */
const SOURCES: readonly { name: RegExp; messagesOf: (text: string) => string[] }[] = [
  { name: /^excerpts\/.*\.jsonl$/, messagesOf: messagesOfExcerpt },
  { name: /^ssmd\/.*\.jsonl$/, messagesOf: linesOf },
  { name: /^polypy\/ws_stream.*\.jsonl$/, messagesOf: linesOf },
  { name: /^polypy\/ws_and_rest_.*\.txt$/, messagesOf: messagesOfTranscript },
  { name: /^aaimek\/.*\.csv$/, messagesOf: messagesOfPriceChangeTable },
  { name: /^aaimek\/.*_example.*\.json$/, messagesOf: messageOfPrettyJson },
  { name: /^nautilus\/ws_.*\.json$/, messagesOf: messageOfPrettyJson },
];

/** Every capture with WebSocket messages, by name; `undefined` when no folder is named. */
export function readCaptures(): CaptureFile[] | undefined {
  const folder = process.env[CAPTURES_VARIABLE];
  if (folder === undefined || folder === "") return undefined;
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" }).sort();
  return names.flatMap((name) => {
    const source = SOURCES.find((candidate) => candidate.name.test(name));
    if (source === undefined) return [];
    return [{ name, messages: source.messagesOf(readFileSync(join(folder, name), "utf8")) }];
  });
}

function linesOf(text: string): string[] {
  return text.split("\n").filter((line) => line !== "");
}

/** A line is a message, or an object that holds the message's text as `raw`. */
function messagesOfExcerpt(text: string): string[] {
  return linesOf(text).map((line) => {
    const value: unknown = JSON.parse(line);
    return isRecord(value) && typeof value.raw === "string" ? value.raw : line;
  });
}

/**
 * A transcript of messages, REST books and headings. The messages are the lines that name their
 * event type, which a REST book does not.
 */
function messagesOfTranscript(text: string): string[] {
  return linesOf(text).filter((line) => {
    if (!line.startsWith("{")) return false;
    const value: unknown = JSON.parse(line);
    return isRecord(value) && "event_type" in value;
  });
}

function messageOfPrettyJson(text: string): string[] {
  return [JSON.stringify(JSON.parse(text))];
}

/** A database table of price changes, written back as the messages of its time. */
export function messagesOfPriceChangeTable(text: string): string[] {
  const [header = [], ...rows] = parseCsv(text);
  const columns = new Map(header.map((name, index) => [name, index]));
  return rows.map((row) => {
    const cell = (name: string): string => {
      const value = row[columns.get(name) ?? -1];
      if (value === undefined) throw new Error(`a row without ${name}: ${row.join(",")}`);
      return value;
    };
    return JSON.stringify({
      asset_id: cell("asset_id"),
      changes: inWireOrder(JSON.parse(cell("changes"))),
      event_type: "price_change",
      hash: cell("hash"),
      market: cell("market"),
      timestamp: epochMs(cell("timestamp")),
    });
  });
}

/** The database reordered the keys of each change; the wire had them like this. */
function inWireOrder(changes: { price: string; side: string; size: string }[]): unknown {
  return changes.map(({ price, side, size }) => ({ price, side, size }));
}

/** `2025-01-25 18:15:47.925 +0100` as epoch milliseconds. */
function epochMs(timestamp: string): string {
  const iso = timestamp.replace(/^(\S+) (\S+) ([+-]\d\d)(\d\d)$/, "$1T$2$3:$4");
  const milliseconds = Date.parse(iso);
  if (Number.isNaN(milliseconds)) throw new Error(`not a timestamp: ${timestamp}`);
  return String(milliseconds);
}

/**
 * The rows of a CSV text by RFC 4180: a field in double quotes may hold commas, newlines and
 * doubled quotes.
 */
export function parseCsv(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let position = 0;
  while (position < text.length) {
    const field = text[position] === '"' ? quotedField(text, position) : bareField(text, position);
    row.push(field.value);
    const comma = text[field.end] === ",";
    if (!comma || field.end === text.length - 1) {
      if (comma) row.push("");
      rows.push(row);
      row = [];
    }
    position = field.end + (text.startsWith("\r\n", field.end) ? 2 : 1);
  }
  return rows;
}

interface CsvField {
  value: string;
  /** Where the comma or newline after it stands, or the text's length. */
  end: number;
}

function bareField(text: string, start: number): CsvField {
  let end = start;
  while (end < text.length && !",\r\n".includes(text.charAt(end))) end += 1;
  return { value: text.slice(start, end), end };
}

function quotedField(text: string, start: number): CsvField {
  let value = "";
  let position = start + 1;
  for (;;) {
    const quote = text.indexOf('"', position);
    if (quote === -1) throw new Error(`an open quote at character ${start}`);
    value += text.slice(position, quote);
    if (text[quote + 1] !== '"') return { value, end: quote + 1 };
    value += '"';
    position = quote + 2;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
