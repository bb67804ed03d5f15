import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { errorCode, type Fs } from "../../src/ports/fs.ts";
import { FS_CALLS } from "./fs-calls.ts";

/** A file system under test. */
export interface FsUnderTest extends AsyncDisposable {
  readonly fs: Fs;
  /** An empty folder of it. */
  readonly root: string;
}

/** What a file system can be brought to do. */
export interface FsTroubles<T extends FsUnderTest> {
  /**
   * A file of more than `bytes` has no room, and fails with `code`; one of half of them always has
   * room.
   */
  readonly full?: { readonly bytes: number; readonly code: string };
  /** The code with which a call of `FS_CALLS` fails when the system refuses it with `code`. */
  refused?(disk: T, call: string, code: string): Promise<string>;
}

/** What every `Fs` does. */
export function describeFs<T extends FsUnderTest>(
  name: string,
  make: () => Promise<T>,
  { full, refused }: FsTroubles<T> = {},
): void {
  describe(name, () => {
    let disk: T;
    let fs: Fs;
    const at = (...names: string[]) => [disk.root, ...names].join("/");

    beforeEach(async () => {
      disk = await make();
      fs = disk.fs;
    });
    afterEach(() => disk[Symbol.asyncDispose]());

    /** Makes a file that holds `text`. */
    const put = (file: string, text: string) => fs.writeFile(at(file), bytes(text));
    const textOf = async (file: string) => text(await fs.readFile(at(file)));

    describe("folders", () => {
      test("are made with their parents, and again without an error", async () => {
        await fs.makeFolders(at("a", "b", "c"));
        await fs.makeFolders(at("a", "b", "c"));
        expect(await fs.stat(at("a", "b", "c"))).toMatchObject({ kind: "folder" });
        await put("file", "");
        expect(await codeOf(fs.makeFolders(at("file")))).toBe("EEXIST");
        expect(await codeOf(fs.makeFolders(at("file", "x", "y")))).toBe("ENOTDIR");
      });

      test("are made one at a time by whoever is first", async () => {
        const made = await Promise.all([fs.makeFolder(at("a")), fs.makeFolder(at("a"))]);
        expect(made.sort()).toEqual([false, true]);
        await put("file", "");
        expect(await fs.makeFolder(at("file"))).toBe(false);
        expect(await codeOf(fs.makeFolder(at("none", "a")))).toBe("ENOENT");
        expect(await codeOf(fs.makeFolder(at("file", "a")))).toBe("ENOTDIR");
      });

      test("list their names sorted, whatever order they were made in", async () => {
        for (const file of ["b", "a10", "c", "a2"]) await put(file, "");
        await fs.makeFolder(at("B"));
        await fs.rename(at("c"), at("0"));
        await fs.remove(at("b"));
        expect(await fs.list(at())).toEqual(["0", "B", "a10", "a2"]);
        expect(await fs.list(at("none"))).toEqual([]);
        expect(await fs.list(at("a2"))).toEqual([]);
      });

      test("are synced, and a missing one cannot be", async () => {
        await fs.syncFolder(at());
        expect(await codeOf(fs.syncFolder(at("none")))).toBe("ENOENT");
      });
    });

    describe("files", () => {
      test("are created only where nothing is", async () => {
        await (await fs.create(at("a"))).close();
        expect(await fs.stat(at("a"))).toEqual({ kind: "file", size: 0 });
        await fs.makeFolder(at("folder"));
        expect(await codeOf(fs.create(at("a")))).toBe("EEXIST");
        expect(await codeOf(fs.create(at("folder")))).toBe("EEXIST");
        expect(await codeOf(fs.create(at("none", "a")))).toBe("ENOENT");
        expect(await codeOf(fs.create(at("a", "b")))).toBe("ENOTDIR");
      });

      test("are opened again only where they are, with what they hold", async () => {
        expect(await codeOf(fs.reopen(at("a")))).toBe("ENOENT");
        expect(await codeOf(fs.reopen(at()))).toBe("EISDIR");
        await put("a", "hello");
        const file = await fs.reopen(at("a"));
        expect(await file.write(bytes("J"), 0)).toBe(1);
        await file.close();
        expect(await textOf("a")).toBe("Jello");
      });

      test("are written at the positions asked for, with zeros between", async () => {
        const file = await fs.create(at("a"));
        expect(await file.write(bytes("world"), 6)).toBe(5);
        expect(await file.write(bytes("hello"), 0)).toBe(5);
        expect(await file.write(bytes(""), 3)).toBe(0);
        await file.datasync();
        await file.close();
        expect(await textOf("a")).toBe("hello\0world");
        expect(await fs.stat(at("a"))).toEqual({ kind: "file", size: 11 });
      });

      test("are cut, and lengthened with zeros", async () => {
        const file = await fs.create(at("a"));
        await file.write(bytes("hello world"), 0);
        await file.truncate(5);
        expect(await textOf("a")).toBe("hello");
        await file.truncate(8);
        expect(await textOf("a")).toBe("hello\0\0\0");
        await file.write(bytes("!"), 10);
        expect(await textOf("a")).toBe("hello\0\0\0\0\0!");
        await file.close();
      });

      test("take nothing more once they are closed, which may be done twice", async () => {
        const file = await fs.create(at("a"));
        await file.close();
        await file.close();
        expect(await codeOf(file.write(bytes("x"), 0))).toBe("EBADF");
        expect(await codeOf(file.truncate(0))).toBe("EBADF");
        expect(await codeOf(file.datasync())).toBe("EBADF");
        const read = await fs.open(at("a"));
        await read.close();
        expect(await codeOf(read.size())).toBe("EBADF");
        expect(await codeOf(read.read(0, 1))).toBe("EBADF");
      });

      test("are synced by name, and a missing one cannot be", async () => {
        await put("a", "hello");
        await fs.syncFile(at("a"));
        expect(await codeOf(fs.syncFile(at("none")))).toBe("ENOENT");
        expect(await codeOf(fs.syncFile(at()))).toBe("EISDIR");
      });

      test("are written whole, over what was there", async () => {
        await put("a", "a longer text");
        await put("a", "short");
        expect(await textOf("a")).toBe("short");
        await put("a", "");
        expect(await textOf("a")).toBe("");
        expect(await codeOf(put("none/a", "x"))).toBe("ENOENT");
        expect(await fs.stat(at("none"))).toBeUndefined();
        expect(await codeOf(fs.writeFile(at(), bytes("x")))).toBe("EISDIR");
      });

      test("that somebody has open live on without their name", async () => {
        await put("a", "hello");
        const file = await fs.reopen(at("a"));
        const read = await fs.open(at("a"));
        await fs.remove(at("a"));
        expect(await file.write(bytes("J"), 0)).toBe(1);
        expect(text(await read.read(0, 10))).toBe("Jello");
        await file.close();
        await read.close();
        expect(await fs.stat(at("a"))).toBeUndefined();
      });
    });

    describe("reading", () => {
      test("gives what is there, and less only at the end", async () => {
        await put("a", "hello");
        const file = await fs.open(at("a"));
        expect(await file.size()).toBe(5);
        expect(text(await file.read(1, 3))).toBe("ell");
        expect(text(await file.read(3, 100))).toBe("lo");
        expect(text(await file.read(5, 1))).toBe("");
        expect(text(await file.read(100, 1))).toBe("");
        await file.close();
      });

      test("follows a file that grows", async () => {
        const writer = await fs.create(at("a"));
        await writer.write(bytes("hello"), 0);
        const reader = await fs.open(at("a"));
        await writer.write(bytes(" world"), 5);
        expect(await reader.size()).toBe(11);
        expect(text(await reader.read(0, 100))).toBe("hello world");
        await reader.close();
        await writer.close();
      });

      test("hands out bytes that later writes do not change", async () => {
        await put("a", "hello");
        const whole = await fs.readFile(at("a"));
        const file = await fs.reopen(at("a"));
        const written = bytes("J");
        await file.write(written, 0);
        written[0] = 0;
        await file.close();
        expect(text(whole)).toBe("hello");
        expect(await textOf("a")).toBe("Jello");
      });

      test("of what is not there", async () => {
        await put("a", "");
        expect(await codeOf(fs.open(at("none")))).toBe("ENOENT");
        expect(await codeOf(fs.open(at("a", "b")))).toBe("ENOTDIR");
        expect(await fs.readFile(at("none"))).toBeUndefined();
        expect(await fs.readFile(at("a", "b"))).toBeUndefined();
        expect(await fs.stat(at("none"))).toBeUndefined();
        expect(await fs.stat(at("a", "b"))).toBeUndefined();
        expect(await codeOf(fs.readFile(at()))).toBe("EISDIR");
      });
    });

    describe("renaming", () => {
      test("replaces a file, which a reader of the old one does not notice", async () => {
        await put("a", "new");
        await put("b", "old");
        const old = await fs.open(at("b"));
        await fs.rename(at("a"), at("b"));
        expect(text(await old.read(0, 10))).toBe("old");
        await old.close();
        expect(await textOf("b")).toBe("new");
        expect(await fs.list(at())).toEqual(["b"]);
      });

      test("moves a folder with all that is in it", async () => {
        await fs.makeFolders(at("a", "inner"));
        await fs.makeFolder(at("other"));
        await put("a/inner/file", "hello");
        await fs.rename(at("a"), at("other", "b"));
        expect(await textOf("other/b/inner/file")).toBe("hello");
        expect(await fs.stat(at("a"))).toBeUndefined();
      });

      test("refuses what cannot be", async () => {
        await put("file", "");
        await fs.makeFolders(at("folder", "inner"));
        await fs.makeFolder(at("other"));
        expect(await codeOf(fs.rename(at("none"), at("b")))).toBe("ENOENT");
        expect(await codeOf(fs.rename(at("file"), at("none", "b")))).toBe("ENOENT");
        expect(await codeOf(fs.rename(at("file"), at("folder")))).toBe("EISDIR");
        expect(await codeOf(fs.rename(at("folder"), at("file")))).toBe("ENOTDIR");
        expect(await codeOf(fs.rename(at("other"), at("folder")))).toBe("ENOTEMPTY");
        expect(await fs.list(at())).toEqual(["file", "folder", "other"]);
      });
    });

    test("a file is removed, a missing one without an error, a folder never", async () => {
      await put("a", "");
      await fs.makeFolder(at("folder"));
      await fs.remove(at("a"));
      await fs.remove(at("a"));
      await fs.remove(at("folder", "none", "a"));
      expect(await codeOf(fs.remove(at("folder")))).toBe("EISDIR");
      expect(await fs.list(at())).toEqual(["folder"]);
    });

    test("a folder is removed when nothing is in it, a missing one without an error", async () => {
      await fs.makeFolders(at("a", "inner"));
      await put("file", "");
      expect(await codeOf(fs.removeFolder(at("a")))).toBe("ENOTEMPTY");
      expect(await codeOf(fs.removeFolder(at("file")))).toBe("ENOTDIR");
      await fs.removeFolder(at("a", "inner"));
      await fs.removeFolder(at("a"));
      await fs.removeFolder(at("a"));
      expect(await fs.list(at())).toEqual(["file"]);
    });

    test("the room that is left is told, of a folder that is there", async () => {
      expect(await fs.freeBytes(at())).toBeGreaterThan(0);
      expect(await codeOf(fs.freeBytes(at("none")))).toBe("ENOENT");
    });

    if (full !== undefined) {
      const { bytes: room, code } = full;

      // A limit to the size of files is no end of the disk.
      const isDisk = code === "ENOSPC";
      test.skipIf(!isDisk)(
        "what is written takes of the room that is left, and gives it back",
        async () => {
          const before = await fs.freeBytes(at());
          expect(before).toBeLessThanOrEqual(room);
          await fs.writeFile(at("a"), new Uint8Array(room / 4));
          expect(before - (await fs.freeBytes(at()))).toBeGreaterThanOrEqual(room / 4);
          await fs.remove(at("a"));
          expect(await fs.freeBytes(at())).toBe(before);
        },
      );

      test("without room a write is short before one fails, and can be cut off", async () => {
        const file = await fs.create(at("a"));
        const half = new Uint8Array(Math.floor(room / 2)).fill(1);
        expect(await file.write(half, 0)).toBe(half.length);
        const more = new Uint8Array(room).fill(2);
        const taken = await file.write(more, half.length);
        expect(taken).toBeGreaterThan(0);
        expect(taken).toBeLessThan(more.length);
        const end = half.length + taken;
        expect(await codeOf(file.write(more, end))).toBe(code);
        expect(await fs.stat(at("a"))).toEqual({ kind: "file", size: end });
        await file.truncate(half.length);
        await file.datasync();
        expect(await fs.readFile(at("a"))).toEqual(Buffer.from(half));
        expect(await file.write(half.subarray(0, 100), half.length)).toBe(100);
        await file.close();
      });

      test("without room a whole file fails, and may leave a part", async () => {
        const whole = new Uint8Array(room + 10_000).fill(3);
        expect(await codeOf(fs.writeFile(at("a"), whole))).toBe(code);
        const left = (await fs.readFile(at("a"))) ?? new Uint8Array();
        expect(left.length).toBeLessThan(whole.length);
        expect(left.every((byte) => byte === 3)).toBe(true);
        await fs.remove(at("a"));
        await put("b", "there is room again");
      });
    }

    if (refused !== undefined) {
      test.each(Object.entries(FS_CALLS))(
        "%s fails with the system's code",
        async (call, { codes }) => {
          for (const code of codes) expect(await refused(disk, call, code)).toBe(code);
        },
      );
    }
  });
}

/** The code with which a promise rejects; `""` if it does not. */
async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
    return "";
  } catch (error) {
    expect(error).toBeInstanceOf(Error);
    return errorCode(error);
  }
}

function bytes(value: string): Uint8Array {
  return new TextEncoder().encode(value);
}

function text(value: Uint8Array | undefined): string | undefined {
  return value && new TextDecoder().decode(value);
}
