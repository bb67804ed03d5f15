import { type Fs, systemFs } from "../src/ports/fs.ts";

/** A disk that is only read: the files given, by their paths, and the folders that they lie in. */
export function memoryFs(files: ReadonlyMap<string, Uint8Array>): Fs {
  const refused = async (): Promise<never> => {
    throw new Error("the files of this test are only read");
  };
  const inFolder = (path: string) =>
    [...files.keys()]
      .filter((file) => file.startsWith(`${path}/`))
      .map((file) => file.slice(path.length + 1));
  return {
    ...systemFs,
    makeFolders: refused,
    makeFolder: refused,
    create: refused,
    reopen: refused,
    writeFile: refused,
    syncFile: refused,
    syncFolder: refused,
    rename: refused,
    remove: refused,
    removeFolder: refused,
    async open(path) {
      const bytes = files.get(path);
      if (bytes === undefined) throw Object.assign(new Error(`no ${path}`), { code: "ENOENT" });
      return {
        size: async () => bytes.length,
        read: async (offset, length) => bytes.slice(offset, offset + length),
        close: async () => {},
      };
    },
    readFile: async (path) => files.get(path)?.slice(),
    list: async (path) => [...new Set(inFolder(path).map((name) => name.split("/")[0]!))].sort(),
    async stat(path) {
      const bytes = files.get(path);
      if (bytes !== undefined) return { kind: "file", size: bytes.length };
      return inFolder(path).length > 0 ? { kind: "folder", size: 0 } : undefined;
    },
  };
}
