import { join } from "node:path";
import type { Fs } from "../ports/fs.ts";

/** Room for notes, metadata and what waits in memory when a disk is full. */
const RESERVE_BYTES = 4_000_000;

/** In a recorder's own folder. */
export function reservePath(folder: string): string {
  return join(folder, "reserve");
}

/** A file that takes space only to give it back when there is none left. */
export class ReserveFile {
  readonly #fs: Fs;
  readonly #path: string;
  #isThere = false;
  #making: Promise<void> | undefined;

  constructor(fs: Fs, folder: string) {
    this.#fs = fs;
    this.#path = reservePath(folder);
  }

  /** Takes the space, in the background; on a disk that has none it is left. */
  make(): void {
    if (this.#isThere) return;
    this.#isThere = true;
    // Zeros may take no space on disks that compress.
    const bytes = new Uint8Array(RESERVE_BYTES);
    for (let at = 0; at < bytes.length; at += 65_536) {
      crypto.getRandomValues(bytes.subarray(at, Math.min(at + 65_536, bytes.length)));
    }
    this.#making = this.#fs.writeFile(this.#path, bytes).catch(() => {});
  }

  /** Gives the space back; `false` if there is none to give. */
  async free(): Promise<boolean> {
    if (!this.#isThere) return false;
    this.#isThere = false;
    await this.#making;
    await this.#fs.remove(this.#path).catch(() => {});
    return true;
  }
}
