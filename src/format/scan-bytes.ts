import { CHUNK_KIND, type ChunkHeader } from "./chunk.ts";
import { ChunkScanner, type ScanStep } from "./chunk-scanner.ts";
import { damaged } from "./damaged.ts";

/** What a scan finds, without what it asks for. */
export type ScannedPart = Exclude<ScanStep, { readonly kind: "need" }>;

/** The parts of a file that is in memory; the last one is always the end. */
export function* scanBytes(file: Uint8Array): Generator<ScannedPart> {
  const scanner = new ChunkScanner(file.length);
  for (;;) {
    const step = scanner.step();
    if (step.kind === "need") {
      scanner.feed(file.subarray(step.offset, step.offset + step.length));
    } else {
      yield step;
      if (step.kind === "end") return;
    }
  }
}

/** The one chunk of a kind in a small file; `DAMAGED` if it does not stand there whole. */
export function onlyChunk(
  file: Uint8Array,
  kind: keyof typeof CHUNK_KIND,
): { header: ChunkHeader; stored: Uint8Array } {
  for (const part of scanBytes(file)) {
    if (part.kind === "chunk" && part.header.kind === CHUNK_KIND[kind]) return part;
  }
  throw damaged(`no sound ${kind} chunk`);
}
