import { PolybotError } from "../format/error.ts";
import type { FileHead } from "../format/file-head.ts";
import { decodeMetadata, encodeMetadata, type SessionMetadata } from "../format/metadata.ts";
import { onlyChunk, type ScannedPart, scanBytes } from "../format/scan-bytes.ts";
import { type BinarySnapshot, decodeSnapshot, encodeSnapshot } from "../format/snapshot.ts";
import type { Fs } from "../ports/fs.ts";
import { publish } from "./publish.ts";
import { randomSalt } from "./segment-writer.ts";

type Owner = Pick<FileHead, "sessionId" | "recorderId">;

/** Reads and writes the store's files as wholes. Streaming over sessions is `read/`'s. */
export class BinaryStorage {
  readonly #fs: Fs;

  constructor(fs: Fs) {
    this.#fs = fs;
  }

  /** Replaces the file in one step; `sync` makes it durable too. */
  async writeSnapshot(
    path: string,
    owner: Owner,
    snapshot: BinarySnapshot,
    sync: boolean,
  ): Promise<void> {
    const head = wholeFileHead("snapshot", owner, snapshot);
    await publish(this.#fs, path, encodeSnapshot(randomSalt(), head, snapshot), { sync });
  }

  async writeMetadata(path: string, metadata: SessionMetadata, sync: boolean): Promise<void> {
    const owner = { sessionId: metadata.session_id, recorderId: metadata.recorder_id };
    const head = wholeFileHead("metadata", owner, metadata);
    await publish(this.#fs, path, encodeMetadata(randomSalt(), head, metadata), { sync });
  }

  /** `DAMAGED` if the file is not whole, `BAD_INPUT` if there is none. */
  async readSnapshot(path: string): Promise<BinarySnapshot> {
    const { header, stored } = onlyChunk(await this.#read(path), "snapshot");
    return decodeSnapshot(header, stored);
  }

  async readMetadata(path: string): Promise<SessionMetadata> {
    const { header, stored } = onlyChunk(await this.#read(path), "metadata");
    return decodeMetadata(header, stored);
  }

  /** All parts of a segment: its sound chunks, its damage, its end. */
  async readSegment(path: string): Promise<ScannedPart[]> {
    return [...scanBytes(await this.#read(path))];
  }

  async #read(path: string): Promise<Uint8Array> {
    const bytes = await this.#fs.readFile(path);
    if (bytes === undefined)
      throw new PolybotError("BAD_INPUT", `there is no file ${path}`, { path });
    return bytes;
  }
}

function wholeFileHead(
  fileKind: "snapshot" | "metadata",
  owner: Owner,
  of: { readonly token_id: string; readonly market: string },
): FileHead {
  const { token_id: tokenId, market } = of;
  return { fileKind, tokenId, market, ...owner, segment: 0, firstSequence: 0 };
}
