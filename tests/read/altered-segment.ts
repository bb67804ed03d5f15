import { BlockReplay } from "../../src/book/block-replay.ts";
import { type BlockRow, DERIVED, type Implied, NOTHING_DERIVED } from "../../src/format/block.ts";
import { type Block, decodeBlock } from "../../src/format/block-reader.ts";
import { BlockWriter } from "../../src/format/block-writer.ts";
import { CHUNK_KIND, type ChunkHeader, decodeHeader, encodeChunk } from "../../src/format/chunk.ts";
import { hashedValuesOf } from "../../src/format/columns/recipe-column.ts";
import { scanBytes } from "../../src/format/scan-bytes.ts";
import {
  decodeIndex,
  encodeIndex,
  encodeTail,
  type IndexEntry,
} from "../../src/format/segment-end.ts";
import { withBlock } from "../hostile-bytes.ts";
import { plainRow } from "../plain-rows.ts";

export interface StoredBlock {
  readonly header: ChunkHeader;
  readonly chunk: Uint8Array;
  readonly block: Block;
  /** All values of the rows as texts, but for lists of levels. */
  readonly rows: readonly BlockRow[];
}

/**
 * A sealed segment, of which single values can be changed by one who mends everything that is not
 * proof: checksums, lengths, index and tail. The altered block is decoded and written anew with
 * the same values derived; evidence and last hash are those of before.
 */
export class AlteredSegment {
  readonly blocks: readonly StoredBlock[];
  readonly #head: Uint8Array;
  readonly #fileHead: ReturnType<typeof decodeIndex>["head"];
  readonly #implied: Implied;

  constructor(file: Uint8Array, implied: Implied) {
    this.#implied = implied;
    const parts = [...scanBytes(file)].flatMap((part) => (part.kind === "chunk" ? [part] : []));
    const ends = [...parts.slice(1).map(({ offset }) => offset), file.length];
    this.#head = file.slice(0, ends[0]);
    const index = parts.find(({ header }) => header.kind === CHUNK_KIND.index)!;
    this.#fileHead = decodeIndex(index.header, index.stored).head;
    this.blocks = parts.flatMap(({ header, stored, offset }, i) => {
      if (header.kind !== CHUNK_KIND.block) return [];
      const block = decodeBlock(header, stored, implied);
      const replay = new BlockReplay(block, implied);
      const rows = block.rows.map((row, at) => ({
        ...plainRow(row),
        values: textsOf(row, replay, at),
      }));
      return [{ header, block, rows, chunk: file.slice(offset, ends[i]) }];
    });
  }

  /** The file with other rows in some of its blocks, and where these stand. */
  with(rowsOf: (stored: StoredBlock) => readonly BlockRow[] | undefined): {
    readonly bytes: Uint8Array;
    readonly altered: readonly IndexEntry[];
  } {
    const chunks: Uint8Array[] = [];
    const entries: IndexEntry[] = [];
    const altered: IndexEntry[] = [];
    let offset = this.#head.length;
    for (const stored of this.blocks) {
      const rows = rowsOf(stored);
      const chunk = rows === undefined ? stored.chunk : this.#rewritten(stored, rows);
      const { number, records, firstSequence, minUs, maxUs } = decodeHeader(chunk)!;
      const entry = { offset, number, records, firstSequence, minUs, maxUs };
      if (rows !== undefined) altered.push(entry);
      entries.push(entry);
      chunks.push(chunk);
      offset += chunk.length;
    }
    const { salt } = this.blocks[0]!.header;
    const end = [
      encodeIndex(salt, chunks.length + 1, this.#fileHead, entries),
      encodeTail(salt, offset),
    ];
    return { bytes: Buffer.concat([this.#head, ...chunks, ...end]), altered };
  }

  #rewritten({ header, block }: StoredBlock, rows: readonly BlockRow[]): Uint8Array {
    const writer = new BlockWriter(this.#implied, block.firstSequence, block.keyframe);
    for (const [i, row] of rows.entries()) writer.stage(row, row, isBestDerived(block.rows[i]!));
    const groups = Map.groupBy(rows.keys(), (row) => {
      return hasDerivedHash(block.rows[row]!) ? block.groupEnds[row]! : -1 - row;
    });
    for (const [endRow, group] of groups) judge(writer, block, endRow, group);
    const { content, packed } = writer.finish();
    const { all, last } = block.evidence;
    return withBlock(encodeChunk(header.salt, header.number, content, packed), ({ head }) => {
      head.evidence = all;
      head.last_hash = last;
      return undefined;
    });
  }
}

/** What is stored of a row, with texts for what is derived. */
function textsOf({ values }: BlockRow, replay: BlockReplay, at: number): BlockRow["values"] {
  const texts = replay.event(at).values;
  return values.map((value, slot) => (value === DERIVED ? texts[slot]! : value));
}

function judge(writer: BlockWriter, block: Block, endRow: number, rows: readonly number[]): void {
  const { verdict } = block.rows[rows[0]!]!;
  if (endRow < 0) {
    writer.judge(rows, { verdict, ...NOTHING_DERIVED });
    return;
  }
  const values = block.recipeChanges.findLast(({ row }) => row <= endRow);
  const derivation = {
    ...hashedValuesOf(block.keyframe),
    ...(values && { tickSize: values.tickSize, lastTradePrice: values.lastTradePrice }),
    recipe: block.recipe!,
  };
  const isBestRight = rows.some((row) => isBestDerived(block.rows[row]!));
  writer.judge(rows, { verdict, derivation, isBestRight });
}

export function hasDerivedHash({ shape, values }: BlockRow): boolean {
  return values[shape.hashSlot] === DERIVED;
}

function isBestDerived({ shape, values }: BlockRow): boolean {
  return values[shape.bestBidSlot] === DERIVED;
}
