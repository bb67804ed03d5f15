import { type AppendFile, type Fs, systemFs } from "../src/ports/fs.ts";

/** The real disk, but writes fail while `failWith` names a failure of the system. */
export class FaultyFs implements Fs {
  failWith: string | undefined;
  /** Bytes that a write call takes at most: short writes, as on a disk that fills up. */
  writeBytesMax = Number.POSITIVE_INFINITY;
  /** Writes of files fail with this, and only they. */
  failWritesWith: string | undefined;
  /** Syncs fail with this, and only they. */
  failSyncWith: string | undefined;
  /** So many syncs of segments fail. */
  failedSegmentSyncs = 0;
  /** Paths of files and folders that were synced, in order. */
  readonly synced: string[] = [];
  /** Calls wait for this. */
  held: Promise<void> | undefined;

  readonly makeFolders = this.#guarded(systemFs.makeFolders);
  readonly makeFolder = this.#guarded(systemFs.makeFolder);
  readonly writeFile = this.#guarded(systemFs.writeFile);
  readonly syncFile = (path: string) => this.#sync(path, () => systemFs.syncFile(path));
  readonly syncFolder = (path: string) => this.#sync(path, () => systemFs.syncFolder(path));
  readonly rename = systemFs.rename;
  readonly remove = systemFs.remove;
  readonly removeFolder = systemFs.removeFolder;
  readonly open = systemFs.open;
  readonly readFile = systemFs.readFile;
  readonly list = systemFs.list;
  readonly stat = systemFs.stat;
  readonly freeBytes = systemFs.freeBytes;

  async create(path: string): Promise<AppendFile> {
    await this.#check();
    return this.#file(path, await systemFs.create(path));
  }

  async reopen(path: string): Promise<AppendFile> {
    await this.#check();
    return this.#file(path, await systemFs.reopen(path));
  }

  #file(path: string, file: AppendFile): AppendFile {
    return {
      write: async (bytes, position) => {
        const part = bytes.subarray(0, Math.max(1, Math.min(bytes.length, this.writeBytesMax)));
        // A full disk takes a part before it refuses.
        if (this.failWith !== undefined) await file.write(part.subarray(0, 10), position);
        await this.#check();
        if (this.failWritesWith !== undefined) throw systemError(this.failWritesWith);
        return file.write(part, position);
      },
      truncate: (length) => file.truncate(length),
      datasync: () => this.#sync(path, () => file.datasync()),
      close: () => file.close(),
    };
  }

  async #sync(path: string, run: () => Promise<void>): Promise<void> {
    await this.#check();
    if (this.failSyncWith !== undefined) throw systemError(this.failSyncWith);
    const isSegment = path.endsWith(".bin") && path.includes("updates");
    if (isSegment && this.failedSegmentSyncs > 0) {
      this.failedSegmentSyncs--;
      throw systemError("EIO");
    }
    await run();
    this.synced.push(path);
  }

  #guarded<A extends unknown[], R>(run: (...args: A) => Promise<R>): (...args: A) => Promise<R> {
    return async (...args) => {
      await this.#check();
      return run(...args);
    };
  }

  async #check(): Promise<void> {
    await this.held;
    if (this.failWith === undefined) return;
    throw systemError(this.failWith);
  }
}

function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: the test's disk`), { code });
}
