import { CHUNK_HEADER_BYTES, CHUNK_KIND, type ChunkHeader } from "./chunk.ts";
import type { Damage } from "./chunk-scanner.ts";
import { PolybotError } from "./error.ts";
import { decodeFileHead, type FileHead } from "./file-head.ts";
import { scanBytes } from "./scan-bytes.ts";

/** A file that is written as a whole, with all that is wrong about it. */
export interface InspectedWhole<T> {
  readonly head: FileHead | undefined;
  /** Sound although other parts of the file may not be. */
  readonly content: T | undefined;
  readonly damage: readonly Damage[];
}

/** Looks at every byte of such a file: a head, one chunk with content that decodes, nothing else. */
export function inspectWhole<T>(
  file: Uint8Array,
  kind: "snapshot" | "metadata" | "pruned",
  decode: (header: ChunkHeader, stored: Uint8Array) => T,
): InspectedWhole<T> {
  let head: FileHead | undefined;
  let content: T | undefined;
  const damage: Damage[] = [];
  for (const part of scanBytes(file)) {
    if (part.kind === "damage") damage.push(part.damage);
    if (part.kind !== "chunk") continue;
    const { offset, header, stored } = part;
    try {
      if (header.number === 0 && header.kind === CHUNK_KIND.head) {
        head = decodeFileHead(header, stored);
        continue;
      }
      if (header.kind === CHUNK_KIND[kind]) {
        content = decode(header, stored);
        continue;
      }
      damage.push(damageOf(offset, header, `a chunk of kind ${header.kind} has no place here`));
    } catch (error) {
      if (!(error instanceof PolybotError)) throw error;
      damage.push(damageOf(offset, header, error.message));
    }
  }
  if (damage.length === 0 && (head === undefined || content === undefined)) {
    const reason = `no sound ${head === undefined ? "head" : kind} chunk`;
    damage.push({ offset: file.length, length: 0, reason });
  }
  return { head, content, damage };
}

function damageOf(offset: number, header: ChunkHeader, reason: string): Damage {
  return { offset, length: CHUNK_HEADER_BYTES + header.storedLength, reason, header };
}
