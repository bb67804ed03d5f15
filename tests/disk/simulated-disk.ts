import { dirname } from "node:path";
import type { Clock } from "../../src/ports/clock.ts";
import { type AppendFile, errorCode, type Fs, type ReadFile } from "../../src/ports/fs.ts";
import type { Random } from "../../src/ports/random.ts";
import {
  type Fault,
  isTried,
  type Operation,
  type OperationKind,
  refusal,
  taken,
} from "./disk-faults.ts";
import { DiskFile } from "./disk-file.ts";
import type { DiskFolder } from "./disk-folder.ts";
import { DiskTree, systemError } from "./disk-tree.ts";
import { everyFate, randomFate } from "./fate.ts";

/** When a process dies: its `operation`th call of the disk has no, some or all of its effect. */
export interface Death {
  readonly operation: number;
  readonly when: "before" | "inside" | "after";
}

/** What the calls of a dead process come to. */
const NEVER = new Promise<never>(() => {});

/**
 * A disk in memory, as one process sees it. Two things may happen to it: the process dies, and
 * what it wrote is there for the next one (`afterDeath`); or the power is cut, and of what was not
 * synced anything legal may be left (`afterPowerCut`). Everything happens in microtasks, so that a
 * run is the same each time.
 */
export class SimulatedDisk implements Fs {
  readonly #tree: DiskTree;
  readonly #death = Promise.withResolvers<void>();
  #isDead = false;
  #operations = 0;
  fault: Fault | undefined;
  death: Death | undefined;
  /** Bytes that all files together may hold. */
  capacityBytes = Number.POSITIVE_INFINITY;
  /** Syncs that are under way. */
  syncing = 0;
  /** Each sync takes so long, milliseconds; everything else goes on meanwhile. */
  slowSync: { readonly clock: Clock; readonly ms: number } | undefined;
  /** After a failed sync processes no longer see what it should have written, as on some systems. */
  forgetsUnsynced = false;
  /** Hears of every operation that has just had its effect, or failed. */
  onOperation: (operation: Operation) => void = () => {};

  constructor(tree = new DiskTree()) {
    this.#tree = tree;
  }

  /** How many operations were asked for so far. */
  get operations(): number {
    return this.#operations;
  }

  /** Resolves when the process has died. */
  get died(): Promise<void> {
    return this.#death.promise;
  }

  /** The process dies now; none of its calls resolves any more. */
  die(): void {
    this.#isDead = true;
    this.#death.resolve();
  }

  /** The same disk for the next process. */
  afterDeath(): SimulatedDisk {
    this.die();
    return new SimulatedDisk(this.#tree);
  }

  /** One legal image of what a power cut leaves now, a disk of its own. */
  afterPowerCut(random: Random): SimulatedDisk {
    return new SimulatedDisk(this.#tree.afterPowerCut(randomFate(random)));
  }

  /** All legal images if they are not more than `most`, else so many by chance. */
  *powerCuts(random: Random, most: number): Generator<SimulatedDisk> {
    const images: SimulatedDisk[] = [];
    for (const fate of everyFate()) {
      images.push(new SimulatedDisk(this.#tree.afterPowerCut(fate)));
      if (images.length > most) break;
    }
    if (images.length <= most) yield* images;
    else for (let i = 0; i < most; i++) yield this.afterPowerCut(random);
  }

  makeFolders(path: string): Promise<void> {
    return this.#operate("makeFolders", path, () => this.#makeFolders(path));
  }

  makeFolder(path: string): Promise<boolean> {
    return this.#operate("makeFolder", path, () => {
      try {
        this.#tree.makeFolder(path);
        return true;
      } catch (error) {
        if (errorCode(error) === "EEXIST") return false;
        throw error;
      }
    });
  }

  async create(path: string): Promise<AppendFile> {
    const file = await this.#operate("create", path, () => this.#tree.create(path));
    return this.#appendFile(path, file);
  }

  async reopen(path: string): Promise<AppendFile> {
    const file = await this.#operate("reopen", path, () => this.#tree.file(path));
    return this.#appendFile(path, file);
  }

  writeFile(path: string, bytes: Uint8Array): Promise<void> {
    const write = (part: Uint8Array) => {
      const file = this.#fileToWrite(path);
      if (file.length > 0) file.truncate(0);
      const room = this.#room(file, 0, part.length);
      file.write(part.subarray(0, room), 0);
      if (room < part.length) throw systemError("ENOSPC", path);
    };
    const half = () => write(bytes.subarray(0, bytes.length / 2));
    return this.#operate("writeFile", path, () => write(bytes), half);
  }

  syncFile(path: string): Promise<void> {
    return this.#sync("syncFile", path, () => this.#tree.file(path));
  }

  syncFolder(path: string): Promise<void> {
    return this.#sync("syncFolder", path, () => this.#tree.find(path));
  }

  rename(from: string, to: string): Promise<void> {
    return this.#operate("rename", from, () => this.#tree.rename(from, to));
  }

  remove(path: string): Promise<void> {
    return this.#operate("remove", path, () => unlessMissing(() => this.#tree.remove(path)));
  }

  removeFolder(path: string): Promise<void> {
    return this.#operate("removeFolder", path, () => {
      try {
        this.#tree.removeFolder(path);
      } catch (error) {
        if (errorCode(error) !== "ENOENT") throw error;
      }
    });
  }

  async open(path: string): Promise<ReadFile> {
    const node = await this.#operate("open", path, () => this.#tree.find(path));
    const handle = new Handle(path);
    const use = <T>(kind: OperationKind, run: (file: DiskFile) => T) =>
      this.#operate(kind, path, () => {
        handle.check();
        if (node instanceof DiskFile) return run(node);
        throw systemError("EISDIR", path);
      });
    return {
      size: () => use("size", (file) => file.length),
      read: (offset, length) => use("read", (file) => file.read(offset, offset + length)),
      close: () => this.#operate("close", path, () => handle.close()),
    };
  }

  readFile(path: string): Promise<Uint8Array | undefined> {
    return this.#operate("readFile", path, () =>
      unlessMissing(() => {
        const file = this.#tree.file(path);
        return file.read(0, file.length);
      }),
    );
  }

  list(path: string): Promise<string[]> {
    return this.#operate("list", path, () => {
      const folder = unlessMissing(() => this.#tree.folder(path));
      return [...(folder?.entries.keys() ?? [])].sort();
    });
  }

  stat(path: string): ReturnType<Fs["stat"]> {
    return this.#operate("stat", path, () =>
      unlessMissing(() => {
        const node = this.#tree.find(path);
        if (node instanceof DiskFile) return { kind: "file" as const, size: node.length };
        return { kind: "folder" as const, size: 0 };
      }),
    );
  }

  freeBytes(path: string): Promise<number> {
    return this.#operate("freeBytes", path, () => {
      this.#tree.find(path);
      return Math.max(0, this.capacityBytes - this.#tree.bytes);
    });
  }

  #appendFile(path: string, file: DiskFile): AppendFile {
    const handle = new Handle(path);
    return {
      write: (bytes, position) => {
        const write = (most: number) => {
          handle.check();
          const room = this.#room(file, position, Math.floor(most));
          if (room === 0 && most >= 1) throw systemError("ENOSPC", path);
          file.write(bytes.subarray(0, room), position);
          return room;
        };
        // Anything may be there of a write that failed.
        const half = () => write(bytes.length / 2);
        const all = (operation: Operation) => write(taken(this.fault, operation, bytes.length));
        return this.#operate("write", path, all, half);
      },
      truncate: (length) =>
        this.#operate("truncate", path, () => {
          handle.check();
          file.truncate(length);
        }),
      datasync: () =>
        this.#sync("datasync", path, () => {
          handle.check();
          return file;
        }),
      close: () => this.#operate("close", path, () => handle.close()),
    };
  }

  /** `half` is what an operation has done that failed, or that its process did not outlive. */
  async #operate<T>(
    kind: OperationKind,
    path: string,
    run: (operation: Operation) => T,
    half: () => void = () => {},
  ): Promise<T> {
    const operation = { number: this.#operations++, kind, path };
    // Nothing has happened yet when a call returns.
    await undefined;
    if (this.#diesBefore(operation, half)) return NEVER;
    try {
      const code = refusal(this.fault, operation);
      if (code === undefined) return run(operation);
      half();
      throw systemError(code, `${kind} ${path}`);
    } finally {
      this.onOperation(operation);
      if (this.#diesAfter(operation)) await NEVER;
    }
  }

  async #sync(kind: OperationKind, path: string, find: () => DiskFile | DiskFolder): Promise<void> {
    const operation = { number: this.#operations++, kind, path };
    await undefined;
    if (this.#diesBefore(operation)) return NEVER;
    try {
      const node = find();
      const sync = node.beginSync();
      this.syncing++;
      if (this.slowSync !== undefined) await this.slowSync.clock.sleep(this.slowSync.ms);
      this.syncing--;
      if (this.#isDead) return NEVER;
      const code = refusal(this.fault, operation) ?? (sync.done() ? undefined : "EIO");
      if (code === undefined) return;
      if (isTried(code)) {
        sync.failed();
        if (this.forgetsUnsynced && node instanceof DiskFile) node.forget();
      }
      throw systemError(code, `${kind} ${path}`);
    } finally {
      this.onOperation(operation);
      if (this.#diesAfter(operation)) await NEVER;
    }
  }

  /** Whether the process does not get to do an operation, but perhaps `half` of it. */
  #diesBefore(operation: Operation, half: () => void = () => {}): boolean {
    const { death } = this;
    if (!this.#isDead && death?.operation === operation.number && death.when !== "after") {
      if (death.when === "inside") half();
      this.die();
    }
    return this.#isDead;
  }

  /** Whether the process does not hear of what it has done. */
  #diesAfter(operation: Operation): boolean {
    const { death } = this;
    if (death?.operation === operation.number && death.when === "after") this.die();
    return this.#isDead;
  }

  #makeFolders(path: string): void {
    try {
      this.#tree.makeFolder(path);
    } catch (error) {
      if (errorCode(error) === "ENOENT") {
        this.#makeFolders(dirname(path));
        this.#tree.makeFolder(path);
      } else if (path !== "/" && this.#tree.find(path) instanceof DiskFile) {
        throw error;
      }
    }
  }

  #fileToWrite(path: string): DiskFile {
    try {
      return this.#tree.create(path);
    } catch (error) {
      if (errorCode(error) !== "EEXIST") throw error;
      return this.#tree.file(path);
    }
  }

  /** How many of `bytes` at `position` find room. */
  #room(file: DiskFile, position: number, bytes: number): number {
    if (this.capacityBytes === Number.POSITIVE_INFINITY) return bytes;
    const free = this.capacityBytes - this.#tree.bytes;
    return Math.max(0, Math.min(bytes, file.length - position + free));
  }
}

/** An open file's own state. */
class Handle {
  readonly #path: string;
  #isClosed = false;

  constructor(path: string) {
    this.#path = path;
  }

  /** Idempotent, as the real one. */
  close(): void {
    this.#isClosed = true;
  }

  /** `EBADF` once it is closed. */
  check(): void {
    if (this.#isClosed) throw systemError("EBADF", this.#path);
  }
}

function unlessMissing<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes(errorCode(error))) return undefined;
    throw error;
  }
}
