import type { AppendFile, Fs, ReadFile } from "../../src/ports/fs.ts";

/** A call of a file system that the system may refuse. */
export interface FsCall {
  /** The system call behind it. */
  readonly systemCall: string;
  /** Some codes with which the system may refuse that. */
  readonly codes: readonly string[];
  /** Whether a file is opened first, which the system does not refuse. */
  readonly opens: boolean;
  /** Runs it in a folder, once `prepareFsCall` has made there what it needs. */
  run(fs: Fs, folder: string): Promise<unknown>;
}

const BYTES = new Uint8Array(10);

/** Makes `file`, to be read and changed, and the folder `empty`. */
export async function prepareFsCall(fs: Fs, folder: string): Promise<void> {
  await fs.writeFile(`${folder}/file`, BYTES);
  await fs.makeFolder(`${folder}/empty`);
}

const byName = (
  systemCall: string,
  codes: readonly string[],
  run: (fs: Fs, folder: string) => Promise<unknown>,
): FsCall => ({ systemCall, codes, opens: false, run });

const onAppendFile = (
  systemCall: string,
  codes: readonly string[],
  run: (file: AppendFile) => Promise<unknown>,
): FsCall => ({
  systemCall,
  codes,
  opens: true,
  run: async (fs, folder) => run(await fs.reopen(`${folder}/file`)),
});

const onReadFile = (
  systemCall: string,
  codes: readonly string[],
  run: (file: ReadFile) => Promise<unknown>,
): FsCall => ({
  systemCall,
  codes,
  opens: true,
  run: async (fs, folder) => run(await fs.open(`${folder}/file`)),
});

const NAMING = ["ENOSPC", "EDQUOT", "EIO", "EROFS", "EACCES"];
const OPENING = ["EIO", "EMFILE", "EACCES"];
const SYNCING = ["EIO", "ENOSPC", "EDQUOT"];

export const FS_CALLS: Readonly<Record<string, FsCall>> = {
  makeFolders: byName("mkdir", NAMING, (fs, folder) => fs.makeFolders(`${folder}/new`)),
  makeFolder: byName("mkdir", NAMING, (fs, folder) => fs.makeFolder(`${folder}/new`)),
  create: byName("openat", ["ENOSPC", "EROFS", ...OPENING], (fs, folder) =>
    fs.create(`${folder}/new`),
  ),
  reopen: byName("openat", ["EROFS", ...OPENING], (fs, folder) => fs.reopen(`${folder}/file`)),
  writeFile: byName("openat", ["ENOSPC", "EROFS", ...OPENING], (fs, folder) =>
    fs.writeFile(`${folder}/new`, BYTES),
  ),
  syncFile: byName("fdatasync", SYNCING, (fs, folder) => fs.syncFile(`${folder}/file`)),
  syncFolder: byName("fsync", SYNCING, (fs, folder) => fs.syncFolder(folder)),
  rename: byName("rename", NAMING, (fs, folder) => fs.rename(`${folder}/file`, `${folder}/new`)),
  remove: byName("unlink", ["EIO", "EROFS", "EACCES"], (fs, folder) => fs.remove(`${folder}/file`)),
  removeFolder: byName("rmdir", ["EIO", "EROFS", "EACCES"], (fs, folder) =>
    fs.removeFolder(`${folder}/empty`),
  ),
  freeBytes: byName("statfs", ["EIO", "EACCES"], (fs, folder) => fs.freeBytes(folder)),
  open: byName("openat", OPENING, (fs, folder) => fs.open(`${folder}/file`)),
  readFile: byName("openat", OPENING, (fs, folder) => fs.readFile(`${folder}/file`)),
  list: byName("openat", OPENING, (fs, folder) => fs.list(folder)),
  stat: byName("statx", ["EIO", "EACCES"], (fs, folder) => fs.stat(`${folder}/file`)),
  write: onAppendFile("pwrite64", ["ENOSPC", "EDQUOT", "EIO", "EROFS"], (file) =>
    file.write(BYTES, 0),
  ),
  truncate: onAppendFile("ftruncate", ["EIO", "EROFS"], (file) => file.truncate(5)),
  datasync: onAppendFile("fdatasync", SYNCING, (file) => file.datasync()),
  size: onReadFile("statx", ["EIO"], (file) => file.size()),
  read: onReadFile("pread64", ["EIO"], (file) => file.read(0, 5)),
};
