import {
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rmdir,
  stat,
  statfs,
  unlink,
  writeFile,
} from "node:fs/promises";

/** A file that this process created and writes at its end. */
export interface AppendFile {
  /** Writes at `position`; may write less than asked, as the system call may. */
  write(bytes: Uint8Array, position: number): Promise<number>;
  truncate(length: number): Promise<void>;
  datasync(): Promise<void>;
  close(): Promise<void>;
}

/** A file opened for reading; it may grow meanwhile. */
export interface ReadFile {
  size(): Promise<number>;
  /** The bytes at `[offset, offset + length)`; fewer only at the end of the file. */
  read(offset: number, length: number): Promise<Uint8Array>;
  close(): Promise<void>;
}

export interface FileStat {
  readonly kind: "file" | "folder";
  /** Bytes; 0 for a folder. */
  readonly size: number;
}

/**
 * The file system as the store uses it. Failures are the system's errors, with their `code`.
 * Everything is asynchronous: a disk that stalls must not stall the stream.
 */
export interface Fs {
  /** Makes a folder and its parents. */
  makeFolders(path: string): Promise<void>;
  /** Makes one folder; `false` if it is there already. */
  makeFolder(path: string): Promise<boolean>;
  /** Creates a file that must not exist. */
  create(path: string): Promise<AppendFile>;
  /** Opens a file that this process created before. */
  reopen(path: string): Promise<AppendFile>;
  /** Writes a whole file, not atomically: for temporary files only. */
  writeFile(path: string, bytes: Uint8Array): Promise<void>;
  syncFile(path: string): Promise<void>;
  syncFolder(path: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  /** Removes a file; none is no error, a folder is. */
  remove(path: string): Promise<void>;
  /** Removes an empty folder; none is no error, a file or anything in it is. */
  removeFolder(path: string): Promise<void>;
  open(path: string): Promise<ReadFile>;
  /** A small file as a whole, `undefined` if there is none. */
  readFile(path: string): Promise<Uint8Array | undefined>;
  /** Names in a folder, sorted; empty if there is no such folder. */
  list(path: string): Promise<string[]>;
  stat(path: string): Promise<FileStat | undefined>;
  /** Bytes that this user may still write on the disk that holds `path`, which must be there. */
  freeBytes(path: string): Promise<number>;
}

export const systemFs: Fs = {
  async makeFolders(path) {
    await mkdir(path, { recursive: true });
  },
  async makeFolder(path) {
    try {
      await mkdir(path);
      return true;
    } catch (error) {
      if (errorCode(error) === "EEXIST") return false;
      throw error;
    }
  },
  create: (path) => openAppend(path, "wx"),
  reopen: (path) => openAppend(path, "r+"),
  writeFile,
  syncFile: (path) => withHandle(path, "r+", (handle) => handle.datasync()),
  syncFolder: (path) => withHandle(path, "r", (handle) => handle.sync()),
  rename,
  async remove(path) {
    try {
      await unlink(path);
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
  },
  async removeFolder(path) {
    try {
      await rmdir(path);
    } catch (error) {
      if (errorCode(error) !== "ENOENT") throw error;
    }
  },
  open: openRead,
  async readFile(path) {
    try {
      return await readFile(path);
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  },
  async list(path) {
    try {
      return (await readdir(path)).sort();
    } catch (error) {
      if (isMissing(error)) return [];
      throw error;
    }
  },
  async stat(path) {
    try {
      const found = await stat(path);
      return { kind: found.isDirectory() ? "folder" : "file", size: found.size };
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  },
  async freeBytes(path) {
    const { bavail, bsize } = await statfs(path);
    return bavail * bsize;
  },
};

/** The system's name of a failure, such as `ENOSPC`, or `""`. */
export function errorCode(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

function isMissing(error: unknown): boolean {
  return errorCode(error) === "ENOENT" || errorCode(error) === "ENOTDIR";
}

type Handle = Awaited<ReturnType<typeof open>>;

async function withHandle(
  path: string,
  flags: string,
  run: (handle: Handle) => Promise<void>,
): Promise<void> {
  const handle = await open(path, flags);
  try {
    await run(handle);
  } finally {
    await handle.close();
  }
}

async function openAppend(path: string, flags: string): Promise<AppendFile> {
  const handle = await open(path, flags);
  return {
    async write(bytes, position) {
      const { bytesWritten } = await handle.write(bytes, 0, bytes.length, position);
      return bytesWritten;
    },
    truncate: (length) => handle.truncate(length),
    datasync: () => handle.datasync(),
    close: () => handle.close(),
  };
}

async function openRead(path: string): Promise<ReadFile> {
  const handle = await open(path, "r");
  return {
    size: async () => (await handle.stat()).size,
    async read(offset, length) {
      const bytes = new Uint8Array(length);
      let filled = 0;
      while (filled < length) {
        const { bytesRead } = await handle.read(bytes, filled, length - filled, offset + filled);
        if (bytesRead === 0) break;
        filled += bytesRead;
      }
      return filled === length ? bytes : bytes.subarray(0, filled);
    },
    close: () => handle.close(),
  };
}
