import { basename, dirname, join } from "node:path";
import { damaged } from "../format/damaged.ts";
import { type InspectedWhole, inspectWhole } from "../format/inspect-whole.ts";
import { onlyChunk } from "../format/scan-bytes.ts";
import { decodeTombstones, type Tombstone } from "../format/tombstones.ts";
import type { Fs } from "../ports/fs.ts";
import { isTokenId, TOMBSTONES_NAME } from "../store/paths.ts";
import { SessionFolder } from "./session-folder.ts";

/** What is remembered of the pruned sessions of a token, or of one recorder's channel. */
export class TombstoneFile {
  readonly path: string;
  readonly #fs: Fs;

  /** `folder`: the token's, or the recorder's in the channel. */
  constructor(fs: Fs, folder: string) {
    this.path = join(folder, TOMBSTONES_NAME);
    this.#fs = fs;
  }

  /** `""` for the channel. */
  get tokenId(): string {
    const name = basename(dirname(this.path));
    return isTokenId(name) ? name : "";
  }

  /** Whose channel it is; `""` for a token's file. */
  get recorderId(): string {
    return this.tokenId === "" ? basename(dirname(this.path)) : "";
  }

  /** The sessions that are gone, in time; none without a file. `DAMAGED` if it is not whole. */
  async sessions(): Promise<Tombstone[]> {
    const bytes = await this.#read();
    if (bytes === undefined) return [];
    const { header, stored } = onlyChunk(bytes, "pruned");
    const told = decodeTombstones(header, stored);
    const there = new Set(await this.#fs.list(dirname(this.path)));
    const gone: Tombstone[] = [];
    for (const tombstone of told) {
      const isListed = there.has(tombstone.session_id);
      if (!isListed || !(await this.#isThere(tombstone))) gone.push(tombstone);
    }
    return gone;
  }

  /** All that there is of the file, and all that is wrong; `undefined` if there is none. */
  async inspect(): Promise<InspectedWhole<Tombstone[]> | undefined> {
    const bytes = await this.#read();
    return bytes && inspectWhole(bytes, "pruned", decodeTombstones);
  }

  /** A tombstone is there before its session is gone; and an id may come again. */
  async #isThere({ session_id, recorder_id, start_timestamp }: Tombstone): Promise<boolean> {
    const session = new SessionFolder(this.#fs, join(dirname(this.path), session_id));
    const metadata = await session.soundMetadata();
    return metadata?.recorder_id === recorder_id && metadata.start_timestamp === start_timestamp;
  }

  async #read(): Promise<Uint8Array | undefined> {
    try {
      return await this.#fs.readFile(this.path);
    } catch (cause) {
      throw damaged(`it cannot be read: ${cause instanceof Error ? cause.message : cause}`, cause);
    }
  }
}
