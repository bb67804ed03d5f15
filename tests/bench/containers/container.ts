import type { WireRow } from "../streams/wire-rows.ts";

/** Another way to keep a stream, as an expert would set it up for size. */
export interface Container {
  readonly title: string;
  write(rows: readonly WireRow[]): Uint8Array | Promise<Uint8Array>;
  /** The rows again: a size counts only if nothing was lost. */
  read(bytes: Uint8Array): WireRow[] | Promise<WireRow[]>;
}

/** At the highest level that a reader needs no more memory for; ours is packed at level 1. */
export function zstd(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Bun.zstdCompressSync(bytes as Uint8Array<ArrayBuffer>, { level: 19 }));
}

export function unzstd(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Bun.zstdDecompressSync(bytes as Uint8Array<ArrayBuffer>));
}
