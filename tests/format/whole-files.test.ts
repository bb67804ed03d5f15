import { describe, expect, test } from "bun:test";
import { encodeChunk } from "../../src/format/chunk.ts";
import { PolybotError } from "../../src/format/error.ts";
import {
  CHUNK_BYTES_MAX,
  FORMAT_VERSION,
  INDEX_ENTRIES_MAX,
  TOMBSTONES_MAX,
} from "../../src/format/limits.ts";
import {
  decodeMetadata,
  encodeMetadata,
  NO_NAMES,
  type SessionMetadata,
} from "../../src/format/metadata.ts";
import { onlyChunk, scanBytes } from "../../src/format/scan-bytes.ts";
import {
  decodeIndex,
  decodeTail,
  encodeIndex,
  encodeTail,
  type IndexEntry,
  segmentEndBytes,
} from "../../src/format/segment-end.ts";
import { type BinarySnapshot, decodeSnapshot, encodeSnapshot } from "../../src/format/snapshot.ts";
import { decodeTombstones, encodeTombstones, type Tombstone } from "../../src/format/tombstones.ts";
import { flipBit } from "../hostile-bytes.ts";
import { SAMPLE_HEAD } from "../sample-segment.ts";

const METADATA: SessionMetadata = {
  version: 0,
  session_id: "20300102-03-04-05",
  token_id: "1001",
  start_timestamp: 1_893_553_445_000,
  end_timestamp: 1_893_553_445_012,
  end_reason: "end",
  update_count: 7,
  market: "0xm",
  ...NO_NAMES,
  recorder_id: "r",
  first_sequence: 1,
  predecessor: null,
  segments: 1,
  bytes: 100,
  repeats: 2,
  hashes: { groups: 3, matched: 2 },
  coverage: {
    verified_us: 5,
    unverified_us: 4,
    suspect_us: 3,
    gap_us: 2,
    gaps: 1,
    longest_gap_us: 2,
  },
  receive_lag: [
    [-1, 2],
    [1_048_576, 3],
  ],
};

const SNAPSHOT: BinarySnapshot = {
  version: 0,
  token_id: "1001",
  timestamp_utc: 1_893_553_445_000,
  market: "0xm",
  outcome: "",
  bids: [["0.40", ".5"]],
  asks: [],
  tick_size: null,
  hash: "odd",
};

const TOMBSTONES: Tombstone[] = [1, 2].map((second) => ({
  session_id: `20300102-03-04-0${second}`,
  recorder_id: "r",
  first_sequence: second,
  last_sequence: second,
  start_timestamp: 1_893_553_445_000 + second,
  end_timestamp: 1_893_553_445_000 + second,
  end_reason: "roll",
  update_count: 1,
  bytes: 100,
  predecessor: second === 1 ? null : "20300102-03-04-01",
}));

const WHOLE_FILES: [string, Uint8Array, (file: Uint8Array) => unknown, unknown][] = [
  [
    "metadata",
    encodeMetadata(5, { ...SAMPLE_HEAD, fileKind: "metadata" }, METADATA),
    (file) => {
      const { header, stored } = onlyChunk(file, "metadata");
      return decodeMetadata(header, stored);
    },
    METADATA,
  ],
  [
    "snapshot",
    encodeSnapshot(5, { ...SAMPLE_HEAD, fileKind: "snapshot" }, SNAPSHOT),
    (file) => {
      const { header, stored } = onlyChunk(file, "snapshot");
      return decodeSnapshot(header, stored);
    },
    SNAPSHOT,
  ],
  [
    "tombstones",
    encodeTombstones(5, { tokenId: "1001", recorderId: "" }, TOMBSTONES),
    (file) => {
      const { header, stored } = onlyChunk(file, "pruned");
      return decodeTombstones(header, stored);
    },
    TOMBSTONES,
  ],
];

describe.each(WHOLE_FILES)("a %s file", (_, file, read, content) => {
  test("gives its content back", () => {
    expect(read(file)).toEqual(content);
  });

  test("with any bit flipped is refused, or its head alone is hit", () => {
    for (let bit = 0; bit < file.length * 8; bit++) {
      try {
        expect(read(flipBit(file, bit))).toEqual(content);
      } catch (error) {
        if (!(error instanceof PolybotError)) throw error;
      }
    }
  });

  test("cut anywhere is refused", () => {
    for (let cut = 0; cut < file.length; cut++) {
      expect(() => read(file.subarray(0, cut))).toThrow(PolybotError);
    }
  });
});

test("content of a newer version is refused", () => {
  const metadata = encodeMetadata(5, SAMPLE_HEAD, { ...METADATA, version: FORMAT_VERSION + 1 });
  const snapshot = encodeSnapshot(5, SAMPLE_HEAD, { ...SNAPSHOT, version: FORMAT_VERSION + 1 });
  for (const [[, , read], file] of [
    [WHOLE_FILES[0]!, metadata],
    [WHOLE_FILES[1]!, snapshot],
  ] as const) {
    expect(() => read(file)).toThrow("newer");
  }
});

test("a reason to end that this version does not know is no open session", () => {
  const odd = { ...METADATA, end_reason: "repair" } as unknown as SessionMetadata;
  const { header, stored } = onlyChunk(encodeMetadata(5, SAMPLE_HEAD, odd), "metadata");
  expect(() => decodeMetadata(header, stored)).toThrow(PolybotError);
});

describe("an index", () => {
  const entry: IndexEntry = {
    offset: 2 ** 33,
    number: 1,
    records: 9,
    firstSequence: 2 ** 40,
    minUs: 5,
    maxUs: 2 ** 51,
  };

  test("gives its entries and the file's head back", () => {
    const entries = [entry, { ...entry, number: 2, minUs: 3 }];
    const [part] = scanBytes(encodeIndex(5, 0, SAMPLE_HEAD, entries));
    if (part?.kind !== "chunk") throw new Error("no chunk");
    expect(part.header).toMatchObject({ records: 2, minUs: 3, maxUs: 2 ** 51 });
    expect(decodeIndex(part.header, part.stored)).toEqual({ head: SAMPLE_HEAD, entries });
  });

  test.each([0, 1, 6, 7, 1000, INDEX_ENTRIES_MAX])(
    "of %d blocks takes the bytes foretold",
    (blocks) => {
      const entries = Array.from({ length: blocks }, () => entry);
      const end = encodeIndex(5, 1, SAMPLE_HEAD, entries).length + encodeTail(5, 1).length;
      expect(segmentEndBytes(SAMPLE_HEAD, blocks)).toBe(end);
    },
  );

  test("of more blocks than it may name fits in no segment", () => {
    expect(segmentEndBytes(SAMPLE_HEAD, INDEX_ENTRIES_MAX)).toBeLessThan(CHUNK_BYTES_MAX);
    expect(segmentEndBytes(SAMPLE_HEAD, INDEX_ENTRIES_MAX + 1)).toBe(Number.POSITIVE_INFINITY);
  });
});

test("a tail is that of its own file only, and whole", () => {
  const tail = encodeTail(5, 2 ** 33);
  expect(decodeTail(tail, 5)).toBe(2 ** 33);
  expect(decodeTail(tail, 6)).toBeUndefined();
  for (let bit = 0; bit < 128; bit++) expect(decodeTail(flipBit(tail, bit), 5)).toBeUndefined();
  expect(decodeTail(tail.subarray(1), 5)).toBeUndefined();
});

test("a chunk over the limit is not written", () => {
  const content = { kind: 2, records: 1, minUs: 0, maxUs: 0, firstSequence: 0 };
  const packed = { codec: 0, stored: new Uint8Array(), rawLength: CHUNK_BYTES_MAX, rawCrc: 0 };
  expect(encodeChunk(1, 0, content, packed)).toHaveLength(64);
  const over = { ...packed, rawLength: CHUNK_BYTES_MAX + 1 };
  expect(() => encodeChunk(1, 0, content, over)).toThrow(PolybotError);
});

test("more tombstones than a file may have are neither written nor read", () => {
  const owner = { tokenId: "1001", recorderId: "" };
  const most = Array.from({ length: TOMBSTONES_MAX }, () => TOMBSTONES[0]!);
  const { header, stored } = onlyChunk(encodeTombstones(5, owner, most), "pruned");
  expect(decodeTombstones(header, stored)).toHaveLength(TOMBSTONES_MAX);
  expect(() => encodeTombstones(5, owner, [...most, TOMBSTONES[1]!])).toThrow("too many");
});
