import type { AppendFile, Fs } from "../../../src/ports/fs.ts";

/** A file system that counts its syncs. */
export class CountedFs {
  syncs = 0;
  readonly fs: Fs;

  constructor(fs: Fs) {
    const count = () => {
      this.syncs++;
    };
    const counted = (file: AppendFile): AppendFile => ({
      ...file,
      async datasync() {
        count();
        await file.datasync();
      },
    });
    this.fs = {
      ...fs,
      create: async (path) => counted(await fs.create(path)),
      reopen: async (path) => counted(await fs.reopen(path)),
      async syncFile(path) {
        count();
        await fs.syncFile(path);
      },
      async syncFolder(path) {
        count();
        await fs.syncFolder(path);
      },
    };
  }
}
