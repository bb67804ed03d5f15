import { describe, expect, test } from "bun:test";
import { RECIPE_NAMES } from "../../src/book/recipes.ts";
import { noVerdicts } from "../../src/book/verdict-counts.ts";
import { BLOCK_HEAD, FIXED_STREAMS } from "../../src/format/block.ts";
import { CHUNK_KIND, CODEC, decodeHeader, encodeChunk } from "../../src/format/chunk.ts";
import { PRICE_MODES } from "../../src/format/columns/change-prices.ts";
import { DECIMAL_MODES } from "../../src/format/columns/decimal-column.ts";
import { HASH_SOURCES } from "../../src/format/columns/derived-column.ts";
import { COLUMN_CODECS } from "../../src/format/columns/packing.ts";
import { KIND_NUMBERS } from "../../src/format/columns/row-kinds.ts";
import { isDecimal } from "../../src/format/decimal.ts";
import { decodeFileHead, headFields } from "../../src/format/file-head.ts";
import { KNOWN_SHAPES } from "../../src/format/known-shapes.ts";
import { LEVEL_MODES } from "../../src/format/level.ts";
import * as limits from "../../src/format/limits.ts";
import { isApplied, UPDATE_TYPES, VERDICTS } from "../../src/format/market-event.ts";
import { decodeTail, encodeIndex, encodeTail, TAIL_BYTES } from "../../src/format/segment-end.ts";
import { parseShape } from "../../src/format/shape.ts";
import { STREAM_KINDS, streamKind } from "../../src/format/stream.ts";
import { HEADER_BYTES, HEADER_FIELDS } from "../hostile-bytes.ts";
import { chunkRanges, SAMPLE_HEAD } from "../sample-segment.ts";
import { decodeSegment } from "../segment-bytes.ts";
import {
  fileHeadOf,
  firstValueOf,
  knownShapesTable,
  namedHead,
  PAGE_MARKS,
  PAGE_PATH,
  PAGE_SOURCE,
  pageExample,
  plain,
  SHAPES_MARKS,
} from "../vectors/page-example.ts";

const page = await Bun.file(PAGE_PATH).text();

/** The body of a section, up to the next heading of any level. */
function section(heading: string): string {
  const start = page.search(new RegExp(`^#+ ${heading}$`, "m"));
  if (start < 0) throw new Error(`the page has no section ${heading}`);
  const [, ...body] = page.slice(start).split("\n");
  const end = body.findIndex((line) => line.startsWith("#"));
  return body.slice(0, end < 0 ? undefined : end).join("\n");
}

/** The tables of a text: rows of cells, each table with its own heading left out. */
function tables(text: string): string[][][] {
  const found: string[][][] = [];
  let rows: string[][] | undefined;
  for (const line of text.split("\n")) {
    if (!line.startsWith("|")) rows = undefined;
    else if (rows === undefined) {
      rows = [];
      found.push(rows);
    } else if (!line.startsWith("|--")) {
      const cells = line.slice(1, -1).split("|");
      rows.push(cells.map((cell) => cell.trim().replaceAll("`", "")));
    }
  }
  return found;
}

/** A table of codes: the names in the order of their codes, which count from 0. */
function namesByCode(rows: string[][]): string[] {
  expect(rows.map(([code]) => code)).toEqual(rows.map((_, i) => String(i)));
  return rows.map(([, name]) => name!);
}

/** Numbers at the offsets of a layout table, by their names. */
function readLayout(rows: string[][], bytes: Uint8Array): Record<string, unknown> {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  let end = 0;
  const fields = rows.map(([offset, width, name, type]) => {
    expect(Number(offset)).toBe(end);
    end += Number(width);
    const at = Number(offset);
    if (type === "bytes") return [name, Buffer.from(bytes.subarray(at, end)).toString("latin1")];
    expect(type).toBe(`u${Number(width) * 8}`);
    if (type === "u8") return [name, view.getUint8(at)];
    return [name, type === "u32" ? view.getUint32(at, true) : Number(view.getBigUint64(at, true))];
  });
  expect(end).toBe(bytes.length);
  return Object.fromEntries(fields);
}

describe("the tables of docs/FORMAT.md agree with the code:", () => {
  const [headerTable, kindTable, codecTable] = tables(section("Chunks"));
  const [indexMap, entryTable, tailTable] = tables(section("Segment end"));

  test("the chunk header", () => {
    const content = { kind: 2, records: 3, minUs: 4, maxUs: 2 ** 50, firstSequence: 6 };
    const packed = { codec: 1, stored: new Uint8Array(5), rawLength: 8, rawCrc: 9 };
    const chunk = encodeChunk(10, 11, content, packed);
    const header = decodeHeader(chunk)!;
    expect(readLayout(headerTable!, chunk.subarray(0, HEADER_BYTES))).toEqual({
      magic: "PBOT",
      kind: 2,
      codec: 1,
      flags: 0,
      version: limits.FORMAT_VERSION,
      salt: 10,
      number: 11,
      stored_length: 5,
      raw_length: 8,
      records: 3,
      stored_crc: Bun.hash.crc32(new Uint8Array(8)),
      min_us: 4,
      max_us: 2 ** 50,
      first_sequence: 6,
      raw_crc: 9,
      header_crc: Bun.hash.crc32(chunk.subarray(0, 60)),
    });
    expect(header).toMatchObject({ ...content, codec: 1, salt: 10, number: 11, rawLength: 8 });
    const builders = headerTable!.map(([offset, width, name]) => [name, [+offset!, +width!]]);
    expect(Object.fromEntries(builders)).toEqual(HEADER_FIELDS);
  });

  test("kinds and codecs of chunks", () => {
    const codes = (rows: string[][]) =>
      Object.fromEntries(rows.map(([code, name]) => [name, +code!]));
    expect(codes(kindTable!)).toEqual(CHUNK_KIND);
    expect(codes(codecTable!)).toEqual(CODEC);
  });

  test("the file head's keys", () => {
    const keys = tables(section("File head"))[0]!.map(([key]) => key);
    expect(keys).toEqual(Object.keys(headFields({ ...SAMPLE_HEAD, resumes: true })));
  });

  test("a block's head and the codecs of its columns", () => {
    const [items] = tables(section("Blocks"));
    expect(items!.map(([name]) => name)).toEqual([...BLOCK_HEAD]);
    const [codecs] = tables(section("Columns"));
    expect(namesByCode(codecs!)).toEqual([...COLUMN_CODECS]);
  });

  test("kinds of rows, types and verdicts, and which verdicts are applied", () => {
    const [, numbers, types, verdicts] = tables(section("Rows"));
    expect(numbers!.map(([name]) => name)).toEqual([...KIND_NUMBERS]);
    expect(namesByCode(types!)).toEqual([...UPDATE_TYPES]);
    expect(namesByCode(verdicts!)).toEqual([...VERDICTS]);
    expect(verdicts!.map(([, , applied]) => applied === "yes")).toEqual(VERDICTS.map(isApplied));
  });

  test("known shapes", () => {
    expect(page.match(SHAPES_MARKS)?.[0]).toContain(knownShapesTable());
    for (const { text } of KNOWN_SHAPES) expect(parseShape(text).text).toBe(text);
    expect(new Set(KNOWN_SHAPES.map(({ text }) => text)).size).toBe(KNOWN_SHAPES.length);
  });

  test("kinds of streams with their keys, streams of no key, and all modes", () => {
    const [kinds, fixed, decimals, known, modes] = tables(section("Streams"));
    expect(namesByCode(kinds!)).toEqual([...STREAM_KINDS]);
    expect(known!.map(([name]) => name)).toEqual([...STREAM_KINDS]);
    expect(namesByCode(fixed!)).toEqual([...FIXED_STREAMS]);
    expect(namesByCode(decimals!)).toEqual([...DECIMAL_MODES]);
    expect(namesByCode(modes!)).toEqual([...LEVEL_MODES]);
    expect(namesByCode(tables(section("Changes"))[0]!)).toEqual([...PRICE_MODES]);
    expect(namesByCode(tables(section("Derived values"))[0]!)).toEqual([...HASH_SOURCES]);
    for (const [, kind, keys] of kinds!) {
      for (const key of keys!.split(", ")) {
        if (/^[a-z_]+$/.test(key)) expect([key, streamKind(key) as string]).toEqual([key, kind!]);
      }
    }
  });

  test("names of recipes", () => {
    const stated = /names the recipe by its number of fields: ([^.]+)\./.exec(page)![1]!;
    expect(stated.match(/\d+/g)).toEqual([...RECIPE_NAMES]);
  });

  test("counts of hashes in the metadata", () => {
    const [, counts] = tables(section("Metadata"));
    const names = counts!.flatMap(([cell]) => cell!.split(", "));
    expect(names).toEqual(Object.keys(noVerdicts()));
  });

  test("the index and its entries", () => {
    const entry = {
      number: 1,
      records: 2,
      offset: 2 ** 33,
      firstSequence: 4,
      minUs: 5,
      maxUs: 2 ** 50,
    };
    const chunk = encodeIndex(7, 2, SAMPLE_HEAD, [entry]);
    const value = Bun.hash.crc32(chunk.subarray(HEADER_BYTES));
    expect(decodeHeader(chunk)!.storedCrc).toBe(value);
    const fields = plain(firstValueOf(chunk)) as { entries: string };
    expect(indexMap!.map(([key]) => key)).toEqual(Object.keys(fields));
    expect(readLayout(entryTable!, Uint8Array.fromHex(fields.entries))).toEqual({
      number: 1,
      records: 2,
      offset: 2 ** 33,
      first_sequence: 4,
      min_us: 5,
      max_us: 2 ** 50,
    });
  });

  test("the tail", () => {
    const tail = encodeTail(7, 2 ** 33);
    expect(readLayout(tailTable!, tail)).toEqual({
      magic: "PTAI",
      index_offset: 2 ** 33,
      crc: Bun.hash.crc32(tail.subarray(0, 12), 7),
    });
    expect(tail).toHaveLength(TAIL_BYTES);
  });

  test("every limit", () => {
    const { FORMAT_VERSION, ...all } = limits;
    const stated = tables(section("Limits"))[0]!.map(([name, value]) => [name, Number(value)]);
    expect(Object.fromEntries(stated)).toEqual(all);
    expect(page).toContain(`format version **${FORMAT_VERSION}**`);
  });

  test("what a decimal is", () => {
    const stated = /A \*\*decimal\*\* is `([^`]+)`/.exec(page)![1]!;
    expect(stated).toContain("1 or 2 digits");
    for (const text of ["5.", ".5", "1e-3", "+1.0E10"]) expect(isDecimal(text)).toBe(true);
    expect(isDecimal("1e100")).toBe(false);
  });
});

test("the headings that comments cite exist", async () => {
  const cited = new Set<string>();
  for (const path of new Bun.Glob("**/*.ts").scanSync(`${import.meta.dir}/../../src`)) {
    const source = await Bun.file(`${import.meta.dir}/../../src/${path}`).text();
    for (const [, heading] of source.matchAll(/docs\/FORMAT\.md, "([^"]+)"/g)) cited.add(heading!);
  }
  expect(cited.size).toBeGreaterThan(4);
  for (const heading of cited) expect(section(heading).length).toBeGreaterThan(0);
});

describe("the worked example", () => {
  const fences = [...section("Worked example").matchAll(/```(hex|json)\n(.*?)\n```/gs)];
  const [dump, ...stated] = fences.map(([, , text]) => text!);
  const lines = dump!.split("\n").map((line) => {
    const [, offset, hex, note] = /^([0-9a-f]{4}) {2}((?:[0-9a-f]{2} )+) *(.*)$/.exec(line)!;
    return {
      offset: Number.parseInt(offset!, 16),
      bytes: Buffer.from(hex!.replaceAll(" ", ""), "hex"),
      note: note!,
    };
  });
  const file = Uint8Array.from(Buffer.concat(lines.map(({ bytes }) => bytes)));

  test("has a dump without a hole, of a whole sealed segment", () => {
    let at = 0;
    for (const { offset, bytes } of lines) {
      expect(offset).toBe(at);
      at += bytes.length;
    }
    expect(decodeSegment(file, PAGE_SOURCE.head)).toMatchObject({ damage: [], end: "sealed" });
  });

  test("states the very values of the headers and the tail", () => {
    const wanted = Object.keys(HEADER_FIELDS).length;
    let fields = lines.filter(({ note }) => note.includes(" = "));
    for (const { start } of chunkRanges(file).slice(0, -1)) {
      const view = new DataView(file.buffer, start);
      for (const [i, [field, [at, width]]] of Object.entries(HEADER_FIELDS).entries()) {
        const { offset, note } = fields[i]!;
        const number = width === 8 ? view.getBigUint64(at, true) : view.getUint32(at, true);
        const value = width === 1 ? view.getUint8(at) : number;
        const text = field === "magic" ? "PBOT" : String(value);
        expect([offset, note]).toEqual([start + at, `${field} = ${text}`]);
      }
      fields = fields.slice(wanted);
    }
    const indexOffset = decodeTail(file.subarray(-TAIL_BYTES), PAGE_SOURCE.salt);
    expect(fields.map(({ note }) => note).slice(0, 2)).toEqual([
      "tail magic = PTAI",
      `index_offset = ${indexOffset}`,
    ]);
    expect(chunkRanges(file).at(-2)!.start).toBe(indexOffset!);
  });

  test("states what the project's code reads from its bytes", () => {
    const [fileHead, blockHead, blocks] = stated.map((text) => JSON.parse(text));
    const { start, end } = chunkRanges(file)[1]!;
    const header = decodeHeader(file)!;
    const stored = file.subarray(HEADER_BYTES, HEADER_BYTES + header.storedLength);
    expect(headFields(decodeFileHead(header, stored))).toEqual(fileHead);
    expect(fileHeadOf(file)).toEqual(fileHead);
    expect(plain(namedHead(file.subarray(start, end)))).toEqual(blockHead);
    expect(decodeSegment(file, PAGE_SOURCE.head).blocks as unknown).toEqual(blocks);
  });

  test("is what the code writes today, its notes included", () => {
    expect(page.match(PAGE_MARKS)?.[0]).toContain(pageExample());
  });
});
