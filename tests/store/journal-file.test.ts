import { expect, test } from "bun:test";
import { scanBytes } from "../../src/format/scan-bytes.ts";
import type { AppendFile, Fs } from "../../src/ports/fs.ts";
import { JournalFile } from "../../src/store/journal-file.ts";
import { SimulatedDisk } from "../disk/simulated-disk.ts";

const CONTENT = { kind: 6, records: 1, minUs: 1, maxUs: 1, firstSequence: 0 };

test("what a failed write has left is gone before the next, shorter one", async () => {
  const disk = new SimulatedDisk();
  await disk.makeFolders("/j");
  let failAfter = Number.POSITIVE_INFINITY;
  const failing = (file: AppendFile): AppendFile => ({
    ...file,
    async write(bytes, position) {
      if (failAfter === Number.POSITIVE_INFINITY) return file.write(bytes, position);
      await file.write(bytes.subarray(0, failAfter), position);
      throw Object.assign(new Error("full"), { code: "ENOSPC" });
    },
    truncate: (length) => file.truncate(length),
    datasync: () => file.datasync(),
    close: () => file.close(),
  });
  const create: Fs["create"] = async (path) => failing(await disk.create(path));
  const fs = { create } as Fs;
  const file = await JournalFile.create(fs, "/j/000000001.wal", "r", 1);
  failAfter = 3000;
  await expect(file.append(CONTENT, new Uint8Array(4000).fill(1))).rejects.toThrow("full");
  failAfter = Number.POSITIVE_INFINITY;
  await file.append(CONTENT, Uint8Array.of(1, 2, 3));
  await file.close();
  const parts = [...scanBytes((await disk.readFile("/j/000000001.wal"))!)];
  expect(parts.map(({ kind }) => kind)).toEqual(["chunk", "chunk", "end"]);
  expect(parts[1]).toMatchObject({ stored: Uint8Array.of(1, 2, 3) });
});

test("a chunk is written whole, however short the writes are", async () => {
  const disk = new SimulatedDisk();
  await disk.makeFolders("/j");
  const create: Fs["create"] = async (path) => {
    const file = await disk.create(path);
    const write: AppendFile["write"] = (bytes, position) =>
      file.write(bytes.subarray(0, Math.min(bytes.length, 7)), position);
    const { truncate, datasync, close } = file;
    return { write, truncate, datasync, close };
  };
  const file = await JournalFile.create({ create } as Fs, "/j/000000001.wal", "r", 1);
  const payload = Uint8Array.from({ length: 500 }, (_, i) => i);
  await file.append(CONTENT, payload);
  await file.close();
  const parts = [...scanBytes((await disk.readFile("/j/000000001.wal"))!)];
  expect(parts[1]).toMatchObject({ stored: payload });
});
