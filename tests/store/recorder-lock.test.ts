import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { systemClock } from "../../src/ports/clock.ts";
import { systemFs } from "../../src/ports/fs.ts";
import { systemRandom } from "../../src/ports/random.ts";
import { claimTokens } from "../../src/store/claims.ts";
import { livingOwner, RecorderLock } from "../../src/store/recorder-lock.ts";
import { StorageWriter } from "../../src/store/storage-writer.ts";
import { takeOver } from "../../src/store/take-lock.ts";
import { ROOT, temporaryFolder } from "../polybot-process.ts";

const ports = { fs: systemFs, clock: systemClock, random: systemRandom };

/** What another process sees: asking for a lock of one's own process would drop it. */
function ownerSeenFromOutside(basePath: string, recorderId: string): unknown {
  const source = `
    import { livingOwner } from ${JSON.stringify(join(ROOT, "src/store/recorder-lock.ts"))};
    console.log(JSON.stringify(livingOwner(process.argv[1], process.argv[2]) ?? null));`;
  const result = Bun.spawnSync([process.execPath, "-e", source, basePath, recorderId]);
  return JSON.parse(result.stdout.toString());
}

/** Whether another process can take a lock over. */
function takenOverOutside(basePath: string, recorderId: string): string {
  const source = `
    import { RecorderLock } from ${JSON.stringify(join(ROOT, "src/store/recorder-lock.ts"))};
    const lock = RecorderLock.takeOver(process.argv[1], process.argv[2]);
    console.log(lock === undefined ? "refused" : "taken");
    await lock?.release();`;
  const result = Bun.spawnSync([process.execPath, "-e", source, basePath, recorderId]);
  return result.stdout.toString().trim();
}

test("a lock is seen by other processes until it is released, garbage collection or not", async () => {
  using folder = temporaryFolder();
  const lock = await RecorderLock.acquire(folder.path, ports);
  for (let i = 0; i < 20; i++) {
    Array.from({ length: 1000 }, () => new Uint8Array(1000));
    Bun.gc(true);
  }
  await Bun.sleep(50);
  expect(ownerSeenFromOutside(folder.path, lock.recorderId)).toMatchObject({ pid: process.pid });
  await lock.release();
  expect(ownerSeenFromOutside(folder.path, lock.recorderId)).toBeNull();
});

test("a group of tokens is claimed as a whole or not, and those of the dead are free", async () => {
  using folder = temporaryFolder();
  const first = await RecorderLock.acquire(folder.path, ports);
  claimTokens(folder.path, first.recorderId, [["1", "2"]]);
  const source = `
    import { claimTokens } from ${JSON.stringify(join(ROOT, "src/store/claims.ts"))};
    const groups = process.argv[2].split(" ").map((group) => group.split(","));
    const refusals = claimTokens(process.argv[1], "other", groups);
    console.log(refusals.map((refusal) => refusal?.code ?? "claimed").join(" "));`;
  const claimOutside = (tokens: string) =>
    Bun.spawnSync([process.execPath, "-e", source, folder.path, tokens]).stdout.toString().trim();
  expect(claimOutside("3,2")).toBe("TOKEN_IN_USE");
  // "3" was not kept by the refused claim, and "other" holds no lock: all is free to a third.
  expect(claimOutside("3")).toBe("claimed");
  expect(claimOutside("4 1,5 6")).toBe("claimed TOKEN_IN_USE claimed");
  await first.release();
  expect(claimOutside("1,2,3")).toBe("claimed");
});

test("a writer gives tokens back as they are over, and leaves no claim and no lock behind", async () => {
  using folder = temporaryFolder();
  const writer = await StorageWriter.open({ basePath: folder.path });
  writer.claim(["1", "2"]);
  const claims = () => {
    const database = new Database(join(folder.path, "stream/journal/claims.sqlite"));
    const tokens = database.query<{ token: string }, []>("SELECT token FROM claims").all();
    database.close();
    return tokens.map(({ token }) => token).sort();
  };
  expect(claims()).toEqual(["1", "2"]);
  const book = { bids: [], asks: [] };
  await writer.writeSnapshot("1", book, "0xa", "Yes");
  await writer.writeSnapshot("2", book, "0xa", "No");
  await writer.release("0xa", ["1", "3"]);
  // What is released is free at once, and what is not is still written.
  expect([writer.phase("1"), writer.phase("2")]).toEqual(["sealed", "open"]);
  expect(claims()).toEqual(["2"]);
  await writer.shutdown();
  expect(claims()).toEqual([]);
  expect(readdirSync(join(folder.path, "stream/journal"))).toEqual(["claims.sqlite"]);
});

describe("the lock of another recorder", () => {
  const ID = "20260101-00-00-00-abcdef";

  test("is taken over by one at a time, named, and leaves nothing behind", async () => {
    using folder = temporaryFolder();
    const lock = RecorderLock.takeOver(folder.path, ID);
    await lock!.sayOwner(systemFs);
    expect(ownerSeenFromOutside(folder.path, ID)).toMatchObject({ pid: process.pid });
    expect(takenOverOutside(folder.path, ID)).toBe("refused");
    await lock!.release();
    expect(readdirSync(join(folder.path, "stream/journal"))).toEqual([]);
    expect(takenOverOutside(folder.path, ID)).toBe("taken");
  });

  test("is taken over with its tokens, which others may claim meanwhile", async () => {
    using folder = temporaryFolder();
    mkdirSync(join(folder.path, "stream/journal"), { recursive: true });
    claimTokens(folder.path, ID, [["1"]]);
    const lock = await takeOver(folder.path, ID, systemFs);
    expect(claimTokens(folder.path, "another", [["1"]])).toEqual([undefined]);
    await lock!.release();
  });

  test("is given back with what its recorder left half made of its name", async () => {
    using folder = temporaryFolder();
    const own = join(folder.path, "stream/journal", ID);
    mkdirSync(own, { recursive: true });
    writeFileSync(join(own, "owner.json.5c1f.tmp"), "{");
    const lock = RecorderLock.takeOver(folder.path, ID);
    await lock!.release();
    expect(readdirSync(join(folder.path, "stream/journal"))).toEqual([]);
  });

  test("is not to be had while it lives", async () => {
    using folder = temporaryFolder();
    const lock = await RecorderLock.acquire(folder.path, ports);
    expect(takenOverOutside(folder.path, lock.recorderId)).toBe("refused");
    expect(ownerSeenFromOutside(folder.path, lock.recorderId)).toMatchObject({ pid: process.pid });
    await lock.release();
  });

  test("is given back without the journal beside it", async () => {
    using folder = temporaryFolder();
    const own = join(folder.path, "stream/journal", ID);
    mkdirSync(own, { recursive: true });
    writeFileSync(join(own, "000000001.wal"), "");
    const lock = RecorderLock.takeOver(folder.path, ID);
    await lock!.release();
    expect(readdirSync(own)).toEqual(["000000001.wal"]);
  });

  test("cannot be made where nothing can be written", async () => {
    using folder = temporaryFolder();
    writeFileSync(join(folder.path, "stream"), "");
    await expect(takeOver(folder.path, ID, systemFs)).rejects.toMatchObject({
      code: "STORE_NOT_WRITABLE",
    });
  });

  test("that lives is listed, and no other", async () => {
    using folder = temporaryFolder();
    const lock = await RecorderLock.acquire(folder.path, ports);
    mkdirSync(join(folder.path, "stream/journal", ID));
    const source = `
      import { livingRecorders } from ${JSON.stringify(join(ROOT, "src/store/recorder-lock.ts"))};
      console.log(livingRecorders(process.argv[1]).join());`;
    const seen = Bun.spawnSync([process.execPath, "-e", source, folder.path]).stdout.toString();
    expect(seen.trim()).toBe(lock.recorderId);
    await lock.release();
  });
});

test("a recorder that never was has no living owner", () => {
  using folder = temporaryFolder();
  expect(livingOwner(folder.path, "20260101-00-00-00-abcdef")).toBeUndefined();
});
