import { decode, encode } from "@msgpack/msgpack";
import {
  BLOCK_LEVELS_MAX,
  BLOCK_ROWS_MAX,
  CHUNK_BYTES_MAX,
  PACKED_VALUES_MAX,
  SIDE_LEVELS_MAX,
  STREAM_VALUES_MAX,
} from "../../src/format/limits.ts";
import { HOSTILE_VALUES, pathsOf } from "../format/hostile-heads.ts";
import {
  encodeHead,
  HEADER_BYTES,
  HEADER_FIELDS,
  type HeaderField,
  joined,
  nestedLists,
  openBlock,
  withField,
  withFrameLength,
  withPayload,
  zeroFrame,
} from "../hostile-bytes.ts";
import type { Choice } from "./choice.ts";

/** Bytes that are wrong in one place or a few, with all checksums mended over them. */

const EDGES = [
  ...[0, 1, 2, 7, 8, 127, 128, 255, 256, 4095, 65535, 2 ** 31, 2 ** 32 - 1, 2 ** 53 - 1],
  ...[BLOCK_LEVELS_MAX, BLOCK_ROWS_MAX, CHUNK_BYTES_MAX, PACKED_VALUES_MAX],
  ...[SIDE_LEVELS_MAX, STREAM_VALUES_MAX],
];

function edge(choice: Choice): number {
  return choice.of(EDGES) + choice.of([0, 0, 1, -1]);
}

/** Bytes with a few of them changed, doubled, or gone. */
export function harmedBytes(bytes: Uint8Array, choice: Choice): Uint8Array {
  const harmed = bytes.slice();
  const at = choice.below(bytes.length + 1);
  const length = choice.below(Math.min(9, bytes.length - at + 1));
  switch (choice.below(6)) {
    case 0:
      return joined(harmed.subarray(0, at), harmed.subarray(at + length));
    case 1:
      return joined(harmed.subarray(0, at + length), harmed.subarray(at));
    case 2:
      return harmed.subarray(0, at);
    case 3:
      return harmed.fill(choice.of([0, 1, 255, choice.below(256)]), at, at + length);
    default:
      for (let i = choice.below(4); i >= 0; i--) {
        if (bytes.length > 0) harmed[choice.below(bytes.length)]! ^= 1 << choice.below(8);
      }
      return harmed;
  }
}

/** A value with another in one of its places, or with one place more or less. */
function harmedValue(value: unknown, choice: Choice): unknown {
  const tree = structuredClone(value);
  const path = choice.of(pathsOf(tree));
  if (path === undefined) return choice.of(HOSTILE_VALUES);
  let at = tree as Record<string | number, unknown>;
  for (const step of path.slice(0, -1)) at = at[step] as typeof at;
  const last = path.at(-1)!;
  const before = at[last];
  if (choice.oneIn(8)) {
    if (Array.isArray(at)) at.splice(Number(last), choice.below(2), before);
    else delete at[last];
  } else if (typeof before === "number" && !choice.oneIn(3)) {
    at[last] = choice.oneIn(2) ? edge(choice) : Math.max(0, before + choice.below(9) - 4);
  } else if (before instanceof Uint8Array && !choice.oneIn(3)) {
    at[last] = harmedBytes(before, choice);
  } else if (typeof before === "string" && !choice.oneIn(3)) {
    at[last] = choice.of([before + before, before.slice(1), `${before}\u0000`, "1e9", "-0"]);
  } else {
    at[last] = choice.of(HOSTILE_VALUES);
  }
  return tree;
}

/** A chunk with a field of its header set to something else. */
export function harmedHeader(chunk: Uint8Array, choice: Choice): Uint8Array {
  const field = choice.of(Object.keys(HEADER_FIELDS)) as HeaderField;
  const value = choice.oneIn(4) ? 2n ** BigInt(choice.below(65)) - 1n : BigInt(edge(choice));
  return withField(chunk, 0, field, value < 0n ? 0n : value);
}

/** A chunk whose payload is one map, with something else in it. */
export function harmedMap(
  chunk: Uint8Array,
  open: (chunk: Uint8Array) => unknown,
  choice: Choice,
): Uint8Array {
  if (choice.oneIn(30)) return whole(chunk, nestedLists(1 + choice.below(500), edge(choice)));
  const map = open(chunk);
  if (choice.oneIn(2)) return whole(chunk, harmedBytes(encode(map), choice));
  return whole(chunk, encode(harmedValue(map, choice)));
}

/** Stored as it is. */
function whole(chunk: Uint8Array, payload: Uint8Array): Uint8Array {
  return withPayload(withField(chunk, 0, "codec", 0n), payload);
}

const ZSTD = 1;
const CONSTANT = 2;
const CODECS = 4;

interface StoredColumn {
  described: number;
  /** As stored, and as it is hashed; a constant has neither. */
  readonly bin: Uint8Array | undefined;
  readonly raw: Uint8Array;
}

/** A chunk with a block that has something else in its head or its columns. */
export function harmedBlock(chunk: Uint8Array, choice: Choice): Uint8Array {
  const { head, columns } = openBlock(chunk);
  let next = 0;
  const stored = (head.columns as number[]).map((described): StoredColumn => {
    if (described % CODECS === CONSTANT)
      return { described, bin: undefined, raw: new Uint8Array() };
    const raw = columns[next++]!;
    return { described, bin: raw, raw };
  });
  for (let i = choice.below(3); i >= 0; i--) {
    if (choice.oneIn(3)) continue;
    const at = choice.below(stored.length);
    stored.splice(at, 1, ...harmedColumn(stored[at]!, stored, choice));
  }
  head.columns = stored.map(({ described }) => described);
  let harmedHead: unknown = head;
  if (choice.oneIn(2)) harmedHead = harmedValue(head, choice);
  const list = encodeHead(harmedHead as typeof head);
  const headBytes = choice.oneIn(20) ? harmedBytes(list, choice) : list;
  const bins = stored.flatMap(({ bin }) => bin ?? []);
  const payload = joined(headBytes, ...bins.map((bin) => encode(bin)));
  const raw = joined(headBytes, ...stored.map((column) => column.raw));
  return withPayload(chunk, payload, raw.length, Bun.hash.crc32(raw));
}

function harmedColumn(
  column: StoredColumn,
  all: readonly StoredColumn[],
  choice: Choice,
): StoredColumn[] {
  switch (choice.below(8)) {
    case 0:
      return [];
    case 1:
      return [column, choice.of(all)];
    case 2:
      return [constant(choice.oneIn(2) ? choice.below(300) : edge(choice))];
    case 3:
      return [zeros(choice.oneIn(50) ? 2 ** 22 : choice.of([16, 4096, 65536]), choice)];
    case 4:
      return [plain(new Uint8Array(choice.below(5000)).fill(choice.below(256)))];
    default:
      return [plain(harmedBytes(column.raw, choice))];
  }
}

function constant(value: number): StoredColumn {
  const described = Math.max(0, value) * CODECS + CONSTANT;
  return { described, bin: undefined, raw: new Uint8Array() };
}

function plain(raw: Uint8Array): StoredColumn {
  return { described: raw.length * CODECS, bin: raw, raw };
}

/** A column that is nearly nothing as stored; now and then it lies about its length. */
function zeros(length: number, choice: Choice): StoredColumn {
  const raw = new Uint8Array(length);
  const frame = zeroFrame(length);
  const bin = choice.oneIn(5) ? withFrameLength(frame, edge(choice)) : frame;
  return { described: length * CODECS + ZSTD, bin, raw };
}

const RECORD_HEAD_BYTES = 16;

/** A journal's chunk with something else in the head or the body of some of its records. */
export function harmedJournal(chunk: Uint8Array, choice: Choice): Uint8Array {
  const length = new DataView(chunk.buffer, chunk.byteOffset).getUint32(16, true);
  const payload = chunk.slice(HEADER_BYTES, HEADER_BYTES + length);
  const view = new DataView(payload.buffer);
  const records: Uint8Array[] = [];
  for (let at = 0; at < payload.length; ) {
    const end = at + RECORD_HEAD_BYTES + view.getUint32(at, true);
    const record = payload.slice(at, end);
    records.push(choice.oneIn(3) ? harmedRecord(record, choice) : record);
    at = end;
  }
  const harmed = joined(...records);
  return withPayload(chunk, choice.oneIn(10) ? harmedBytes(harmed, choice) : harmed);
}

function harmedRecord(record: Uint8Array, choice: Choice): Uint8Array {
  const head = record.slice(0, RECORD_HEAD_BYTES);
  const body = record.slice(RECORD_HEAD_BYTES);
  const harmed = choice.oneIn(3)
    ? harmedBytes(body, choice)
    : encode(harmedValue(decode(body), choice));
  // Kind and numbers, too.
  if (choice.oneIn(4)) head[4 + choice.below(12)] = choice.below(256);
  if (choice.oneIn(4)) head[15] = choice.below(8);
  new DataView(head.buffer).setUint32(0, choice.oneIn(20) ? edge(choice) : harmed.length, true);
  return joined(head, harmed);
}
