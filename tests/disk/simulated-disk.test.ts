import { describe, expect, test } from "bun:test";
import type { AppendFile } from "../../src/ports/fs.ts";
import { seededRandom } from "../../src/ports/random.ts";
import { VirtualClock } from "../../src/ports/virtual-clock.ts";
import { type Fault, SHORT_WRITES } from "./disk-faults.ts";
import { SECTOR_BYTES } from "./fate.ts";
import { type Death, SimulatedDisk } from "./simulated-disk.ts";

/** More than any of these tests has images. */
const ALL = 10_000;

/** A folder `/f` that a power cut leaves. */
async function diskWithFolder(): Promise<SimulatedDisk> {
  const disk = new SimulatedDisk();
  await disk.makeFolder("/f");
  await disk.syncFolder("/");
  return disk;
}

/** A disk with a durable file `/f/a`, open. */
async function diskWithFile(text: string): Promise<[SimulatedDisk, AppendFile]> {
  const disk = await diskWithFolder();
  const file = await disk.create("/f/a");
  await file.write(bytes(text), 0);
  await file.datasync();
  await disk.syncFolder("/f");
  return [disk, file];
}

/** What all legal images have at some paths, each case once, sorted. */
async function left(disk: SimulatedDisk, ...paths: string[]): Promise<string[]> {
  const cases = new Set<string>();
  let images = 0;
  for (const image of disk.powerCuts(seededRandom(1), ALL)) {
    images++;
    const contents: string[] = [];
    for (const path of paths) contents.push(brief(await image.readFile(path)));
    cases.add(contents.join(" "));
  }
  expect(images).toBeLessThan(ALL);
  return [...cases].sort();
}

/** `-` for no file; a run of one character in short: `a`, `a*512`. */
function brief(content: Uint8Array | undefined): string {
  if (content === undefined) return "-";
  const text = new TextDecoder().decode(content).replaceAll("\0", "0");
  return `"${text.replaceAll(/(.)\1+/g, (run, character) => `${character}*${run.length}`)}"`;
}

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function sectors(text: string): Uint8Array {
  return bytes([...text].map((character) => character.repeat(SECTOR_BYTES)).join(""));
}

describe("a power cut leaves", () => {
  test("nothing, or any part, of a file that was never synced", async () => {
    const disk = await diskWithFolder();
    await disk.writeFile("/f/a", bytes("xy"));
    expect(await left(disk, "/f/a")).toEqual(['""', '"0*2"', '"xy"', "-"]);
  });

  test("a synced file only under a name that is synced too", async () => {
    const disk = await diskWithFolder();
    await disk.writeFile("/f/a", bytes("xy"));
    await disk.syncFile("/f/a");
    expect(await left(disk, "/f/a")).toEqual(['"xy"', "-"]);
    await disk.syncFolder("/f");
    expect(await left(disk, "/f/a")).toEqual(['"xy"']);
  });

  test("an empty file or a part where only the name is synced", async () => {
    const disk = await diskWithFolder();
    await disk.writeFile("/f/a", bytes("xy"));
    await disk.syncFolder("/f");
    expect(await left(disk, "/f/a")).toEqual(['""', '"0*2"', '"xy"']);
  });

  test("folders only whose whole way is synced", async () => {
    const disk = new SimulatedDisk();
    await disk.makeFolders("/a/b");
    await disk.writeFile("/a/b/c", bytes("x"));
    for (const folder of ["/a/b", "/a"]) await disk.syncFolder(folder);
    await disk.syncFile("/a/b/c");
    expect(await left(disk, "/a/b/c")).toEqual(['"x"', "-"]);
    await disk.syncFolder("/");
    expect(await left(disk, "/a/b/c")).toEqual(['"x"']);
  });

  test("sectors in any order, and any length on the way", async () => {
    const [disk, file] = await diskWithFile("");
    await file.write(sectors("abc"), 0);
    const found = await left(disk, "/f/a");
    const pairs = ["0", "a"].flatMap((a) => ["0", "b"].map((b) => [a, b]));
    expect(found).toContain('"0*1024c*512"');
    for (const [a, b] of pairs) {
      const two = new Uint8Array(
        [...sectors(a!), ...sectors(b!)].map((byte) => (byte === 48 ? 0 : byte)),
      );
      expect(found).toContain(brief(two));
    }
    // One length of none, two of one sector, four of two and eight of three.
    expect(found).toHaveLength(1 + 2 + 4 + 8);
  });

  test("what a sector held at some time, never a mixture", async () => {
    const [disk, file] = await diskWithFile("----");
    await file.write(bytes("ab"), 0);
    await file.write(bytes("cd"), 2);
    await file.write(bytes("e"), 0);
    expect(await left(disk, "/f/a")).toEqual(['"-*4"', '"ab-*2"', '"abcd"', '"ebcd"']);
  });

  test("a file cut or not cut", async () => {
    const [disk, file] = await diskWithFile("world");
    await file.truncate(2);
    // Cutting writes the sector as well as the length.
    expect(await left(disk, "/f/a")).toEqual(['"wo"', '"wo0*3"', '"world"']);
    await file.datasync();
    expect(await left(disk, "/f/a")).toEqual(['"wo"']);
  });

  test("a name that was replaced as the old file or the new one, and no third", async () => {
    const [disk] = await diskWithFile("old");
    await disk.writeFile("/f/b", bytes("new"));
    await disk.syncFile("/f/b");
    await disk.syncFolder("/f");
    await disk.rename("/f/b", "/f/a");
    expect(await left(disk, "/f/a", "/f/b")).toEqual(['"new" -', '"old" "new"']);
    await disk.syncFolder("/f");
    expect(await left(disk, "/f/a", "/f/b")).toEqual(['"new" -']);
  });

  test("a removed file there or not", async () => {
    const [disk] = await diskWithFile("x");
    await disk.remove("/f/a");
    expect(await left(disk, "/f/a")).toEqual(['"x"', "-"]);
    await disk.syncFolder("/f");
    expect(await left(disk, "/f/a")).toEqual(["-"]);
  });

  test("changes of a folder in any choice", async () => {
    const disk = await diskWithFolder();
    for (const name of ["a", "b", "c"]) await disk.create(`/f/${name}`);
    const found = new Set<string>();
    for (const image of disk.powerCuts(seededRandom(1), ALL)) {
      found.add((await image.list("/f")).join(""));
    }
    expect([...found].sort()).toEqual(["", "a", "ab", "abc", "ac", "b", "bc", "c"]);
  });

  test("a disk of which nothing more is lost", async () => {
    const [disk, file] = await diskWithFile("");
    await file.write(sectors("abcdefgh"), 0);
    await disk.create("/f/b");
    const random = seededRandom(7);
    for (let i = 0; i < 100; i++) {
      const image = disk.afterPowerCut(random);
      const content = brief(await image.readFile("/f/a"));
      expect(await left(image, "/f/a")).toEqual([content]);
    }
    // The first disk has not noticed.
    expect((await disk.readFile("/f/a"))?.length).toBe(8 * SECTOR_BYTES);
  });

  test("by chance everything, nothing and something between", async () => {
    const [disk, file] = await diskWithFile("");
    await file.write(sectors("abcdefghijklmnop"), 0);
    const random = seededRandom(7);
    const lengths = new Set<number>();
    const whole = brief(await disk.readFile("/f/a"));
    let wholes = 0;
    for (let i = 0; i < 1000; i++) {
      const content = (await disk.afterPowerCut(random).readFile("/f/a"))!;
      lengths.add(content.length);
      if (brief(content) === whole) wholes++;
    }
    expect(lengths.has(0)).toBe(true);
    expect(wholes).toBeGreaterThan(50);
    expect(wholes).toBeLessThan(900);
    expect([...lengths].some((length) => length % SECTOR_BYTES > 0)).toBe(true);
  });
});

describe("a failed sync", () => {
  const failOnce = (disk: SimulatedDisk): Fault => ({
    kind: "EIO",
    at: disk.operations,
    forever: false,
  });

  test.each([false, true])("is not made good by the next (forgotten: %p)", async (forgets) => {
    const [disk, file] = await diskWithFile("old");
    disk.forgetsUnsynced = forgets;
    await file.write(bytes("new"), 0);
    disk.fault = failOnce(disk);
    await expect(file.datasync()).rejects.toMatchObject({ code: "EIO" });
    await file.datasync();
    expect(brief(await disk.readFile("/f/a"))).toBe(forgets ? '"old"' : '"new"');
    expect(await left(disk, "/f/a")).toEqual(forgets ? ['"old"'] : ['"new"', '"old"']);
    // What is written again is written.
    await file.write(bytes("new"), 0);
    await file.datasync();
    expect(await left(disk, "/f/a")).toEqual(['"new"']);
  });

  test("fails also those that were under way with it", async () => {
    const [disk, file] = await diskWithFile("old");
    const clock = new VirtualClock();
    disk.slowSync = { clock, ms: 500 };
    await file.write(bytes("new"), 0);
    disk.fault = failOnce(disk);
    const syncs = [file.datasync(), disk.syncFile("/f/a"), disk.syncFolder("/f")];
    const results = Promise.allSettled(syncs);
    await Bun.sleep(0);
    clock.advance(500);
    const statuses = (await results).map(({ status }) => status);
    expect(statuses).toEqual(["rejected", "rejected", "fulfilled"]);
  });

  test("of a folder leaves its changes in doubt, until the next one", async () => {
    const disk = await diskWithFolder();
    await disk.create("/f/a");
    disk.fault = failOnce(disk);
    await expect(disk.syncFolder("/f")).rejects.toMatchObject({ code: "EIO" });
    expect(await left(disk, "/f/a")).toEqual(['""', "-"]);
    await disk.syncFolder("/f");
    expect(await left(disk, "/f/a")).toEqual(['""']);
  });

  test("that found no descriptor has tried nothing: the next one does it", async () => {
    const [disk, file] = await diskWithFile("old");
    await file.write(bytes("new"), 0);
    disk.fault = { kind: "EMFILE", at: disk.operations, forever: false };
    await expect(disk.syncFile("/f/a")).rejects.toMatchObject({ code: "EMFILE" });
    await disk.syncFile("/f/a");
    expect(await left(disk, "/f/a")).toEqual(['"new"']);
  });
});

describe("a slow sync", () => {
  test("covers what was there at its beginning, once it is over", async () => {
    const [disk, file] = await diskWithFile("old");
    const clock = new VirtualClock();
    disk.slowSync = { clock, ms: 500 };
    await file.write(bytes("new"), 0);
    let isOver = false;
    const sync = file.datasync().then(() => {
      isOver = true;
    });
    await Bun.sleep(0);
    // Everything else goes on.
    await file.write(bytes("yet"), 0);
    await disk.create("/f/b");
    clock.advance(499);
    await Bun.sleep(0);
    expect(isOver).toBe(false);
    expect(await left(disk, "/f/a")).toEqual(['"new"', '"old"', '"yet"']);
    clock.advance(1);
    await sync;
    expect(await left(disk, "/f/a")).toEqual(['"new"', '"yet"']);
  });
});

describe("a process that dies", () => {
  const cases: [Death["when"], string][] = [
    ["before", ""],
    ["inside", "he"],
    ["after", "hell"],
  ];
  test.each(cases)("%s a write leaves its part, and does nothing more", async (when, expected) => {
    const disk = await diskWithFolder();
    const file = await disk.create("/f/a");
    disk.death = { operation: disk.operations, when };
    let answers = 0;
    void file.write(bytes("hell"), 0).then(() => answers++);
    void disk.create("/f/b").then(() => answers++);
    await disk.died;
    void disk.create("/f/c").then(() => answers++);
    const next = disk.afterDeath();
    await Bun.sleep(0);
    expect(answers).toBe(0);
    expect(await next.list("/f")).toEqual(["a"]);
    expect(new TextDecoder().decode(await next.readFile("/f/a"))).toBe(expected);
    // It is not more durable than before.
    expect(await left(next, "/f/a")).toContain("-");
  });
});

describe("faults", () => {
  test.each([
    ["one byte", 1],
    ["half", 3],
    ["all but one byte", 4],
  ] as const)("a write takes %s", async (kind, taken) => {
    const [disk, file] = await diskWithFile("");
    expect(SHORT_WRITES).toContain(kind);
    disk.fault = { kind, at: disk.operations + 1, forever: false };
    expect(await file.write(bytes("hello"), 0)).toBe(5);
    expect(await file.write(bytes("HELLO"), 0)).toBe(taken);
    expect(brief(await disk.readFile("/f/a"))).toBe(
      brief(bytes("HELLO".slice(0, taken) + "hello".slice(taken))),
    );
    expect(await file.write(bytes("HELLO"), 0)).toBe(5);
  });

  test("come once or for ever, and only where the system has them", async () => {
    const [disk, file] = await diskWithFile("");
    disk.fault = { kind: "ENOSPC", at: disk.operations + 1, forever: true };
    expect(await file.write(bytes("a"), 0)).toBe(1);
    for (let i = 0; i < 3; i++) {
      await expect(file.write(bytes("a"), 0)).rejects.toMatchObject({ code: "ENOSPC" });
    }
    expect(await disk.readFile("/f/a")).toEqual(bytes("a"));
    disk.fault = { kind: "EIO", at: disk.operations, forever: false };
    await expect(file.write(bytes("a"), 0)).rejects.toMatchObject({ code: "EIO" });
    expect(await file.write(bytes("a"), 0)).toBe(1);
  });

  test("every operation is told, with its number", async () => {
    const disk = new SimulatedDisk();
    const told: unknown[] = [];
    disk.onOperation = (operation) => told.push(operation);
    await disk.makeFolder("/f");
    await disk.open("/f/none").catch(() => {});
    expect(told).toEqual([
      { number: 0, kind: "makeFolder", path: "/f" },
      { number: 1, kind: "open", path: "/f/none" },
    ]);
    expect(disk.operations).toBe(2);
  });
});
