import { describe, expect, test } from "bun:test";
import {
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { CHUNK_KIND } from "../../src/format/chunk.ts";
import { marketEvent } from "../../src/format/market-event.ts";
import { scanBytes } from "../../src/format/scan-bytes.ts";
import { decodeIndex, encodeIndex, encodeTail } from "../../src/format/segment-end.ts";
import { type Fs, systemFs } from "../../src/ports/fs.ts";
import { describeSession } from "../../src/read/session-description.ts";
import { SessionReader } from "../../src/read/session-reader.ts";
import { Store } from "../../src/read/store.ts";
import type { Verification } from "../../src/read/verification.ts";
import { verify } from "../../src/read/verify.ts";
import { ownArrival } from "../../src/store/arrival.ts";
import { BinaryStorage } from "../../src/store/binary-storage.ts";
import { StorageWriter } from "../../src/store/storage-writer.ts";
import { temporaryFolder } from "../polybot-process.ts";
import { chunkRanges } from "../sample-segment.ts";

const TOKEN = "42";

/** A sealed session of several segments, and the folder that it lies in. */
async function sealedSession(basePath: string, token = TOKEN): Promise<string> {
  const writer = await StorageWriter.open({ basePath, maxFileSizeMb: 0.004 });
  await writer.writeSnapshot(token, { bids: [["0.4", "1"]], asks: [] }, "0xabc", "Yes");
  for (let i = 0; i < 1500; i++) {
    const hash = Bun.SHA1.hash(String(i), "hex");
    const fields = { price: "0.5", size: String(i), side: "BUY", hash, event_type: "price_change" };
    await writer.writeUpdate(token, marketEvent("price_change", fields));
  }
  await writer.shutdown();
  const folder = join(basePath, "stream/market", token);
  return join(folder, readdirSync(folder)[0]!);
}

async function check(path: string): Promise<Verification> {
  return verify(await new Store(path).folders());
}

/** Verifies a session after something was done to it; one problem is expected. */
async function reasonAfter(harm: (session: string) => unknown): Promise<string> {
  using folder = temporaryFolder();
  const session = await sealedSession(folder.path);
  expect((await check(folder.path)).problems).toEqual([]);
  await harm(session);
  const { problems, damaged } = await check(folder.path);
  expect(damaged).toBe(problems.length);
  return problems.map(({ reason }) => reason).join("; ");
}

const first = (session: string) => join(session, "updates/000000001.bin");
const second = (session: string) => join(session, "updates/000000002.bin");

describe("verify tells", () => {
  test("a segment cut at the edge of a block, which looks clean by itself", async () => {
    const reason = await reasonAfter((session) => {
      const index = [...scanBytes(readFileSync(first(session)))].find(
        (part) => part.kind === "chunk" && part.header.kind === CHUNK_KIND.index,
      );
      truncateSync(first(session), index?.kind === "chunk" ? index.offset : 0);
    });
    expect(reason).toBe("its end is missing: it was sealed with index and tail");
  });

  test("a segment cut inside its tail", async () => {
    const cut = (session: string) =>
      truncateSync(first(session), readFileSync(first(session)).length - 3);
    expect(await reasonAfter(cut)).toBe("the file ends inside a chunk");
  });

  test("a missing segment, with the updates that are gone", async () => {
    using folder = temporaryFolder();
    const session = await sealedSession(folder.path);
    const { updates } = await check(first(session));
    rmSync(first(session));
    const { problems } = await check(folder.path);
    expect(problems[0]!.reason).toBe("the segment before it is missing");
    expect(problems[1]).toMatchObject({ first_sequence: 1, last_sequence: updates });
    expect(problems.at(-1)!.reason).toBe("1 of its segments are missing");
  });

  test("the last segment missing", async () => {
    const remove = (session: string) => {
      const names = readdirSync(join(session, "updates")).sort();
      rmSync(join(session, "updates", names.at(-1)!));
    };
    expect(await reasonAfter(remove)).toBe("1 of its segments are missing");
  });

  test("two segments that changed places", async () => {
    const swap = (session: string) => {
      renameSync(first(session), join(session, "x"));
      renameSync(second(session), first(session));
      renameSync(join(session, "x"), second(session));
    };
    expect(await reasonAfter(swap)).toContain("updates are missing before it, or come again");
  });

  test("an index that does not match its blocks, though its checksums do", async () => {
    const forge = (session: string) => {
      const bytes = readFileSync(first(session));
      for (const part of scanBytes(bytes)) {
        if (part.kind !== "chunk" || part.header.kind !== CHUNK_KIND.index) continue;
        const { head, entries } = decodeIndex(part.header, part.stored);
        const { salt, number } = part.header;
        const wrong = entries.map((entry) => ({ ...entry, maxUs: entry.maxUs + 1 }));
        const end = [encodeIndex(salt, number, head, wrong), encodeTail(salt, part.offset)];
        writeFileSync(first(session), Buffer.concat([bytes.subarray(0, part.offset), ...end]));
        return;
      }
    };
    expect(await reasonAfter(forge)).toBe("its index does not match its blocks");
  });

  test("metadata that counts other updates", async () => {
    const miscount = async (session: string) => {
      const storage = new BinaryStorage(systemFs);
      const path = join(session, "metadata.bin");
      const metadata = await storage.readMetadata(path);
      await storage.writeMetadata(path, { ...metadata, update_count: 7 }, false);
    };
    expect(await reasonAfter(miscount)).toBe("it counts 7 updates, there are 1502");
  });

  test("metadata that is missing or damaged, and a damaged snapshot", async () => {
    expect(await reasonAfter((session) => rmSync(join(session, "metadata.bin")))).toBe(
      "it is missing",
    );
    const flip = (name: string) => (session: string) => {
      const bytes = readFileSync(join(session, name));
      bytes[bytes.length - 20]! ^= 1;
      writeFileSync(join(session, name), bytes);
    };
    expect(await reasonAfter(flip("metadata.bin"))).toBe("a payload fails its checksum");
    expect(await reasonAfter(flip("snapshot.bin"))).toBe("a payload fails its checksum");
    const remove = (session: string) => rmSync(join(session, "snapshot.bin"));
    expect(await reasonAfter(remove)).toBe("it is missing");
  });

  test("a sound file of another session", async () => {
    using other = temporaryFolder();
    const from = await sealedSession(other.path, "43");
    for (const name of ["metadata.bin", "snapshot.bin", "updates/000000002.bin"]) {
      const put = (session: string) => copyFileSync(join(from, name), join(session, name));
      expect([name, await reasonAfter(put)]).toEqual([
        name,
        expect.stringContaining("it is a file of another session"),
      ]);
    }
  });

  test("a segment under the name of another", async () => {
    const put = (session: string) => {
      const last = readdirSync(join(session, "updates")).length + 1;
      copyFileSync(first(session), join(session, `updates/${String(last).padStart(9, "0")}.bin`));
    };
    expect(await reasonAfter(put)).toContain("it is segment 1, under another's name");
  });

  test("the one bit that is wrong, wherever it is, with the updates that are lost", async () => {
    using folder = temporaryFolder();
    const session = await sealedSession(folder.path);
    const sound = readFileSync(first(session));
    const ranges = chunkRanges(sound);
    const [head, block] = ranges;
    const [index, tail] = ranges.slice(-2);
    // In headers, in payloads and in their checksums; in the tail and in its checksum.
    const bytes = [head, block, index].flatMap((at) => [at!.start, at!.start + 61, at!.end - 9]);
    for (const offset of [...bytes, tail!.start + 5, tail!.start + 13]) {
      for (const bit of [0, 3, 7]) {
        const changed = Uint8Array.from(sound);
        changed[offset]! ^= 1 << bit;
        writeFileSync(first(session), changed);
        const { problems } = await check(folder.path);
        expect(problems.map(({ flipped_bit }) => flipped_bit)).toEqual([{ offset, bit }]);
        const isBlock = offset >= block!.start && offset < block!.end;
        expect(problems[0]!.first_sequence).toBe(isBlock ? 1 : null);
      }
    }
  });

  test("no bit where more than one is wrong", async () => {
    using folder = temporaryFolder();
    const session = await sealedSession(folder.path);
    const changed = Uint8Array.from(readFileSync(first(session)));
    changed[100]! ^= 3;
    writeFileSync(first(session), changed);
    expect((await check(folder.path)).problems).toMatchObject([{ flipped_bit: null }]);
  });

  test("what the system does not let it read, and checks the rest", async () => {
    using folder = temporaryFolder();
    const session = await sealedSession(folder.path);
    const whole = await check(folder.path);
    const lost = await check(second(session));
    rmSync(second(session));
    mkdirSync(second(session));
    const { problems, updates } = await check(folder.path);
    expect(problems[0]!.file).toBe(second(session));
    expect(problems[0]!.reason).toContain("EISDIR");
    expect(updates).toBe(whole.updates - lost.updates);
    rmSync(second(session), { recursive: true });
    symlinkSync(second(session), second(session));
    expect((await check(folder.path)).problems[0]!.reason).toContain("ELOOP");
  });
});

test("every file of a session verifies alone, in its place and away from it", async () => {
  using folder = temporaryFolder();
  const session = await sealedSession(join(folder.path, "data"));
  for (const path of [
    first(session),
    second(session),
    join(session, "snapshot.bin"),
    join(session, "metadata.bin"),
  ]) {
    expect((await check(path)).problems).toEqual([]);
  }
  const away = join(folder.path, "away.bin");
  copyFileSync(second(session), away);
  const alone = await check(away);
  expect(alone.problems).toEqual([]);
  expect(alone.updates).toBe((await check(second(session))).updates);
});

test("a lone segment is described by itself, and only the last may be unfinished", async () => {
  using folder = temporaryFolder();
  const writer = await StorageWriter.open({ basePath: folder.path, maxFileSizeMb: 0.004 });
  for (let i = 0; i < 1500; i++) {
    const hash = Bun.SHA1.hash(String(i), "hex");
    const fields = { price: "0.5", size: String(i), side: "BUY", hash, event_type: "price_change" };
    await writer.writeUpdate(TOKEN, marketEvent("price_change", fields));
  }
  await writer.flush();
  const token = join(folder.path, "stream/market", TOKEN);
  const session = join(token, readdirSync(token)[0]!);
  const names = readdirSync(join(session, "updates")).sort();
  const last = join(session, "updates", names.at(-1)!);
  let updates = 0;
  for (const name of names) {
    const [lone] = await new Store(join(session, "updates", name)).folders();
    const description = await describeSession(lone!);
    expect(description).toMatchObject({ segments: 1, state: "open", token_id: TOKEN });
    updates += description.update_count;
  }
  expect(updates).toBe(1500);
  for (const path of [first(session), last]) truncateSync(path, readFileSync(path).length - 5);
  expect((await check(last)).problems).toEqual([]);
  expect((await check(first(session))).problems).toHaveLength(1);
  await writer.shutdown();
});

test("a time range is found by the index, not by reading everything before it", async () => {
  using folder = temporaryFolder();
  const writer = await StorageWriter.open({ basePath: folder.path });
  const startUs = 1_790_000_000_000_000;
  for (let i = 0; i < 20_000; i++) {
    const hash = Bun.SHA1.hash(String(i), "hex");
    const event = marketEvent("price_change", { price: "0.5", size: String(i), side: "BUY", hash });
    await writer.writeUpdate(TOKEN, event, undefined, ownArrival(startUs + i));
  }
  await writer.shutdown();
  let bytesRead = 0;
  const fs: Fs = {
    ...systemFs,
    async open(path) {
      const file = await systemFs.open(path);
      const read = async (offset: number, length: number) => {
        const bytes = await file.read(offset, length);
        bytesRead += bytes.length;
        return bytes;
      };
      return { size: () => file.size(), read, close: () => file.close() };
    },
  };
  const [session] = await new Store(folder.path, fs).folders();
  const [segment] = await session!.segments();
  const range = { from: startUs + 19_000, to: startUs + 19_002 };
  const found: unknown[] = [];
  const reader = new SessionReader(session!, { fs });
  for await (const { data } of reader.updates(range)) found.push(data.size);
  expect(found).toEqual(["19000", "19001", "19002"]);
  expect(bytesRead).toBeLessThan(segment!.bytes / 2);
});

test("an empty folder with a number for a name is no store", async () => {
  using folder = temporaryFolder();
  mkdirSync(join(folder.path, "2024"));
  const sessions = new Store(join(folder.path, "2024")).folders();
  await expect(sessions).rejects.toMatchObject({ code: "NOT_A_STORE" });
});
