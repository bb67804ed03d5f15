import { type ChunkContent, type ChunkHeader, encodeChunk } from "./chunk.ts";
import { damaged } from "./damaged.ts";
import { encodeFileHead, type FileHead } from "./file-head.ts";
import { FORMAT_VERSION } from "./limits.ts";
import { asCount, asFields, decodeValue, encodeValue } from "./packed-value.ts";
import { packWhole, unpackWhole } from "./payload.ts";

/** Files that are written as a whole: the head, then one chunk with one map. */

export function encodeWholeFile(
  salt: number,
  head: FileHead,
  content: Omit<ChunkContent, "records">,
  value: object,
): Uint8Array<ArrayBuffer> {
  const body = encodeChunk(salt, 1, { ...content, records: 1 }, packWhole(encodeValue(value)));
  return Buffer.concat([encodeFileHead(salt, head), body]);
}

/** The map of such a file's chunk, of no newer version than this program's. */
export function decodeWholeFile(
  header: ChunkHeader,
  stored: Uint8Array,
): Readonly<Record<string, unknown>> {
  const fields = asFields(decodeValue(unpackWhole(header, stored)));
  if (asCount(fields.version) > FORMAT_VERSION) throw damaged("a newer format version");
  return fields;
}
