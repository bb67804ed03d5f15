import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Damage } from "../../src/format/chunk-scanner.ts";
import type { FileHead } from "../../src/format/file-head.ts";
import { encodeMetadata, NO_NAMES, NO_SUMS } from "../../src/format/metadata.ts";
import { systemFs } from "../../src/ports/fs.ts";
import { SessionFolder } from "../../src/read/session-folder.ts";
import { SessionReader } from "../../src/read/session-reader.ts";
import { verify } from "../../src/read/verify.ts";
import { METADATA_NAME, segmentPath } from "../../src/store/paths.ts";
import { flipBit, joined, withField } from "../hostile-bytes.ts";
import { chunkRanges, SAMPLE_BLOCKS, SAMPLE_HEAD, sampleSegment } from "../sample-segment.ts";
import { encodeSegment } from "../segment-bytes.ts";

const FILE = sampleSegment(0x5a17);
const RANGES = chunkRanges(FILE);
const NAME = "segment.bin";
/** Updates of each block: every message of the sample is one update. */
const ROWS = SAMPLE_BLOCKS.map((messages) => messages.length);

/** Thousands of small files, on whatever disk: only a hang is meant to fail. */
const SLOW_DISK_MS = 120_000;

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "polybot-damaged-"));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Read {
  /** Sequence number and own text with all values of each update. */
  readonly updates: Map<number, string>;
  readonly damage: Damage[];
}

async function read(session: SessionFolder): Promise<Read> {
  const updates = new Map<number, string>();
  const damage: Damage[] = [];
  const onDamage = (_: string, place: Damage) => damage.push(place);
  for await (const update of new SessionReader(session, { onDamage })) {
    const { sequence_number, received_us, verdict, place, event, token_id } = update;
    updates.set(sequence_number, JSON.stringify([received_us, verdict, place, event, token_id]));
  }
  return { updates, damage };
}

function readBytes(bytes: Uint8Array): Promise<Read> {
  writeFileSync(join(folder, NAME), bytes);
  return read(loneSegment());
}

function loneSegment(): SessionFolder {
  return new SessionFolder(systemFs, folder, NAME);
}

/** Sequence numbers of the updates in a block, which counts from 1. */
function sequencesOf(block: number): number[] {
  const first = 1 + ROWS.slice(0, block - 1).reduce((sum, rows) => sum + rows, 0);
  return Array.from({ length: ROWS[block - 1]! }, (_, i) => first + i);
}

function expectNoWrongValue(seen: Read, sound: Read): void {
  for (const [sequence, update] of seen.updates) {
    if (sound.updates.get(sequence) !== update) throw new Error(`update ${sequence} is wrong`);
  }
}

describe("a segment on disk", () => {
  test(
    "cut at every byte gives exactly the updates of the whole blocks before the cut",
    async () => {
      const sound = await readBytes(FILE);
      expect([...sound.updates.keys()]).toEqual([1, 2, 3, 4, 5, 6, 7]);
      for (let cut = 0; cut < FILE.length; cut++) {
        const seen = await readBytes(FILE.subarray(0, cut));
        expectNoWrongValue(seen, sound);
        const whole = RANGES.filter(({ end }) => end <= cut).length;
        const blocks = [1, 2, 3].filter((number) => number < whole);
        expect([...seen.updates.keys()]).toEqual(blocks.flatMap(sequencesOf));
        // Cut exactly at a chunk's edge, an unsealed segment looks whole.
        const atEdge = cut === 0 || RANGES.some(({ end }) => end === cut);
        expect(seen.damage.length).toBe(atEdge ? 0 : 1);
      }
    },
    SLOW_DISK_MS,
  );

  test(
    "with a bit flipped in any byte never gives a wrong update, and loses a block at most",
    async () => {
      const sound = await readBytes(FILE);
      for (let at = 0; at < FILE.length; at++) {
        const seen = await readBytes(flipBit(FILE, at * 8 + (at % 8)));
        expectNoWrongValue(seen, sound);
        const hit = RANGES.findIndex(({ end }) => at < end);
        const lost = [1, 2, 3].includes(hit) ? sequencesOf(hit) : [];
        const kept = [...sound.updates.keys()].filter((sequence) => !lost.includes(sequence));
        expect([...seen.updates.keys()]).toEqual(kept);
        expect(seen.damage.length).toBe(1);
      }
    },
    SLOW_DISK_MS,
  );

  test("gives a range of times through its index", async () => {
    writeFileSync(join(folder, NAME), FILE);
    const sound = await read(loneSegment());
    const times = [...sound.updates.values()].map((update) => JSON.parse(update)[0] as number);
    for (const fromUs of times) {
      const sequences: number[] = [];
      const reader = new SessionReader(loneSegment());
      for await (const update of reader.updates({ from: fromUs })) {
        sequences.push(update.sequence_number);
      }
      expect(sequences).toEqual([1, 2, 3, 4, 5, 6, 7].slice(times.indexOf(fromUs)));
    }
  });

  test("without its head, index and folder it gives no update with made-up fields", async () => {
    const cut = flipBit(FILE.subarray(0, RANGES[4]!.start), 8 * 70);
    const seen = await readBytes(cut);
    expect(seen.updates.size).toBe(0);
    expect(seen.damage.length).toBe(4);
  });

  test("is verified: what is deleted, doubled or behind the tail is found", async () => {
    const pieces = RANGES.map(({ start, end }) => FILE.subarray(start, end));
    const cases: [string, Uint8Array, number][] = [
      ["whole", FILE, 0],
      ["a block deleted", joined(...pieces.filter((_, i) => i !== 2)), 1],
      ["block and index deleted", joined(...pieces.slice(0, 3), pieces[5]!), 1],
      ["index deleted", joined(...pieces.slice(0, 4), pieces[5]!), 1],
      ["a block twice", joined(...pieces.slice(0, 3), ...pieces.slice(2)), 1],
      ["bytes behind the tail", joined(FILE, Uint8Array.of(1)), 1],
      ["no tail", joined(...pieces.slice(0, 5)), 1],
      ["an unknown kind", withField(FILE, RANGES[2]!.start, "kind", 99n), 1],
    ];
    for (const [name, bytes, damaged] of cases) {
      writeFileSync(join(folder, NAME), bytes);
      const result = await verify([loneSegment()]);
      expect([name, result.damaged]).toEqual([name, damaged]);
    }
  });

  test("with a chunk of an unknown kind that may be skipped is whole", async () => {
    const extra = withField(FILE.subarray(RANGES[2]!.start, RANGES[2]!.end), 0, "kind", 128n);
    const { updates, damage } = await readBytes(
      joined(FILE.subarray(0, RANGES[2]!.start), extra, FILE.subarray(RANGES[3]!.start)),
    );
    expect(damage).toEqual([]);
    expect([...updates.keys()]).toEqual([...sequencesOf(1), ...sequencesOf(3)]);
  });
});

describe("a session on disk", () => {
  const metadata = encodeMetadata(
    9,
    { ...SAMPLE_HEAD, fileKind: "metadata" },
    {
      version: 0,
      session_id: SAMPLE_HEAD.sessionId,
      token_id: SAMPLE_HEAD.tokenId,
      start_timestamp: 1_893_553_445_000,
      end_timestamp: null,
      end_reason: null,
      update_count: 0,
      market: SAMPLE_HEAD.market,
      ...NO_NAMES,
      recorder_id: SAMPLE_HEAD.recorderId,
      first_sequence: 1,
      predecessor: null,
      segments: 0,
      bytes: 0,
      repeats: 0,
      hashes: null,
      ...NO_SUMS,
    },
  );

  async function sessionOf(...segments: readonly Uint8Array[]): Promise<SessionFolder> {
    const path = mkdtempSync(join(folder, "session-"));
    await Bun.write(join(path, METADATA_NAME), metadata);
    for (const [i, bytes] of segments.entries()) await Bun.write(segmentPath(path, i + 1), bytes);
    return new SessionFolder(systemFs, path);
  }

  test("whose only head is damaged takes market and token from its metadata", async () => {
    const open = sampleSegment(1, false);
    const sound = await read(await sessionOf(open));
    const seen = await read(await sessionOf(flipBit(open, 8 * 70)));
    expect(seen.updates).toEqual(sound.updates);
    expect(seen.damage.length).toBe(1);
  });

  test("that is being written may end inside a chunk, and nowhere else", async () => {
    const open = sampleSegment(1, false);
    const torn = await read(await sessionOf(open.subarray(0, open.length - 9)));
    expect(torn.damage).toEqual([]);
    expect([...torn.updates.keys()]).toEqual([...sequencesOf(1), ...sequencesOf(2)]);
    const before = await read(await sessionOf(open.subarray(0, open.length - 9), FILE));
    expect(before.damage.length).toBe(1);
  });

  test("with a segment of another token in it gives none of its updates", async () => {
    const head: FileHead = { ...SAMPLE_HEAD, tokenId: "1002", segment: 2 };
    const blocks = [[{ received_us: 1, note: { kind: "gap" } }]];
    const other = encodeSegment({ salt: 3, head, blocks, sealed: true });
    const { damage, updates } = await read(await sessionOf(FILE, other));
    expect(updates.size).toBe(7);
    expect(damage).toMatchObject([{ reason: "a block's market or token is not its file's" }]);
  });
});
