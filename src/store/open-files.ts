import type { AppendFile, Fs } from "../ports/fs.ts";
import { syncError } from "./sync-error.ts";

/** Most files kept open; each costs a descriptor, and a process has 1,024 by default. Far more
 * than are ever in use at the same time: the one closed for another is idle. */
const OPEN_FILES_MAX = 512;

/** Keeps the files written last open, and opens others again when they are written. */
export class OpenFiles {
  readonly #fs: Fs;
  readonly #max: number;
  /** In the order of their last use; a file that is being opened is there already. */
  readonly #open = new Map<string, Promise<AppendFile>>();
  /** Of all files so far. */
  bytesWritten = 0;

  constructor(fs: Fs, max = OPEN_FILES_MAX) {
    this.#fs = fs;
    this.#max = max;
  }

  async create(path: string): Promise<void> {
    await this.#keep(path, this.#fs.create(path));
  }

  /** Writes all of `bytes` at `position`, however many calls that takes. */
  async write(path: string, bytes: Uint8Array, position: number): Promise<void> {
    const file = await this.#use(path);
    for (let done = 0; done < bytes.length; ) {
      done += await file.write(bytes.subarray(done), position + done);
    }
    this.bytesWritten += bytes.length;
  }

  async truncate(path: string, length: number): Promise<void> {
    await (await this.#use(path)).truncate(length);
  }

  async datasync(path: string): Promise<void> {
    const file = await this.#use(path);
    await file.datasync().catch((cause) => {
      throw syncError(cause);
    });
  }

  /** Makes the names in a folder durable. */
  async syncFolder(path: string): Promise<void> {
    await this.#fs.syncFolder(path).catch((cause) => {
      throw syncError(cause);
    });
  }

  async close(path: string): Promise<void> {
    const file = this.#open.get(path);
    this.#open.delete(path);
    await (await file)?.close();
  }

  async #use(path: string): Promise<AppendFile> {
    const file = this.#open.get(path);
    if (file === undefined) return this.#keep(path, this.#fs.reopen(path));
    this.#open.delete(path);
    this.#open.set(path, file);
    return file;
  }

  async #keep(path: string, opening: Promise<AppendFile>): Promise<AppendFile> {
    this.#open.set(path, opening);
    try {
      await opening;
    } catch (error) {
      this.#open.delete(path);
      throw error;
    }
    if (this.#open.size > this.#max) {
      const [oldest] = this.#open.keys();
      await this.close(oldest!);
    }
    return opening;
  }
}
