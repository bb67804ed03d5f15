import { describe, expect, test } from "bun:test";
import { encode } from "@msgpack/msgpack";
import fc from "fast-check";
import { BLOCK_HEAD } from "../../src/format/block.ts";
import { decodeBlock } from "../../src/format/block-reader.ts";
import { decodeHeader } from "../../src/format/chunk.ts";
import { PolybotError } from "../../src/format/error.ts";
import { decodeFileHead } from "../../src/format/file-head.ts";
import { decodeMetadata } from "../../src/format/metadata.ts";
import { scanBytes } from "../../src/format/scan-bytes.ts";
import { decodeIndex } from "../../src/format/segment-end.ts";
import { decodeSnapshot } from "../../src/format/snapshot.ts";
import {
  encodeHead,
  HEADER_BYTES,
  HEADER_FIELDS,
  type HeaderField,
  joined,
  nestedLists,
  type OpenedBlock,
  openBlock,
  withBlock,
  withField,
  withFrameLength,
  withPayload,
  zeroFrame,
} from "../hostile-bytes.ts";
import { chunkRanges, SAMPLE_HEAD, sampleSegment } from "../sample-segment.ts";
import { readWholeBlock } from "../whole-block.ts";
import { HOSTILE_VALUES, pathsOf } from "./hostile-heads.ts";

const FILE = sampleSegment(0x5a17);
const RANGES = chunkRanges(FILE);
const BLOCK = FILE.subarray(RANGES[1]!.start, RANGES[1]!.end);

/** Only a hang is meant to fail. */
const SLOW_CORE_MS = 60_000;

const MIB = 2 ** 20;
/** No hostile chunk may make the process grow by more, limits of the format included. */
const GROWTH_MAX = 300 * MIB;

/** The most memory that the process ever had: what was freed meanwhile counts. */
function peakBytes(): number {
  return process.resourceUsage().maxRSS * 1024;
}

const readBlock = (chunk: Uint8Array) => readWholeBlock(chunk, SAMPLE_HEAD);

const NUMBERS = [0n, 1n, 255n, 2n ** 31n, 2n ** 32n - 1n, 2n ** 53n, 2n ** 64n - 1n];

describe("every field of a header, with its checksum mended", () => {
  const cases = (Object.keys(HEADER_FIELDS) as HeaderField[]).flatMap((field) =>
    NUMBERS.map((value) => [field, value] as const),
  );

  test.each(cases)("%s = %s: only expected errors, and bounded memory", (field, value) => {
    const before = peakBytes();
    for (const { start } of RANGES.slice(0, -1)) {
      for (const part of scanBytes(withField(FILE, start, field, value))) {
        if (part.kind !== "chunk") continue;
        const { header, stored } = part;
        for (const decode of [decodeFileHead, decodeIndex, decodeSnapshot, decodeMetadata]) {
          onlyPolybotErrors(() => decode(header, stored));
        }
        onlyPolybotErrors(() => decodeBlock(header, stored, SAMPLE_HEAD));
      }
    }
    expect(peakBytes() - before).toBeLessThan(GROWTH_MAX);
  });
});

function onlyPolybotErrors(run: () => unknown): void {
  try {
    run();
  } catch (error) {
    if (!(error instanceof PolybotError)) throw error;
  }
}

describe("every place in a block's head", () => {
  test("set to whatever gives the same rows or an expected error", () => {
    let refused = 0;
    const change = (path: readonly (string | number)[], value: unknown) => {
      const chunk = withBlock(BLOCK, ({ head }) => {
        let at = head as Record<string | number, unknown>;
        for (const step of path.slice(0, -1)) at = at[step] as typeof at;
        at[path.at(-1)!] = value;
        return undefined;
      });
      if (readBlock(chunk) === "refused") refused++;
    };
    const paths = pathsOf(openedHead());
    for (const path of paths) for (const value of HOSTILE_VALUES) change(path, value);
    expect(paths.length).toBeGreaterThan(20);
    expect(refused).toBeGreaterThan(paths.length * HOSTILE_VALUES.length * 0.8);
  });

  test("left out is damage", () => {
    for (const name of BLOCK_HEAD) {
      const chunk = withBlock(BLOCK, ({ head: { [name]: _, ...rest } }) => encodeHead(rest));
      expect([name, readBlock(chunk)]).toEqual([name, "refused"]);
    }
  });

  test(
    "flipped at random, head and columns alike, gives only expected errors",
    () => {
      fc.assert(
        fc.property(
          fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 })), {
            minLength: 1,
            maxLength: 3,
          }),
          fc.boolean(),
          (flips, inHead) => {
            const chunk = withBlock(BLOCK, ({ head, columns }) => {
              const bytes = encodeHead(head);
              for (const [at, bits] of flips) {
                const target = inHead ? bytes : columns[at % columns.length]!;
                if (target.length > 0) target[at % target.length]! ^= bits;
              }
              return bytes;
            });
            readBlock(chunk);
          },
        ),
        { numRuns: 2000 },
      );
    },
    SLOW_CORE_MS,
  );
});

function openedHead(): OpenedBlock["head"] {
  return openBlock(BLOCK).head;
}

test("a payload that its raw checksum does not cover is refused, whatever it is", () => {
  const decoders = [decodeFileHead, decodeBlock, decodeBlock, decodeBlock, decodeIndex];
  for (const [i, { start }] of RANGES.slice(0, -1).entries()) {
    const chunk = withField(FILE, start, "raw_crc", 1n).subarray(start);
    const header = decodeHeader(chunk)!;
    const stored = chunk.subarray(HEADER_BYTES, HEADER_BYTES + header.storedLength);
    expect(() => decoders[i]!(header, stored, SAMPLE_HEAD)).toThrow("checksum");
  }
});

describe("bombs are refused before they grow", () => {
  function expectRefused(chunk: Uint8Array): void {
    const before = peakBytes();
    expect(readBlock(chunk)).toBe("refused");
    const header = decodeHeader(chunk)!;
    const stored = chunk.subarray(HEADER_BYTES, HEADER_BYTES + header.storedLength);
    expect(() => decodeMetadata({ ...header, codec: 1 }, stored)).toThrow(PolybotError);
    expect(() => decodeMetadata({ ...header, codec: 0 }, stored)).toThrow(PolybotError);
    expect(peakBytes() - before).toBeLessThan(GROWTH_MAX / 3);
  }

  const bomb = zeroFrame(200 * MIB);
  const small = zeroFrame(5000);

  test.each([
    ["a frame that announces 200 MB", bomb, 200 * MIB],
    ["one that announces less than it holds", withFrameLength(bomb, 5000), 5000],
    ["a second frame behind a small one", joined(small, bomb), 5000],
    ["a small frame cut short", small.subarray(0, -1), 5000],
  ])("%s", (_, frame, length) => {
    expectRefused(withPayload(BLOCK, frame, length, Bun.hash.crc32(new Uint8Array(5000))));
    // The same as a column of a block.
    const head = { shapes: [0], keyframe: null, odd: [], columns: [length * 4 + 1] };
    const payload = joined(encodeHead({ ...head, implied: 0, evidence: "" }), encode(frame));
    expectRefused(withPayload(BLOCK, payload, length));
  });

  test("nested lists that announce millions of items", () => {
    for (const depth of [1, 2, 500]) expectRefused(withPayload(BLOCK, nestedLists(depth, 2 ** 22)));
  });

  test("millions of values without a list around them", () => {
    expectRefused(withPayload(BLOCK, new Uint8Array(5 * MIB).fill(0xc0)));
    expectRefused(withPayload(BLOCK, new Uint8Array(5 * MIB).fill(0x90)));
  });

  test("a list in a list in a list, to any depth", () => {
    expectRefused(withPayload(BLOCK, new Uint8Array(MIB).fill(0x91)));
  });

  test("levels without bytes of their own", () => {
    const chunk = withBlock(BLOCK, ({ head }) => {
      head.keyframe = [2 ** 22, 0, null, null];
      // Every column that comes then is a constant.
      head.columns = [...(head.columns as number[]), ...Array.from({ length: 20 }, () => 4 + 2)];
      return undefined;
    });
    expectRefused(chunk);
  });

  test("values that no byte is spent on, in every stream", () => {
    const chunk = withBlock(BLOCK, ({ head }) => {
      head.shapes = [Array.from({ length: 200 }, () => '"market":\u0000').join(",")];
      return undefined;
    });
    expectRefused(chunk);
  });
});

describe("texts that are no decimals", () => {
  test("as levels of a keyframe are damage, not an error of the arithmetic", () => {
    for (const text of ["x", "", "1e9999", "NaN"]) {
      const chunk = withBlock(BLOCK, ({ head }) => {
        head.keyframe = [1, 0, null, null];
        head.odd = [0, [0, text], 1, [0, text]];
        return undefined;
      });
      expect(readBlock(chunk)).toBe("refused");
    }
  });
});
