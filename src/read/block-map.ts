import { CHUNK_KIND, chunkBytes } from "../format/chunk.ts";
import { DAMAGE, type Damage } from "../format/chunk-scanner.ts";
import { decodeFileHead, type FileHead } from "../format/file-head.ts";
import type { IndexEntry } from "../format/segment-end.ts";
import { supersededFrom } from "../format/superseded.ts";
import type { Fs } from "../ports/fs.ts";
import { scanPath } from "./scan-path.ts";
import { readIndex } from "./segment-index.ts";
import type { SegmentFile, SessionFolder } from "./session-folder.ts";

/** Where a block of a session stands. */
export interface BlockPlace extends IndexEntry {
  readonly segment: SegmentFile;
  /** Its updates from this number on stand in a later segment. */
  readonly end: number;
}

/** What is known of a segment so far. */
interface MappedSegment {
  readonly segment: SegmentFile;
  readonly entries: IndexEntry[];
  head: FileHead | undefined;
  /** Where the next chunk begins; infinite once the segment is finished. */
  nextAt: number;
}

/**
 * The places of a session's blocks in order: from the index of a finished segment, else by its
 * chunks. Each is looked for once.
 */
export class BlockMap {
  readonly #fs: Fs;
  readonly #folder: SessionFolder;
  readonly #onDamage: (path: string, damage: Damage) => void;
  readonly #segments = new Map<number, MappedSegment>();

  constructor(fs: Fs, folder: SessionFolder, onDamage: (path: string, damage: Damage) => void) {
    this.#fs = fs;
    this.#folder = folder;
    this.#onDamage = onDamage;
  }

  /** All that are there now. */
  async places(): Promise<readonly BlockPlace[]> {
    const files = await this.#folder.segments();
    const mapped: MappedSegment[] = [];
    for (const segment of files) {
      const known = this.#segments.get(segment.number) ?? (await this.#begin(segment));
      this.#segments.set(segment.number, known);
      if (Number.isFinite(known.nextAt)) await this.#scan(known, segment === files.at(-1));
      mapped.push(known);
    }
    const ends = supersededFrom(mapped.map(({ head }) => head));
    return mapped.flatMap(({ segment, entries }, i) => {
      const end = ends[i]!;
      const left = entries.filter(({ firstSequence }) => firstSequence < end);
      return left.map((entry) => ({ ...entry, segment, end }));
    });
  }

  async #begin(segment: SegmentFile): Promise<MappedSegment> {
    const index = await readIndex(this.#fs, segment.path);
    if (index === undefined) return { segment, entries: [], head: undefined, nextAt: 0 };
    return { segment, ...index, nextAt: Number.POSITIVE_INFINITY };
  }

  async #scan(mapped: MappedSegment, isLast: boolean): Promise<void> {
    const { path } = mapped.segment;
    const from = mapped.nextAt;
    for await (const part of scanPath(this.#fs, path, async () => from)) {
      if (part.kind === "damage") {
        // The writer may be in the middle of its last chunk.
        if (isLast && part.damage.reason === DAMAGE.torn) return;
        this.#onDamage(path, part.damage);
      } else if (part.kind === "chunk") {
        const { header, offset, stored } = part;
        mapped.nextAt = offset + chunkBytes(header.storedLength);
        if (header.kind === CHUNK_KIND.block) mapped.entries.push({ offset, ...header });
        if (header.kind === CHUNK_KIND.head && header.number === 0) {
          mapped.head = decodeFileHead(header, stored);
        }
      } else if (part.end === "sealed") {
        mapped.nextAt = Number.POSITIVE_INFINITY;
      }
    }
  }
}
