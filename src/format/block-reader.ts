import {
  type BlockRecipe,
  type BlockRow,
  type Implied,
  impliedCrc,
  type Keyframe,
  RECEIVED_US_MAX,
} from "./block.ts";
import { type BlockEvidence, readBlockHead } from "./block-head.ts";
import { BlockRows } from "./block-rows.ts";
import { BlockValues, oddRecipeValues } from "./block-values.ts";
import { CODEC, type PackedContent } from "./chunk.ts";
import { OddStreams } from "./columns/odd-texts.ts";
import { unpackReceived } from "./columns/received-column.ts";
import { type RecipeChange, readRecipe, readRecipeChanges } from "./columns/recipe-column.ts";
import { RowHeads } from "./columns/row-heads.ts";
import { Unpacking } from "./columns/unpacking.ts";
import { damaged } from "./damaged.ts";
import { DerivedValues } from "./derived-values.ts";
import { KNOWN_SHAPES } from "./known-shapes.ts";
import { BLOCK_ROWS_MAX, BLOCK_SHAPES_MAX } from "./limits.ts";
import { asArray, asText } from "./packed-value.ts";
import { RowLayout } from "./row-layout.ts";
import { parseShape, type Shape } from "./shape.ts";
import { VenueTimes } from "./venue-times.ts";

export interface Block {
  /** `null` while the session has had no book. */
  readonly keyframe: Keyframe | null;
  readonly firstSequence: number;
  /** Made when they are first asked for. */
  readonly rows: readonly BlockRow[];
  /** The same rows, without an object for each. */
  readonly columns: BlockRows;
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

/** What a block holds beside its rows. */
export type BlockColumns = Omit<Block, "rows" | "keyframe" | "groupEnds">;

/**
 * Decodes a block's stored payload (without padding) and checks all of it: lengths, checksums,
 * counts, ranges. Its hashes are left to whoever has the book. Throws `DAMAGED`, nothing else.
 */
export function decodeBlock(header: PackedContent, stored: Uint8Array, implied: Implied): Block {
  return blockOf(decodeColumns(header, stored, implied));
}

/** All of the same block. Throws `DAMAGED`. */
export function blockOf(block: BlockColumns): Block {
  const { columns } = block;
  const groupEnds = columns.derived.groupEnds();
  const { keyframe } = columns.values;
  let rows: BlockRow[] | undefined;
  return {
    ...block,
    keyframe,
    groupEnds,
    get rows() {
      rows ??= Array.from({ length: columns.count }, (_, row) => columns.row(row));
      return rows;
    },
  };
}

/**
 * The columns of a chunk's block, but for hashes and best prices, which wait until they are asked
 * for. Throws `DAMAGED`.
 */
export function decodeColumns(
  header: PackedContent,
  stored: Uint8Array,
  implied: Implied,
): BlockColumns {
  checkHeader(header);
  const head = readBlockHead(stored);
  const unpacking = new Unpacking(head.columns, head.bins, head.bytes, header.minUs);
  if (unpacking.rawLength !== header.rawLength || unpacking.rawCrc !== header.rawCrc) {
    throw damaged("a block does not match its checksum");
  }
  if (head.impliedCrc !== impliedCrc(implied)) {
    throw damaged("a block's market or token is not its file's");
  }
  const heads = new RowHeads(unpacking, header.records, readShapes(head.shapes));
  const layout = new RowLayout(heads);
  const parts = { heads, layout };
  const odd = new OddStreams(head.odd);
  const values = new BlockValues(unpacking, parts, odd, head.keyframe, implied);
  const times = new VenueTimes(parts, values);
  const receivedUs = readTimes(unpacking, heads, times);
  const recipeChanges = readRecipeChanges(unpacking, header.records, oddRecipeValues(odd));
  checkRange(receivedUs, header);
  const recipe = readRecipe(head.recipe);
  const derive = () => {
    const derived = new DerivedValues(unpacking, parts, times, odd);
    unpacking.finish();
    odd.finish();
    if (recipe === null && derived.hasDerivedHash) throw damaged("a hash has no recipe");
    return derived;
  };
  return {
    firstSequence: header.firstSequence,
    columns: new BlockRows(parts, { values, times, derive, receivedUs }),
    recipe,
    recipeChanges,
    evidence: head.evidence,
  };
}

function checkHeader({ codec, records, firstSequence, minUs }: PackedContent): void {
  if (codec !== CODEC.columns) throw damaged(`codec ${codec} is no block's`);
  if (records === 0 || records > BLOCK_ROWS_MAX) throw damaged("a block has no rows or too many");
  if (!Number.isSafeInteger(firstSequence + records)) {
    throw damaged("a block's sequence numbers are out of range");
  }
  if (minUs >= RECEIVED_US_MAX) throw damaged("a block's times are out of range");
}

function checkRange(times: Float64Array, { minUs, maxUs }: PackedContent): void {
  let min = Number.POSITIVE_INFINITY;
  let max = 0;
  for (let row = 0; row < times.length; row++) {
    const us = times[row]!;
    if (us < min) min = us;
    if (us > max) max = us;
  }
  if (min !== minUs || max !== maxUs) throw damaged("a block's times do not match its header");
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
function readTimes(unpacking: Unpacking, heads: RowHeads, times: VenueTimes): Float64Array {
  if (heads.elements === heads.count) return unpackReceived(unpacking, times.ms);
  const venueMs = new Float64Array(heads.elements);
  let element = 0;
  for (let row = 0; row < heads.count; row++) {
    if (heads.goesOn[row] === 0) venueMs[element++] = times.ms[row]!;
  }
  const received = unpackReceived(unpacking, venueMs);
  const receivedUs = new Float64Array(heads.count);
  element = -1;
  for (let row = 0; row < heads.count; row++) {
    if (heads.goesOn[row] === 0) element++;
    receivedUs[row] = received[element]!;
  }
  return receivedUs;
}
