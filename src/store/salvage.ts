import {
  CHUNK_HEADER_BYTES,
  CHUNK_KIND,
  type ChunkHeader,
  paddedLength,
  SKIPPABLE_KIND,
} from "../format/chunk.ts";
import { DAMAGE, type Damage, type FileEnd } from "../format/chunk-scanner.ts";
import { PolybotError } from "../format/error.ts";
import { decodeFileHead, type FileHead } from "../format/file-head.ts";
import { type ByteSource, scanFile } from "../format/scan-file.ts";
import { decodeIndex, decodeTail, type IndexEntry, TAIL_BYTES } from "../format/segment-end.ts";

/** Where a sound chunk stands in its file. */
export interface ChunkPlace {
  readonly offset: number;
  readonly header: ChunkHeader;
}

/** Everything of a segment that is as it was written, and what is not. */
export interface Salvage {
  /** `undefined` if no sound header is left. */
  readonly salt: number | undefined;
  readonly head: FileHead | undefined;
  /** Whether `head` is chunk 0 itself, and not the index's copy. */
  readonly isHeadSound: boolean;
  readonly index: readonly IndexEntry[] | undefined;
  /** Where the tail says that the index begins: what stands there or behind is no block. */
  readonly indexOffset: number;
  /** Blocks, and chunks of kinds that a reader passes over, by their numbers. */
  readonly chunks: readonly ChunkPlace[];
  readonly damage: readonly Damage[];
  readonly end: FileEnd;
  /** The last update that any header or the index names; 0 if none does. */
  readonly lastNamed: number;
}

/** Looks through a segment. Blocks are checked by their checksums, not decoded. */
export async function salvage(file: ByteSource): Promise<Salvage> {
  const first = await scanned(file);
  // Where chunk 0 is another file's, its salt makes all others strangers.
  const other = first.damage.find(({ reason }) => reason === DAMAGE.foreign)?.header?.salt;
  if (other === undefined) return first;
  const second = await scanned(file, other);
  return second.chunks.length > first.chunks.length ? second : first;
}

async function scanned(file: ByteSource, knownSalt?: number): Promise<Salvage> {
  const chunks = new Map<number, ChunkPlace>();
  const damage: Damage[] = [];
  const found: { head?: FileHead; isHeadSound: boolean; index?: readonly IndexEntry[] } = {
    isHeadSound: false,
  };
  let salt = knownSalt;
  let end: FileEnd = "open";
  for await (const part of scanFile(file, { salt })) {
    if (part.kind === "damage") damage.push(part.damage);
    if (part.kind === "end") end = part.end;
    if (part.kind !== "chunk") continue;
    const { offset, header, stored } = part;
    salt ??= header.salt;
    try {
      if (header.kind === CHUNK_KIND.head && header.number === 0) {
        found.head = decodeFileHead(header, stored);
        found.isHeadSound = true;
      } else if (header.kind === CHUNK_KIND.index) {
        const { head, entries } = decodeIndex(header, stored);
        found.head ??= head;
        found.index = entries;
      } else if (header.kind === CHUNK_KIND.block || header.kind >= SKIPPABLE_KIND) {
        chunks.set(header.number, { offset, header });
      } else {
        throw new PolybotError("DAMAGED", `a chunk of kind ${header.kind} has no place here`);
      }
    } catch (error) {
      if (!(error instanceof PolybotError)) throw error;
      damage.push({ offset, length: CHUNK_HEADER_BYTES, reason: error.message, header });
    }
  }
  for (const { reason, offset, header } of damage) {
    // What only stands in the wrong order is not lost.
    if (reason !== DAMAGE.order || header === undefined || chunks.has(header.number)) continue;
    if (header.kind !== CHUNK_KIND.block) continue;
    const place = { offset, header };
    if (await isSound(file, place)) chunks.set(header.number, place);
  }
  return {
    salt,
    head: found.head,
    isHeadSound: found.isHeadSound,
    index: found.index,
    indexOffset: await indexOffset(file, salt),
    chunks: [...chunks.values()].sort((a, b) => a.header.number - b.header.number),
    damage,
    end,
    lastNamed: lastNamed(damage, found.index ?? []),
  };
}

async function isSound(file: ByteSource, { offset, header }: ChunkPlace): Promise<boolean> {
  const length = paddedLength(header.storedLength);
  const payload = await file.read(offset + CHUNK_HEADER_BYTES, length);
  const crc = Bun.hash.crc32(payload as Uint8Array<ArrayBuffer>);
  return payload.length === length && crc === header.storedCrc;
}

async function indexOffset(file: ByteSource, salt: number | undefined): Promise<number> {
  const tailAt = Math.max(0, (await file.size()) - TAIL_BYTES);
  const tail = await file.read(tailAt, TAIL_BYTES);
  return (salt === undefined ? undefined : decodeTail(tail, salt)) ?? Number.POSITIVE_INFINITY;
}

function lastNamed(damage: readonly Damage[], index: readonly IndexEntry[]): number {
  const headers = damage.flatMap(({ reason, header }) =>
    header?.kind === CHUNK_KIND.block && reason !== DAMAGE.foreign ? [header] : [],
  );
  return [...headers, ...index].reduce((last, { firstSequence, records }) => {
    const named = firstSequence + records - 1;
    return Number.isSafeInteger(named) ? Math.max(last, named) : last;
  }, 0);
}
