import { DiskFile } from "./disk-file.ts";
import { DiskFolder, type DiskNode } from "./disk-folder.ts";
import type { Fate } from "./fate.ts";

/** An error as the system throws it. */
export function systemError(code: string, what: string): Error {
  return Object.assign(new Error(`${code}: simulated disk, ${what}`), { code });
}

/** Files and folders by their paths, as the system calls of a simulated disk find them. */
export class DiskTree {
  readonly #root: DiskFolder;

  constructor(root = new DiskFolder()) {
    this.#root = root;
  }

  /** Bytes of all files that have a name. */
  get bytes(): number {
    const sum = (node: DiskNode): number =>
      node instanceof DiskFile
        ? node.length
        : node.entries.values().reduce((bytes, entry) => bytes + sum(entry), 0);
    return sum(this.#root);
  }

  /** `ENOENT` or `ENOTDIR`. */
  find(path: string): DiskNode {
    let node: DiskNode = this.#root;
    for (const name of names(path)) {
      if (node instanceof DiskFile) throw systemError("ENOTDIR", path);
      const entry = node.entries.get(name);
      if (entry === undefined) throw systemError("ENOENT", path);
      node = entry;
    }
    return node;
  }

  /** `EISDIR` for a folder. */
  file(path: string): DiskFile {
    const node = this.find(path);
    if (node instanceof DiskFolder) throw systemError("EISDIR", path);
    return node;
  }

  /** `ENOTDIR` for a file. */
  folder(path: string): DiskFolder {
    const node = this.find(path);
    if (node instanceof DiskFile) throw systemError("ENOTDIR", path);
    return node;
  }

  create(path: string): DiskFile {
    const { folder, name } = this.#place(path);
    if (folder.entries.has(name)) throw systemError("EEXIST", path);
    const file = new DiskFile();
    folder.change([name, file]);
    return file;
  }

  makeFolder(path: string): void {
    const { folder, name } = this.#place(path);
    if (folder.entries.has(name)) throw systemError("EEXIST", path);
    folder.change([name, new DiskFolder()]);
  }

  rename(from: string, to: string): void {
    const node = this.find(from);
    const source = this.#place(from);
    const target = this.#place(to);
    const replaced = target.folder.entries.get(target.name);
    if (replaced === node) return;
    if (node instanceof DiskFile && replaced instanceof DiskFolder) throw systemError("EISDIR", to);
    if (node instanceof DiskFolder && replaced instanceof DiskFile)
      throw systemError("ENOTDIR", to);
    if (replaced instanceof DiskFolder && replaced.entries.size > 0)
      throw systemError("ENOTEMPTY", to);
    if (source.folder === target.folder) {
      source.folder.change([target.name, node], [source.name, undefined]);
    } else {
      // Two folders: a power cut may leave the one change without the other.
      target.folder.change([target.name, node]);
      source.folder.change([source.name, undefined]);
    }
  }

  remove(path: string): void {
    this.file(path);
    const { folder, name } = this.#place(path);
    folder.change([name, undefined]);
  }

  /** `ENOTDIR` for a file, `ENOTEMPTY`. */
  removeFolder(path: string): void {
    if (this.folder(path).entries.size > 0) throw systemError("ENOTEMPTY", path);
    const { folder, name } = this.#place(path);
    folder.change([name, undefined]);
  }

  /** What a power cut leaves. */
  afterPowerCut(fate: Fate): DiskTree {
    const left = new Map<DiskNode, DiskNode>();
    const leave = (node: DiskNode): DiskNode => {
      const known = left.get(node);
      if (known !== undefined) return known;
      const copy = node.afterPowerCut(fate, leave);
      left.set(node, copy);
      return copy;
    };
    return new DiskTree(this.#root.afterPowerCut(fate, leave));
  }

  #place(path: string): { readonly folder: DiskFolder; readonly name: string } {
    const all = names(path);
    const name = all.pop();
    if (name === undefined) throw systemError("EBUSY", path);
    return { folder: this.folder(all.join("/")), name };
  }
}

function names(path: string): string[] {
  return path.split("/").filter((name) => name !== "" && name !== ".");
}
