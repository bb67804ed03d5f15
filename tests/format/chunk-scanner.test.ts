import { describe, expect, test } from "bun:test";
import { CHUNK_KIND, type ChunkHeader } from "../../src/format/chunk.ts";
import { ChunkScanner, DAMAGE, type Damage, type FileEnd } from "../../src/format/chunk-scanner.ts";
import { scanBytes } from "../../src/format/scan-bytes.ts";
import { flipBit, joined, withField, zeroed } from "../hostile-bytes.ts";
import { chunkRanges, sampleSegment } from "../sample-segment.ts";

const FILE = sampleSegment(0x5a17);
const FOREIGN = sampleSegment(0xf0e1);
const RANGES = chunkRanges(FILE);
/** Chunks 1 to 3; 0 is the head, 4 the index, 5 stands for the tail. */
const BLOCKS = [1, 2, 3];

interface Scan {
  /** Numbers of the blocks that came back, in order. */
  readonly blocks: number[];
  readonly damage: Damage[];
  readonly end: FileEnd;
}

/**
 * Scans a file and checks that every chunk given out is one of the sample, byte for byte: decoding
 * it then gives what it always gave.
 */
function scan(file: Uint8Array): Scan {
  const blocks: number[] = [];
  const damage: Damage[] = [];
  for (const part of scanBytes(file)) {
    if (part.kind === "end") return { blocks, damage, end: part.end };
    if (part.kind === "damage") damage.push(part.damage);
    else {
      expectOwnChunk(part.header, part.stored);
      if (part.header.kind === CHUNK_KIND.block) blocks.push(part.header.number);
    }
  }
  throw new Error("a scan without an end");
}

function expectOwnChunk(header: ChunkHeader, stored: Uint8Array): void {
  const { start } = RANGES[header.number]!;
  const payload = FILE.subarray(start + 64, start + 64 + header.storedLength);
  if (Buffer.compare(payload, stored) !== 0) throw new Error("a wrong payload came back");
}

/** The chunks that have a byte in `[from, to)`. */
function touched(from: number, to: number): Set<number> {
  const numbers = RANGES.flatMap(({ start, end }, i) => (start < to && end > from ? [i] : []));
  return new Set(numbers);
}

/** No more is lost than the chunks named, and that something is wrong is told. */
function expectLossOf(lost: ReadonlySet<number>, file: Uint8Array): void {
  const { blocks, damage } = scan(file);
  const missing = BLOCKS.filter((number) => !blocks.includes(number));
  if (missing.some((number) => !lost.has(number)) || damage.length === 0) {
    throw new Error(`lost ${missing}, not only ${[...lost]}: ${JSON.stringify(damage)}`);
  }
}

const isSame = (a: Uint8Array, b: Uint8Array) => Buffer.compare(a, b) === 0;

describe("a whole segment", () => {
  test("gives its blocks and is sealed", () => {
    expect(scan(FILE)).toEqual({ blocks: BLOCKS, damage: [], end: "sealed" });
  });

  test("can be entered at any chunk", () => {
    for (const { start } of RANGES.slice(0, -1)) {
      const scanner = new ChunkScanner(FILE.length, start);
      for (;;) {
        const step = scanner.step();
        if (step.kind === "end") break;
        expect(step.kind).not.toBe("damage");
        if (step.kind === "need")
          scanner.feed(FILE.subarray(step.offset, step.offset + step.length));
      }
    }
  });

  test("an empty file is open and has nothing", () => {
    expect(scan(new Uint8Array())).toEqual({ blocks: [], damage: [], end: "open" });
  });
});

describe("a cut at every byte", () => {
  test("gives exactly the whole blocks before it, and says where it is torn", () => {
    for (let cut = 0; cut < FILE.length; cut++) {
      const { blocks, damage, end } = scan(FILE.subarray(0, cut));
      const whole = RANGES.filter((range) => range.end <= cut).length;
      expect(blocks).toEqual(BLOCKS.filter((number) => number < whole));
      expect(end).toBe("open");
      const { start } = RANGES[whole]!;
      const torn = { offset: start, length: cut - start, reason: DAMAGE.torn };
      expect(damage.map(({ header: _, ...rest }) => rest)).toEqual(cut === start ? [] : [torn]);
    }
  });
});

describe("damaged bytes", () => {
  test("a flip of any bit is noticed and costs at most its own block", () => {
    for (let bit = 0; bit < FILE.length * 8; bit++) {
      const at = bit >> 3;
      expectLossOf(touched(at, at + 1), flipBit(FILE, bit));
    }
  });

  test.each([16, 64, 512])("zeroed sectors of %d bytes cost what they touch", (size) => {
    for (let at = 0; at < FILE.length; at += size) {
      const file = zeroed(FILE, at, at + size);
      if (!isSame(file, FILE)) expectLossOf(touched(at, at + size), file);
    }
  });

  test("sectors with an older content of this file cost what they touch", () => {
    const size = 128;
    for (let to = 0; to < FILE.length; to += size) {
      for (let from = 0; from < FILE.length; from += 8) {
        const file = FILE.slice();
        file.set(FILE.subarray(from, Math.min(from + size, from + FILE.length - to)), to);
        if (!isSame(file, FILE)) expectLossOf(touched(to, to + size), file);
      }
    }
  });

  test("sectors of another segment cost what they touch", () => {
    // A foreign head would make all the rest foreign: it starts behind it.
    const size = 128;
    for (let to = RANGES[0]!.end; to < FILE.length; to += 8) {
      for (let from = 0; from < FOREIGN.length; from += 64) {
        const file = FILE.slice();
        file.set(FOREIGN.subarray(from, Math.min(from + size, from + FILE.length - to)), to);
        if (!isSame(file, FILE)) expectLossOf(touched(to, to + size), file);
      }
    }
  });

  test("bytes taken out or put in cost the blocks on both sides of the place at most", () => {
    for (let at = 1; at < FILE.length; at += 7) {
      for (const count of [1, 8, 100]) {
        const without = joined(FILE.subarray(0, at), FILE.subarray(at + count));
        if (at + count < FILE.length) expectLossOf(touched(at - 1, at + count), without);
        const more = joined(FILE.subarray(0, at), new Uint8Array(count), FILE.subarray(at));
        expectLossOf(touched(at - 1, at + 1), more);
      }
    }
  });

  test("bytes behind the tail cost nothing and are told", () => {
    for (let count = 1; count <= 300; count++) {
      for (const fill of [0, 0x50, 0xff]) {
        const { blocks, damage } = scan(joined(FILE, new Uint8Array(count).fill(fill)));
        expect(blocks).toEqual(BLOCKS);
        expect(damage).toEqual([{ offset: FILE.length, length: count, reason: DAMAGE.afterTail }]);
      }
    }
  });

  test("more bad bytes than are searched at a time do not hide the next block", () => {
    const { start, end } = RANGES[2]!;
    for (const count of [65_535, 65_536, 65_537, 131_072 - 63, 200_000]) {
      const bad = new Uint8Array(count).fill(0x50);
      const file = joined(FILE.subarray(0, start), bad, FILE.subarray(end));
      const { blocks, damage } = scan(file);
      expect(blocks).toEqual([1, 3]);
      expect(damage).toEqual([{ offset: start, length: count, reason: DAMAGE.noChunk }]);
    }
  });
});

describe("whole chunks in the wrong place", () => {
  const pieces = RANGES.map(({ start, end }) => FILE.subarray(start, end));
  const foreign = RANGES.map(({ start, end }) => FOREIGN.subarray(start, end));

  test("one deleted is missed, and only that one", () => {
    for (const i of [0, 1, 2, 3, 4]) {
      expectLossOf(new Set([i]), joined(...pieces.filter((_, at) => at !== i)));
    }
  });

  test("several deleted before the tail are missed", () => {
    expect(scan(joined(pieces[0]!, pieces[1]!, pieces[5]!))).toMatchObject({
      blocks: [1],
      damage: [{ reason: DAMAGE.missing, length: 0 }],
      end: "sealed",
    });
  });

  test("one that comes twice is given once", () => {
    for (const i of [0, 1, 2, 3, 4]) {
      for (let at = i + 1; at <= 5; at++) {
        const file = joined(...pieces.slice(0, at), pieces[i]!, ...pieces.slice(at));
        const { blocks, damage } = scan(file);
        expect(blocks).toEqual(BLOCKS);
        expect(damage).toMatchObject([{ reason: DAMAGE.order }]);
      }
    }
  });

  test("two swapped cost what stands before its turn, at most", () => {
    for (let a = 0; a < 5; a++) {
      for (let b = a + 1; b < 5; b++) {
        const file = joined(...pieces.map((_, i) => pieces[i === a ? b : i === b ? a : i]!));
        const lost = BLOCKS.filter((number) => number >= a && number < b);
        expectLossOf(new Set(lost), file);
      }
    }
  });

  test("one of another segment is refused, in place of an own one or beside it", () => {
    for (let i = 1; i < 6; i++) {
      for (let at = 1; at < 6; at++) {
        const beside = joined(...pieces.slice(0, at), foreign[i]!, ...pieces.slice(at));
        expectLossOf(new Set(), beside);
        const instead = joined(...pieces.slice(0, at), foreign[i]!, ...pieces.slice(at + 1));
        expectLossOf(new Set([at]), instead);
      }
    }
  });

  test("under another segment's head nothing is taken for that segment's", () => {
    const { blocks, damage } = scan(joined(foreign[0]!, ...pieces.slice(1)));
    expect(blocks).toEqual([]);
    expect(damage[0]).toMatchObject({ reason: DAMAGE.foreign });
  });
});

describe("a sound header that lies", () => {
  const { start } = RANGES[2]!;

  test.each([
    ["stored_length", 2n ** 26n + 1n, DAMAGE.limit],
    ["raw_length", 2n ** 26n + 1n, DAMAGE.limit],
    ["stored_length", 2n ** 20n, DAMAGE.noChunk],
    ["stored_length", 0n, DAMAGE.checksum],
    ["stored_crc", 1n, DAMAGE.checksum],
    ["salt", 1n, DAMAGE.foreign],
    ["number", 0n, DAMAGE.order],
  ] as const)("about its %s (%s) costs its own block", (field, value, reason) => {
    const { blocks, damage } = scan(withField(FILE, start, field, value));
    expect(blocks).toEqual([1, 3]);
    expect(damage[0]).toMatchObject({ offset: start, reason });
  });

  test("about its version ends the file there: nothing behind it can be judged", () => {
    const { blocks, damage, end } = scan(withField(FILE, start, "version", 1n));
    expect(blocks).toEqual([1]);
    expect(damage).toMatchObject([
      { offset: start, length: FILE.length - start, reason: DAMAGE.version },
    ]);
    expect(end).toBe("open");
  });
});
