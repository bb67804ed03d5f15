import { decodeColumns } from "../format/block-reader.ts";
import { CHUNK_HEADER_BYTES, CHUNK_KIND } from "../format/chunk.ts";
import type { Damage } from "../format/chunk-scanner.ts";
import { PolybotError } from "../format/error.ts";
import type { Fs } from "../ports/fs.ts";
import { Batch } from "./batch.ts";
import type { BlockMap, BlockPlace } from "./block-map.ts";
import { scanPath } from "./scan-path.ts";
import type { TimeRange } from "./segment-reader.ts";
import type { SessionFolder } from "./session-folder.ts";

export interface BatchSource {
  readonly fs: Fs;
  readonly folder: SessionFolder;
  readonly map: BlockMap;
  readonly onDamage: (path: string, damage: Damage) => void;
}

/** The blocks of a session with a time in the range, each update once, one block in memory. */
export async function* batchesIn(
  { fs, folder, map, onDamage }: BatchSource,
  { fromUs, toUs }: TimeRange,
): AsyncGenerator<Batch> {
  const identity = await folder.identity(await folder.soundMetadata());
  const all = (await map.places()).filter(({ minUs, maxUs }) => maxUs >= fromUs && minUs <= toUs);
  let next = 0;
  for (const [path, places] of Map.groupBy(all, ({ segment }) => segment.path)) {
    const wanted = new Map<number, BlockPlace>(places.map((place) => [place.offset, place]));
    const last = places.at(-1)!.offset;
    for await (const part of scanPath(fs, path, async () => places[0]!.offset)) {
      if (part.kind === "damage") onDamage(path, part.damage);
      if (part.kind !== "chunk") continue;
      const place = wanted.get(part.offset);
      if (place !== undefined && part.header.kind === CHUNK_KIND.block) {
        const { offset, header, stored } = part;
        try {
          const block = decodeColumns(header, stored, identity);
          const from = Math.max(0, next - block.firstSequence);
          const to = Math.min(block.columns.count, place.end - block.firstSequence);
          next = Math.max(next, block.firstSequence + to);
          if (to > from) yield new Batch(block, identity, from, to);
        } catch (error) {
          if (!(error instanceof PolybotError)) throw error;
          const length = CHUNK_HEADER_BYTES + stored.length;
          onDamage(path, { offset, length, reason: error.message, header });
        }
      }
      if (part.offset >= last) break;
    }
  }
}
