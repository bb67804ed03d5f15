import type { AppendFile, Fs } from "../ports/fs.ts";

/** Most files kept open; each costs a descriptor, and a process has 1,024 by default. */
const OPEN_FILES_MAX = 512;

/** Keeps the files written last open, and opens others again when they are written. */
export class OpenFiles {
  readonly #fs: Fs;
  readonly #max: number;
  /** In the order of their last use. */
  readonly #open = new Map<string, AppendFile>();

  constructor(fs: Fs, max = OPEN_FILES_MAX) {
    this.#fs = fs;
    this.#max = max;
  }

  async create(path: string): Promise<void> {
    await this.#keep(path, await this.#fs.create(path));
  }

  /** Writes all of `bytes` at `position`, however many calls that takes. */
  async write(path: string, bytes: Uint8Array, position: number): Promise<void> {
    const file = await this.#use(path);
    for (let done = 0; done < bytes.length; ) {
      done += await file.write(bytes.subarray(done), position + done);
    }
  }

  async truncate(path: string, length: number): Promise<void> {
    await (await this.#use(path)).truncate(length);
  }

  async datasync(path: string): Promise<void> {
    await (await this.#use(path)).datasync();
  }

  async close(path: string): Promise<void> {
    const file = this.#open.get(path);
    this.#open.delete(path);
    await file?.close();
  }

  async #use(path: string): Promise<AppendFile> {
    const file = this.#open.get(path);
    if (file === undefined) return this.#keep(path, await this.#fs.reopen(path));
    this.#open.delete(path);
    this.#open.set(path, file);
    return file;
  }

  async #keep(path: string, file: AppendFile): Promise<AppendFile> {
    this.#open.set(path, file);
    if (this.#open.size > this.#max) {
      const [oldest] = this.#open.keys();
      await this.close(oldest!);
    }
    return file;
  }
}
