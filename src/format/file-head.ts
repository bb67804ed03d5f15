import { CHUNK_KIND, type ChunkHeader, encodeChunk } from "./chunk.ts";
import { damaged } from "./damaged.ts";
import { FORMAT_VERSION } from "./limits.ts";
import { asCount, asFields, asText, decodeValue, encodeValue, exactText } from "./packed-value.ts";
import { packWhole, unpackWhole } from "./payload.ts";

/** Chunk 0 of every file: what the file is and whose. docs/FORMAT.md, "File head". */

const FILE_KINDS = ["segment", "snapshot", "metadata", "journal", "pruned"] as const;
export type FileKind = (typeof FILE_KINDS)[number];

export interface FileHead {
  readonly fileKind: FileKind;
  /** `""` for the channel. */
  readonly tokenId: string;
  /** Condition id; `""` if the session had none when the file was made. */
  readonly market: string;
  readonly sessionId: string;
  readonly recorderId: string;
  /** Segments count from 1; 0 for other files. */
  readonly segment: number;
  /** Sequence number of the file's first update; 0 for other files. */
  readonly firstSequence: number;
  /** The segment before was not finished: its recorder died, or the disk failed it. */
  readonly resumes?: boolean;
}

export function headFields(head: FileHead): Record<string, unknown> {
  return {
    format_version: FORMAT_VERSION,
    file_kind: head.fileKind,
    token_id: head.tokenId,
    market: exactText(head.market),
    session_id: head.sessionId,
    recorder_id: head.recorderId,
    segment: head.segment,
    first_sequence: head.firstSequence,
    ...(head.resumes && { resumes: true }),
  };
}

export function readHeadFields(value: unknown): FileHead {
  const fields = asFields(value);
  const fileKind = FILE_KINDS.find((kind) => kind === fields.file_kind);
  if (fileKind === undefined) throw damaged("a file is of an unknown kind");
  return {
    fileKind,
    tokenId: asText(fields.token_id),
    market: asText(fields.market),
    sessionId: asText(fields.session_id),
    recorderId: asText(fields.recorder_id),
    segment: asCount(fields.segment),
    firstSequence: asCount(fields.first_sequence),
    ...(fields.resumes === true && { resumes: true }),
  };
}

const HEAD_CONTENT = { kind: CHUNK_KIND.head, records: 1, minUs: 0, maxUs: 0, firstSequence: 0 };

export function encodeFileHead(salt: number, head: FileHead): Uint8Array<ArrayBuffer> {
  return encodeChunk(salt, 0, HEAD_CONTENT, packWhole(encodeValue(headFields(head))));
}

export function decodeFileHead(header: ChunkHeader, stored: Uint8Array): FileHead {
  return readHeadFields(decodeValue(unpackWhole(header, stored)));
}
