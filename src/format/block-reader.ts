import {
  type BlockRecipe,
  type BlockRow,
  DERIVED,
  type Implied,
  impliedCrc,
  type Keyframe,
  RECEIVED_US_MAX,
  type StoredValue,
} from "./block.ts";
import { BlockValues, oddRecipeValues } from "./block-values.ts";
import { type ChunkHeader, CODEC } from "./chunk.ts";
import { OddStreams } from "./columns/odd-texts.ts";
import { unpackReceived, venueUsOf } from "./columns/received-column.ts";
import { type RecipeChange, readRecipe, readRecipeChanges } from "./columns/recipe-column.ts";
import { type RowHead, readRowHeads } from "./columns/row-columns.ts";
import { Unpacking } from "./columns/unpacking.ts";
import { damaged } from "./damaged.ts";
import { DerivedValues } from "./derived-values.ts";
import { HASH_BYTES } from "./hash-text.ts";
import { KNOWN_SHAPES } from "./known-shapes.ts";
import { BLOCK_ROWS_MAX, BLOCK_SHAPES_MAX } from "./limits.ts";
import { asArray, asBytes, asCount, asText, decodeValues } from "./packed-value.ts";
import { parseShape, type Shape } from "./shape.ts";
import { streamCounts } from "./stream-counts.ts";

export interface Block {
  /** `null` while the session has had no book. */
  readonly keyframe: Keyframe | null;
  readonly firstSequence: number;
  readonly rows: readonly BlockRow[];
  /**
   * For each row the one after which the book has its hash, or its best prices if it has no hash;
   * -1 where they are stored.
   */
  readonly groupEnds: Int32Array;
  /** Of the derived hashes; `null` if there are none. */
  readonly recipe: BlockRecipe | null;
  readonly recipeChanges: readonly RecipeChange[];
  readonly evidence: BlockEvidence;
}

/** What proves a block's hashes, derived or not; empty where there was nothing to prove. */
export interface BlockEvidence {
  /** SHA-1 over the hashes of all updates that have one, in order. */
  readonly all: Uint8Array;
  /** The last hash that was judged. */
  readonly last: Uint8Array;
}

/**
 * Decodes a block's stored payload (without padding) and checks all of it: lengths, checksums,
 * counts, ranges. Its hashes are left to whoever has the book. Throws `DAMAGED`, nothing else.
 */
export function decodeBlock(header: ChunkHeader, stored: Uint8Array, implied: Implied): Block {
  if (header.codec !== CODEC.columns) throw damaged(`codec ${header.codec} is no block's`);
  if (header.records === 0 || header.records > BLOCK_ROWS_MAX) {
    throw damaged("a block has no rows or too many");
  }
  if (!Number.isSafeInteger(header.firstSequence + header.records)) {
    throw damaged("a block's sequence numbers are out of range");
  }
  if (header.minUs >= RECEIVED_US_MAX) throw damaged("a block's times are out of range");
  const [head, ...bins] = decodeValues(stored);
  const [shapes, keyframeValue, odd, columns, crc, all, last, recipe] = asArray(head);
  const headBytes = stored.subarray(0, stored.length - sumOf(bins.map(binBytes)));
  const unpacking = new Unpacking(asArray(columns), bins, headBytes, header.minUs);
  if (unpacking.rawLength !== header.rawLength || unpacking.rawCrc !== header.rawCrc) {
    throw damaged("a block does not match its checksum");
  }
  if (asCount(crc) !== impliedCrc(implied)) {
    throw damaged("a block's market or token is not its file's");
  }
  const rowHeads = readRowHeads(unpacking, header.records, readShapes(shapes));
  const oddStreams = new OddStreams(odd);
  const counts = streamCounts(rowHeads);
  const values = new BlockValues(unpacking, rowHeads, counts, oddStreams, keyframeValue);
  const rowValues = values.rows(implied);
  const times = readTimes(unpacking, rowHeads, rowValues);
  const recipeChanges = readRecipeChanges(unpacking, header.records, oddRecipeValues(oddStreams));
  const derived = new DerivedValues(unpacking, rowHeads, rowValues, counts, oddStreams);
  unpacking.finish();
  oddStreams.finish();
  if (minOf(times) !== header.minUs || maxOf(times) !== header.maxUs) {
    throw damaged("a block's times do not match its header");
  }
  const rows = rowHeads.map(({ type, verdict, shape, socket, place }, i): BlockRow => {
    const receivedUs = times[i]!;
    return { type, verdict, receivedUs, socket, place, shape, values: rowValues[i]! };
  });
  const block: Block = {
    keyframe: values.keyframe,
    firstSequence: header.firstSequence,
    rows,
    groupEnds: derived.groupEnds(),
    recipe: readRecipe(recipe),
    recipeChanges,
    evidence: { all: asDigest(all), last: asDigest(last) },
  };
  if (block.recipe === null && hasDerivedHash(block)) throw damaged("a hash has no recipe");
  return block;
}

function asDigest(value: unknown): Uint8Array {
  const bytes = asBytes(value);
  if (bytes.length !== 0 && bytes.length !== HASH_BYTES) throw damaged("a digest is too long");
  return bytes;
}

function hasDerivedHash({ rows }: Block): boolean {
  return rows.some(({ values, shape }) => values[shape.hashSlot] === DERIVED);
}

/** What a MessagePack `bin` takes in its shortest form, the only one allowed here. */
function binBytes(bin: unknown): number {
  const { length } = asBytes(bin);
  return length + (length < 2 ** 8 ? 2 : length < 2 ** 16 ? 3 : 5);
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, value) => sum + value, 0);
}

function minOf(numbers: Float64Array): number {
  return numbers.reduce((min, value) => Math.min(min, value), Number.POSITIVE_INFINITY);
}

function maxOf(numbers: Float64Array): number {
  return numbers.reduce((max, value) => Math.max(max, value), 0);
}

function readShapes(value: unknown): Shape[] {
  const shapes = asArray(value);
  if (shapes.length > BLOCK_SHAPES_MAX) throw damaged("a block has too many shapes");
  return shapes.map((shape) => {
    if (typeof shape !== "number") return parseShape(asText(shape));
    const known = KNOWN_SHAPES[shape];
    if (known === undefined) throw damaged("a shape has an unknown number");
    return parseShape(known.text);
  });
}

/** The receive time of every row; rows that go on share that of the row before. */
function readTimes(
  unpacking: Unpacking,
  heads: readonly RowHead[],
  values: readonly (readonly StoredValue[])[],
): Float64Array {
  const venueUs: number[] = [];
  heads.forEach(({ goesOn, shape }, i) => {
    if (!goesOn) venueUs.push(venueUsOf(values[i]![shape.timeSlot]));
  });
  const received = unpackReceived(unpacking, Float64Array.from(venueUs));
  let at = -1;
  return Float64Array.from(heads, ({ goesOn }) => {
    if (!goesOn) at++;
    return received[at]!;
  });
}
