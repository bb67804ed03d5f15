import { describe, expect, test } from "bun:test";
import { seededRandom } from "../../src/ports/random.ts";
import { flipBit, joined, zeroed } from "../hostile-bytes.ts";
import { chunkRanges } from "../sample-segment.ts";
import {
  FILE_KINDS,
  type FileKind,
  ofSession,
  type Scan,
  SESSION_FILES,
  scan,
} from "./file-kinds.ts";
import { readSession, sampleSession } from "./sample-session.ts";

/** Only a hang is meant to fail. */
const SLOW_CORE_MS = 120_000;

const SECTOR = 512;

/** The chunks that have a byte in `[from, to)`; the tail counts as one. */
function touched(file: Uint8Array, from: number, to: number): Set<number> {
  const ranges = chunkRanges(file);
  return new Set(ranges.flatMap(({ start, end }, i) => (start < to && end > from ? [i] : [])));
}

/** No chunk is another than it was, no more than `lost` are gone, and that it is so is noticed. */
function expectNoticed(
  kind: FileKind,
  sound: Scan,
  file: Uint8Array,
  lost: ReadonlySet<number>,
): void {
  const seen = scan(file);
  for (const [number, chunk] of seen.chunks) {
    if (sound.chunks.get(number) !== chunk) throw new Error(`chunk ${number} is wrong`);
  }
  if (new Set(seen.numbers).size !== seen.numbers.length) throw new Error("a chunk came twice");
  for (const number of sound.chunks.keys()) {
    if (!seen.chunks.has(number) && !lost.has(number)) throw new Error(`chunk ${number} is gone`);
  }
  if (seen.damaged === 0 && kind.isWhole(seen)) throw new Error("nothing was noticed");
}

describe.each(FILE_KINDS.map((kind) => [kind.name, kind] as const))("a %s", (_, kind) => {
  const { file, foreign } = kind;
  const sound = scan(file);
  const ranges = chunkRanges(file);
  const pieces = ranges.map(({ start, end }) => file.subarray(start, end));
  const all = new Set(ranges.keys());

  test("is whole, and has all its chunks", () => {
    expect([sound.damaged, kind.isWhole(sound), sound.chunks.size]).toEqual([0, true, kind.chunks]);
  });

  test("cut at every byte gives exactly the chunks before the cut", () => {
    for (let cut = 0; cut < file.length; cut++) {
      const whole = ranges.filter(({ end }) => end <= cut).length;
      const lost = new Set([...all].filter((number) => number >= whole));
      expectNoticed(kind, sound, file.subarray(0, cut), lost);
      const { numbers } = scan(file.subarray(0, cut));
      if (numbers.length !== Math.min(whole, kind.chunks)) throw new Error(`cut at ${cut}`);
    }
  });

  test(
    "with any bit flipped loses its chunk at most",
    () => {
      for (let bit = 0; bit < file.length * 8; bit++) {
        const at = bit >> 3;
        expectNoticed(kind, sound, flipBit(file, bit), touched(file, at, at + 1));
      }
    },
    SLOW_CORE_MS,
  );

  test("with any sector zeroed loses what it touches", () => {
    for (let at = 0; at < file.length; at += SECTOR) {
      const harmed = zeroed(file, at, at + SECTOR);
      expectNoticed(kind, sound, harmed, touched(file, at, at + SECTOR));
    }
  });

  test("with a chunk deleted, doubled, swapped or spliced in loses those at most", () => {
    const strange = chunkRanges(foreign).map(({ start, end }) => foreign.subarray(start, end));
    // The tail is at the end whatever happens: without it all is said by the cuts.
    for (let a = 0; a < kind.chunks; a++) {
      const without = pieces.filter((_, i) => i !== a);
      expectNoticed(kind, sound, joined(...without), new Set([a]));
      for (let b = 0; b < kind.chunks; b++) {
        const doubled = pieces.toSpliced(b + 1, 0, pieces[a]!);
        // A copy that comes early is taken in place of the chunks between.
        const between = new Set([...all].filter((i) => i > b && i < a));
        expectNoticed(kind, sound, joined(...doubled), b + 1 === a ? new Set() : between);
        if (a > 0) {
          const spliced = pieces.toSpliced(b + 1, 0, strange[a]!);
          expectNoticed(kind, sound, joined(...spliced), new Set());
        }
        if (a >= b) continue;
        const swapped = pieces.with(a, pieces[b]!).with(b, pieces[a]!);
        const moved = new Set([...all].filter((i) => i >= a && i < b));
        expectNoticed(kind, sound, joined(...swapped), moved);
      }
    }
  });

  test("with bytes behind its end loses nothing", () => {
    const seed = Math.floor(Math.random() * 2 ** 31);
    const random = seededRandom(seed);
    console.log(`seed ${seed}`);
    for (let count = 1; count <= 1024; count++) {
      const bytes = Uint8Array.from({ length: count }, () => random() * 256);
      expectNoticed(kind, sound, joined(file, bytes), new Set());
      expectNoticed(kind, sound, joined(file, new Uint8Array(count)), new Set());
    }
  });
});

describe.each(SESSION_FILES)("a session whose %s is damaged", (end) => {
  const { path, file } = ofSession(end);
  /** Every byte of a small file, some of a large one: everything is decoded each time. */
  const step = Math.ceil(file.length / 300);

  test(
    "gives no wrong update; verify notices it, and names the bit",
    async () => {
      const session = sampleSession(0x5a17);
      const whole = await readSession(session);
      expect(whole.verified.problems).toEqual([]);
      expect(whole.updates.size).toBe(32);
      for (let at = 0; at < file.length; at += step) {
        const bit = at % 8;
        session.set(path, flipBit(file, at * 8 + bit));
        const { updates, verified } = await readSession(session);
        for (const [number, update] of updates) {
          if (whole.updates.get(number) !== update) throw new Error(`byte ${at}: ${number}`);
        }
        expect(updates.size).toBeGreaterThanOrEqual(30);
        expect(verified.problems.map(({ flipped_bit }) => flipped_bit)).toEqual([
          { offset: at, bit },
        ]);
        expect(verified.problems[0]!.file).toBe(path);
      }
    },
    SLOW_CORE_MS,
  );
});
