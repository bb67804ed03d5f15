import { describe, expect, test } from "bun:test";
import { temporaryFolder } from "../polybot-process.ts";
import { shortFiles, smallDisk } from "./full-disk.ts";
import { recordThrough, type Trouble } from "./troubled-recorder.ts";

describe("a recorder lives through trouble with its disk, and tells what it did not store", () => {
  const through = async (folder: string, trouble: Trouble) => {
    const { stored, skipped } = await recordThrough(trouble, 1, folder);
    expect(stored).toBeGreaterThan(0);
    expect(skipped).toBeGreaterThan(0);
  };

  test("a disk that fills up", async () => {
    using folder = temporaryFolder();
    using disk = smallDisk(folder.path, 400_000);
    if (disk === undefined) return console.log("SKIPPED: a tmpfs may not be mounted here");
    await through(folder.path, disk);
  });

  test("files that may not grow", async () => {
    if (Bun.which("prlimit") === null) return console.log("SKIPPED: there is no prlimit");
    using folder = temporaryFolder();
    using limit = shortFiles(folder.path, 40_001);
    await through(folder.path, limit);
  });
});
