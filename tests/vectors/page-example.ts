import { decode, decodeMulti, encode } from "@msgpack/msgpack";
import { BLOCK_HEAD } from "../../src/format/block.ts";
import { KNOWN_SHAPES } from "../../src/format/known-shapes.ts";
import { HEADER_BYTES, HEADER_FIELDS, type HeaderField } from "../hostile-bytes.ts";
import { chunkRanges } from "../sample-segment.ts";
import {
  decodeSegment,
  encodeSegment,
  finishedBlocks,
  type SegmentSource,
} from "../segment-bytes.ts";

/** The worked example of docs/FORMAT.md: made here, written there by `make.ts`. */
export const PAGE_SOURCE: SegmentSource = {
  salt: 0x0a11ce,
  head: {
    fileKind: "segment",
    tokenId: "1001",
    market: "0xm",
    sessionId: "20301224-18-59-37",
    recorderId: "k7vqxw",
    segment: 1,
    firstSequence: 1,
  },
  blocks: [
    [
      {
        received_us: 1_924_369_177_000_000,
        socket: 1,
        text: '{"asset_id":"1001","bids":[{"price":"0.4","size":"10"}],"asks":[{"price":"0.60","size":"7.5"}],"event_type":"book"}',
      },
      {
        received_us: 1_924_369_177_250_000,
        socket: 1,
        text: `{"market":"0xm","price_changes":[{"asset_id":"1001","price":"0.41","size":"2","hash":"${"5e".repeat(20)}"}],"event_type":"price_change"}`,
      },
      { received_us: 1_924_369_177_251_000, socket: 1, text: "INVALID OPERATION" },
    ],
  ],
  sealed: true,
};

const ROW_BYTES = 16;

type Line = readonly [bytes: Uint8Array, note: string];

export const PAGE_PATH = `${import.meta.dir}/../../docs/FORMAT.md`;
export const PAGE_MARKS = /(<!-- example: [^>]*-->\n).*(<!-- \/example -->)/s;
export const SHAPES_MARKS = /(<!-- known shapes: [^>]*-->\n).*(<!-- \/known shapes -->)/s;

/** The table of known shapes as the page has it. */
export function knownShapesTable(): string {
  const rows = KNOWN_SHAPES.map(({ type, text }, number) => {
    return `| ${number} | ${type} | \`${JSON.stringify(text)}\` |`;
  });
  return ["| number | type | shape |", "|---|---|---|", ...rows].join("\n");
}

/** The example as the page shows it: an annotated dump, and what the bytes hold. */
export function pageExample(): string {
  const file = encodeSegment(PAGE_SOURCE);
  const ranges = chunkRanges(file);
  const chunks = ranges.slice(0, -1).map(({ start, end }) => file.subarray(start, end));
  const lines = [
    ...headerLines(chunks[0]!),
    ...textLines(payloadOf(chunks[0]!), "the file's head, MessagePack"),
    ...headerLines(chunks[1]!),
    ...blockLines(payloadOf(chunks[1]!)),
    ...headerLines(chunks[2]!),
    ...textLines(payloadOf(chunks[2]!), "the index, MessagePack"),
    ...tailLines(file.subarray(ranges.at(-1)!.start)),
  ];
  const { blocks } = decodeSegment(file, PAGE_SOURCE.head);
  return [
    fenced("hex", dump(lines)),
    "The file's head:",
    fenced("json", stated(fileHeadOf(file), 1)),
    "The block's head, its items under their names, bytes in hex:",
    fenced("json", stated(plain(namedHead(chunks[1]!)), 1)),
    "What a reader gives back:",
    fenced("json", stated(blocks, 4)),
  ].join("\n\n");
}

/** The head of a file, which is compressed if that helps. */
export function fileHeadOf(file: Uint8Array): unknown {
  const { stored } = payloadOf(file);
  return decode(
    file[HEADER_FIELDS.codec[0]] === 1 ? Bun.zstdDecompressSync(Uint8Array.from(stored)) : stored,
  );
}

/** The head of a block's chunk with the names of its items. */
export function namedHead(chunk: Uint8Array): unknown {
  const items = firstValueOf(chunk) as unknown[];
  return Object.fromEntries(BLOCK_HEAD.map((name, i) => [name, items[i]]));
}

/** The first MessagePack value of a chunk that is stored as it is. */
export function firstValueOf(chunk: Uint8Array): unknown {
  return decodeMulti(payloadOf(chunk).stored).next().value;
}

/** A value with its bytes in hex, as JSON can state it. */
export function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return new Uint8Array(value).toHex();
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
}

/** JSON with the outer levels on lines of their own, and compact inside. */
function stated(value: unknown, levels: number, indent = ""): string {
  const isTree = typeof value === "object" && value !== null && Object.keys(value).length > 0;
  if (!isTree || levels === 0) return JSON.stringify(value);
  const deeper = `${indent}  `;
  const items = Object.entries(value).map(([key, item]) => {
    const name = Array.isArray(value) ? "" : `${JSON.stringify(key)}: `;
    return `${deeper}${name}${stated(item, levels - 1, deeper)}`;
  });
  const [open, close] = Array.isArray(value) ? "[]" : "{}";
  return `${open}\n${items.join(",\n")}\n${indent}${close}`;
}

function fenced(language: string, text: string): string {
  return `\`\`\`${language}\n${text}\n\`\`\``;
}

function dump(lines: readonly Line[]): string {
  let offset = 0;
  return lines
    .map(([bytes, note]) => {
      const at = offset.toString(16).padStart(4, "0");
      const hex = Buffer.from(bytes)
        .toString("hex")
        .replaceAll(/..(?!$)/g, "$& ");
      offset += bytes.length;
      return `${at}  ${hex.padEnd(ROW_BYTES * 3)} ${note}`.trimEnd();
    })
    .join("\n");
}

/** A header's fields, one a line, each with its name and value. */
function headerLines(chunk: Uint8Array): Line[] {
  const view = new DataView(chunk.buffer, chunk.byteOffset);
  return (Object.keys(HEADER_FIELDS) as HeaderField[]).map((field): Line => {
    const [at, width] = HEADER_FIELDS[field];
    const bytes = chunk.subarray(at, at + width);
    if (field === "magic") return [bytes, "magic = PBOT"];
    if (width === 1) return [bytes, `${field} = ${view.getUint8(at)}`];
    const value = width === 4 ? view.getUint32(at, true) : view.getBigUint64(at, true);
    return [bytes, `${field} = ${value}`];
  });
}

function storedLengthOf(chunk: Uint8Array): number {
  const view = new DataView(chunk.buffer, chunk.byteOffset);
  return view.getUint32(HEADER_FIELDS.stored_length[0], true);
}

/** The stored payload of a chunk, and the padding behind it. */
function payloadOf(chunk: Uint8Array): { stored: Uint8Array; padding: Uint8Array } {
  const end = HEADER_BYTES + storedLengthOf(chunk);
  return { stored: chunk.subarray(HEADER_BYTES, end), padding: chunk.subarray(end) };
}

type Payload = ReturnType<typeof payloadOf>;

function textLines({ stored, padding }: Payload, note: string): Line[] {
  return [...rows(stored, note), ...paddingLines(padding)];
}

function paddingLines(padding: Uint8Array): Line[] {
  return padding.length > 0 ? [[padding, "padding"]] : [];
}

/** Rows of sixteen bytes; the note stands at the first, the others show their ASCII. */
function rows(bytes: Uint8Array, note: string): Line[] {
  const lines: Line[] = [];
  for (let at = 0; at < bytes.length; at += ROW_BYTES) {
    const row = bytes.subarray(at, at + ROW_BYTES);
    const ascii = Buffer.from(row)
      .toString("latin1")
      .replaceAll(/[^ -~]/g, ".");
    lines.push([row, at === 0 ? note : `| ${ascii}`]);
  }
  return lines;
}

/** A block's head, then every stored column under the name of its part. */
function blockLines({ stored, padding }: Payload): Line[] {
  const [, ...bins] = [...decodeMulti(stored)] as [unknown, ...Uint8Array[]];
  const bytes = bins.map((bin) => encode(bin));
  const headEnd = stored.length - bytes.reduce((sum, { length }) => sum + length, 0);
  const [{ parts }] = finishedBlocks(PAGE_SOURCE) as [ReturnType<typeof finishedBlocks>[number]];
  const names = parts.flatMap(({ name, columns }) => Array<string>(columns).fill(name));
  return [
    ...rows(stored.subarray(0, headEnd), "the block's head, MessagePack"),
    ...bytes.flatMap((bin, i) => rows(bin, `column ${names[i]}`)),
    ...paddingLines(padding),
  ];
}

function tailLines(tail: Uint8Array): Line[] {
  const view = new DataView(tail.buffer, tail.byteOffset);
  return [
    [tail.subarray(0, 4), "tail magic = PTAI"],
    [tail.subarray(4, 12), `index_offset = ${view.getBigUint64(4, true)}`],
    [tail.subarray(12), `crc = ${view.getUint32(12, true)}`],
  ];
}
