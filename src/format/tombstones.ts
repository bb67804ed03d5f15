import { CHUNK_KIND, type ChunkHeader } from "./chunk.ts";
import { damaged } from "./damaged.ts";
import { PolybotError } from "./error.ts";
import type { FileHead } from "./file-head.ts";
import { FORMAT_VERSION, TOMBSTONES_MAX } from "./limits.ts";
import { asEndReason, type EndReason } from "./metadata.ts";
import { asArray, asCount, asFields, asText, asTextOrNull } from "./packed-value.ts";
import { decodeWholeFile, encodeWholeFile } from "./whole-file.ts";

/** What stays known of a session that was removed to make room. */
export interface Tombstone {
  readonly session_id: string;
  readonly recorder_id: string;
  readonly first_sequence: number;
  /** Of the last update that was there. */
  readonly last_sequence: number;
  /** Receive times of the first and the last update, epoch milliseconds. */
  readonly start_timestamp: number;
  readonly end_timestamp: number;
  readonly end_reason: EndReason;
  readonly update_count: number;
  /** Of all its segments. */
  readonly bytes: number;
  /** The session that it continued after a roll. */
  readonly predecessor: string | null;
}

/** Whose tombstones a file holds. */
export type TombstonesOwner = Pick<FileHead, "tokenId" | "recorderId">;

/** `pruned.bin`: the tombstones of one token, or of one recorder's channel. `LIMIT` for too many. */
export function encodeTombstones(
  salt: number,
  { tokenId, recorderId }: TombstonesOwner,
  sessions: readonly Tombstone[],
): Uint8Array<ArrayBuffer> {
  if (sessions.length > TOMBSTONES_MAX) {
    throw new PolybotError("LIMIT", `${sessions.length} pruned sessions of one token are too many`);
  }
  const none = { market: "", sessionId: "", segment: 0, firstSequence: 0 };
  const head: FileHead = { fileKind: "pruned", tokenId, recorderId, ...none };
  const startMs = sessions.reduce((least, s) => Math.min(least, s.start_timestamp), Infinity);
  const endMs = sessions.reduce((most, s) => Math.max(most, s.end_timestamp), 0);
  const content = {
    kind: CHUNK_KIND.pruned,
    minUs: sessions.length === 0 ? 0 : startMs * 1000,
    maxUs: endMs * 1000,
    firstSequence: 0,
  };
  return encodeWholeFile(salt, head, content, { version: FORMAT_VERSION, sessions });
}

export function decodeTombstones(header: ChunkHeader, stored: Uint8Array): Tombstone[] {
  const sessions = asArray(decodeWholeFile(header, stored).sessions);
  if (sessions.length > TOMBSTONES_MAX) throw damaged("too many pruned sessions");
  return sessions.map((value) => {
    const fields = asFields(value);
    return {
      session_id: asText(fields.session_id),
      recorder_id: asText(fields.recorder_id),
      first_sequence: asCount(fields.first_sequence),
      last_sequence: asCount(fields.last_sequence),
      start_timestamp: asCount(fields.start_timestamp),
      end_timestamp: asCount(fields.end_timestamp),
      end_reason: asEndReason(fields.end_reason),
      update_count: asCount(fields.update_count),
      bytes: asCount(fields.bytes),
      predecessor: asTextOrNull(fields.predecessor),
    };
  });
}
