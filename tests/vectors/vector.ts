import type { FileHead } from "../../src/format/file-head.ts";
import { decodeMetadata, encodeMetadata, type SessionMetadata } from "../../src/format/metadata.ts";
import { onlyChunk } from "../../src/format/scan-bytes.ts";
import { type BinarySnapshot, decodeSnapshot, encodeSnapshot } from "../../src/format/snapshot.ts";
import { decodeTombstones, encodeTombstones, type Tombstone } from "../../src/format/tombstones.ts";
import {
  decodeSegment,
  encodeSegment,
  type SeenSegment,
  type SegmentSource,
} from "../segment-bytes.ts";

interface WholeFile<T> {
  readonly salt: number;
  readonly head: FileHead;
  readonly content: T;
}

/** What a golden file is made from, and what it must give back; plain JSON. */
export type VectorSource =
  | { readonly kind: "segment"; readonly source: SegmentSource }
  | { readonly kind: "snapshot"; readonly source: WholeFile<BinarySnapshot> }
  | { readonly kind: "metadata"; readonly source: WholeFile<SessionMetadata> }
  | { readonly kind: "pruned"; readonly source: WholeFile<readonly Tombstone[]> };

export type Seen = SeenSegment | BinarySnapshot | SessionMetadata | readonly Tombstone[];

export type Vector = VectorSource & { readonly seen: Seen };

export const VECTORS_FOLDER = `${import.meta.dir}/v0`;

export function encodeVector(vector: VectorSource): Uint8Array {
  if (vector.kind === "segment") return encodeSegment(vector.source);
  const { salt, head } = vector.source;
  if (vector.kind === "pruned") return encodeTombstones(salt, head, vector.source.content);
  return vector.kind === "snapshot"
    ? encodeSnapshot(salt, head, vector.source.content)
    : encodeMetadata(salt, head, vector.source.content);
}

export function decodeVector({ kind, source }: VectorSource, bytes: Uint8Array): Seen {
  if (kind === "segment") return decodeSegment(bytes, source.head);
  const { header, stored } = onlyChunk(bytes, kind);
  if (kind === "pruned") return decodeTombstones(header, stored);
  return kind === "snapshot" ? decodeSnapshot(header, stored) : decodeMetadata(header, stored);
}
