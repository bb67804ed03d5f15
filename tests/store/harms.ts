import { readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { flipBit, joined, withField, zeroed } from "../hostile-bytes.ts";
import { chunkRanges, sampleSegment } from "../sample-segment.ts";
import type { SmallStore } from "./small-store.ts";

/** Something done to a sealed session, and the blocks that it costs, as segment and chunk number. */
export interface Harm {
  readonly name: string;
  readonly costs: readonly (readonly [segment: number, chunk: number])[];
  harm(store: SmallStore): void;
}

/** Changes the bytes of a segment; `chunks` are its head, blocks, index and tail. */
function toSegment(
  number: number,
  change: (chunks: Uint8Array[], bytes: Uint8Array) => Uint8Array,
): Harm["harm"] {
  return (store) => {
    const bytes = Uint8Array.from(readFileSync(store.segment(number)));
    const chunks = chunkRanges(bytes).map(({ start, end }) => bytes.slice(start, end));
    writeFileSync(store.segment(number), change(chunks, bytes));
  };
}

function toFile(name: string, change: (bytes: Uint8Array) => Uint8Array): Harm["harm"] {
  return (store) => {
    const path = join(store.session, name);
    writeFileSync(path, change(Uint8Array.from(readFileSync(path))));
  };
}

/** The payload of a chunk, flipped in the middle. */
function spoilt(chunk: Uint8Array): Uint8Array {
  return flipBit(chunk, (64 + ((chunk.length - 64) >> 1)) * 8);
}

function without(chunks: readonly Uint8Array[], ...numbers: readonly number[]): Uint8Array {
  return joined(...chunks.filter((_, number) => !numbers.includes(number)));
}

const remove = (name: string) => (store: SmallStore) => rmSync(join(store.session, name));
const all =
  (...harms: readonly Harm["harm"][]) =>
  (store: SmallStore) => {
    for (const harm of harms) harm(store);
  };

const SEGMENT_1 = [1, 2, 3, 4].map((chunk) => [1, chunk] as const);
const SEGMENT_2 = [1, 2, 3, 4].map((chunk) => [2, chunk] as const);
const SEGMENT_3 = [1, 2].map((chunk) => [3, chunk] as const);

/** Of a store of three segments with four, four and two blocks. */
export const HARMS: readonly Harm[] = [
  {
    name: "a bit in a payload",
    costs: [[2, 2]],
    harm: toSegment(2, (chunks) => joined(...chunks.with(2, spoilt(chunks[2]!)))),
  },
  {
    name: "a bit in the header of a first block",
    costs: [[2, 1]],
    harm: toSegment(2, (chunks) => joined(...chunks.with(1, flipBit(chunks[1]!, 99)))),
  },
  {
    name: "a bit in the last payload of a session",
    costs: [[3, 2]],
    harm: toSegment(3, (chunks) => joined(...chunks.with(2, spoilt(chunks[2]!)))),
  },
  {
    name: "a bit in a head",
    costs: [],
    harm: toSegment(2, (chunks) => joined(...chunks.with(0, flipBit(chunks[0]!, 700)))),
  },
  {
    name: "another file's head in place of the own",
    costs: [],
    harm: toSegment(2, (chunks) => {
      const other = sampleSegment(77);
      const { start, end } = chunkRanges(other)[0]!;
      return joined(...chunks.with(0, other.slice(start, end)));
    }),
  },
  {
    name: "a bit in an index",
    costs: [],
    harm: toSegment(1, (chunks) => joined(...chunks.with(5, spoilt(chunks[5]!)))),
  },
  {
    name: "a bit in a tail",
    costs: [],
    harm: toSegment(3, (chunks) => joined(...chunks.with(4, flipBit(chunks[4]!, 40)))),
  },
  {
    name: "two neighbours in two segments",
    costs: [
      [1, 4],
      [2, 1],
    ],
    harm: all(
      toSegment(1, (chunks) => joined(...chunks.with(4, spoilt(chunks[4]!)))),
      toSegment(2, (chunks) => joined(...chunks.with(1, zeroed(chunks[1]!, 0, 512)))),
    ),
  },
  {
    name: "two places in one segment",
    costs: [
      [2, 1],
      [2, 4],
    ],
    harm: toSegment(2, (chunks) =>
      joined(...chunks.with(1, spoilt(chunks[1]!)).with(4, flipBit(chunks[4]!, 13))),
    ),
  },
  {
    name: "the end cut off inside a block",
    costs: [
      [1, 3],
      [1, 4],
    ],
    harm: toSegment(1, (chunks, bytes) =>
      bytes.subarray(0, joined(...chunks.slice(0, 3)).length + 70),
    ),
  },
  {
    name: "the end of the session cut off at the edge of a block",
    costs: [[3, 2]],
    harm: toSegment(3, (chunks) => joined(...chunks.slice(0, 2))),
  },
  {
    name: "index and tail cut off",
    costs: [],
    harm: toSegment(2, (chunks) => joined(...chunks.slice(0, 5))),
  },
  {
    name: "a block deleted",
    costs: [[2, 3]],
    harm: toSegment(2, (chunks) => without(chunks, 3)),
  },
  {
    name: "a block doubled",
    costs: [],
    harm: toSegment(2, (chunks) => joined(...chunks.slice(0, 4), ...chunks.slice(3))),
  },
  {
    name: "two blocks swapped",
    costs: [],
    harm: toSegment(2, (chunks) => joined(...chunks.with(2, chunks[3]!).with(3, chunks[2]!))),
  },
  {
    name: "a block of another file spliced in",
    costs: [],
    harm: toSegment(1, (chunks) => {
      const strange = withField(chunks[2]!, 0, "salt", 5n);
      return joined(...chunks.slice(0, 2), strange, ...chunks.slice(2));
    }),
  },
  {
    name: "a block that does not decode, its checksums mended",
    costs: [[1, 2]],
    harm: toSegment(1, (chunks) =>
      joined(...chunks.with(2, withField(chunks[2]!, 0, "raw_crc", 5n))),
    ),
  },
  {
    name: "bytes behind the tail",
    costs: [],
    harm: toSegment(3, (_, bytes) => joined(bytes, new Uint8Array(600).fill(7))),
  },
  {
    name: "a segment full of zeros",
    costs: SEGMENT_2,
    harm: toSegment(2, (_, bytes) => bytes.fill(0)),
  },
  { name: "the first segment missing", costs: SEGMENT_1, harm: remove("updates/000000001.bin") },
  { name: "the last segment missing", costs: SEGMENT_3, harm: remove("updates/000000003.bin") },
  {
    name: "two segments missing",
    costs: [...SEGMENT_1, ...SEGMENT_2],
    harm: all(remove("updates/000000001.bin"), remove("updates/000000002.bin")),
  },
  {
    name: "all segments empty",
    costs: [...SEGMENT_1, ...SEGMENT_2, ...SEGMENT_3],
    harm: (store) => {
      for (const number of [1, 2, 3]) truncateSync(store.segment(number), 0);
    },
  },
  { name: "the metadata missing", costs: [], harm: remove("metadata.bin") },
  {
    name: "a bit in the metadata",
    costs: [],
    harm: toFile("metadata.bin", (bytes) => flipBit(bytes, bytes.length * 8 - 100)),
  },
  {
    name: "a bit in the metadata's head",
    costs: [],
    harm: toFile("metadata.bin", (bytes) => flipBit(bytes, 600)),
  },
  {
    name: "the metadata cut",
    costs: [],
    harm: toFile("metadata.bin", (bytes) => bytes.subarray(0, 300)),
  },
  { name: "the snapshot missing", costs: [], harm: remove("snapshot.bin") },
  {
    name: "a bit in the snapshot",
    costs: [],
    harm: toFile("snapshot.bin", (bytes) => flipBit(bytes, bytes.length * 8 - 100)),
  },
  {
    name: "snapshot and metadata exchanged",
    costs: [],
    harm: (store) => {
      const [a, b] = [join(store.session, "snapshot.bin"), join(store.session, "metadata.bin")];
      renameSync(a, `${a}x`);
      renameSync(b, a);
      renameSync(`${a}x`, b);
    },
  },
  {
    name: "metadata, a head and a block",
    costs: [[1, 2]],
    harm: all(
      remove("metadata.bin"),
      toSegment(1, (chunks) =>
        joined(...chunks.with(0, flipBit(chunks[0]!, 9)).with(2, spoilt(chunks[2]!))),
      ),
    ),
  },
];
