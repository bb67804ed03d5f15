import { afterAll, beforeAll, expect, test } from "bun:test";
import { dirname, join } from "node:path";
import type { Fs } from "../../src/ports/fs.ts";
import { coverage } from "../../src/read/coverage.ts";
import { describeSessions } from "../../src/read/session-description.ts";
import type { SessionFolder } from "../../src/read/session-folder.ts";
import { SessionReader } from "../../src/read/session-reader.ts";
import { Store } from "../../src/read/store.ts";
import { verify } from "../../src/read/verify.ts";
import { asidePath } from "../../src/store/paths.ts";
import { prune } from "../../src/store/prune.ts";
import { temporaryFolder } from "../polybot-process.ts";
import { BASE, diskWith } from "../store/pruned-disk.ts";
import { PrunedStore, recordSession } from "../store/pruned-store.ts";

const UPDATES = 20;
const START_US = 1_893_553_445_000_000;
const S_US = 1_000_000;

let store: PrunedStore;

beforeAll(async () => {
  store = await PrunedStore.recorded();
});

afterAll(() => store[Symbol.dispose]());

/** Reads a store's sessions; at one moment after the other of it all of them go aside. */
async function readWhilePruned(
  read: (sessions: readonly SessionFolder[], fs: Fs) => Promise<void>,
): Promise<void> {
  for (let moment = 0, isTooLate = false; !isTooLate; moment++) {
    const disk = await diskWith(store);
    const sessions = await new Store(BASE, disk).folders();
    const begun = disk.operations;
    isTooLate = true;
    disk.onOperation = ({ number }) => {
      if (number !== begun + moment) return;
      isTooLate = false;
      for (const { path } of sessions) void disk.rename(path, asidePath(path));
    };
    await read(sessions, disk);
  }
}

test("`verify` finds nothing wrong with what is pruned under it", async () => {
  const counts = new Set<number>();
  await readWhilePruned(async (sessions, fs) => {
    const { problems, sessions: count } = await verify(sessions, { fs });
    expect(problems).toEqual([]);
    counts.add(count);
  });
  expect(counts.size).toBeGreaterThan(2);
});

test("a reader gives the whole session, or says that it is gone", async () => {
  let cut = 0;
  await readWhilePruned(async (sessions, fs) => {
    for (const session of sessions) {
      let isGone = false;
      let updates = 0;
      const onGone = () => {
        isGone = true;
      };
      for await (const _ of new SessionReader(session, { fs, onGone })) updates++;
      if (isGone) cut++;
      else if (updates > 0) expect(updates === 1 || updates % UPDATES === 0).toBe(true);
    }
  });
  expect(cut).toBeGreaterThan(0);
});

test("a reader that nobody asked to be told throws rather than to end early", async () => {
  let thrown = 0;
  await readWhilePruned(async (sessions, fs) => {
    for (const session of sessions) {
      try {
        for await (const _ of new SessionReader(session, { fs }));
      } catch (error) {
        expect(error).toMatchObject({ code: "NOT_A_STORE" });
        thrown++;
      }
    }
  });
  expect(thrown).toBeGreaterThan(0);
});

test("descriptions leave out what is gone, and are right otherwise", async () => {
  await readWhilePruned(async (sessions, fs) => {
    for await (const { state, update_count } of describeSessions(sessions, fs)) {
      expect(state).toBe("sealed");
      expect(update_count).toBeGreaterThan(0);
    }
  });
});

test("coverage does not mind either", async () => {
  await readWhilePruned(async (sessions, fs) => {
    for await (const { spans } of coverage(sessions, { fs })) {
      expect(spans.every(({ fromUs, toUs }) => fromUs >= START_US && toUs > fromUs)).toBe(true);
    }
  });
});

test("coverage tells what was pruned, and what continues it goes on", async () => {
  using folder = temporaryFolder("memory");
  for (const second of [0, 60, 120, 180]) await recordSession(folder.path, "42", second * 1000);
  const sessions = await new Store(folder.path).folders();
  // The last one continues the one before it.
  await store.continueWith(sessions[2]!.path, sessions[3]!.path);
  const spansOf = async () => {
    const found = new Store(folder.path);
    const options = { tombstones: await found.tombstones() };
    const all = await Array.fromAsync(coverage(await found.folders(), options));
    expect(all.map(({ token_id }) => token_id)).toEqual(["42"]);
    return all[0]!.spans.map(({ cause, fromUs, toUs }) => {
      return [cause, (fromUs - START_US) / S_US, (toUs - START_US) / S_US];
    });
  };
  await prune(folder.path, { endedBeforeMs: START_US / 1000 + 150_000 });
  expect(await new Store(folder.path).folders()).toHaveLength(1);
  const pruned = [
    ["pruned", 0, 19],
    ["not-recording", 19, 60],
    ["pruned", 60, 79],
    ["not-recording", 79, 120],
    ["pruned", 120, 139],
  ];
  expect(await spansOf()).toEqual([...pruned, ["unproven", 139, 199]]);
  // Without a session there is nothing but gaps.
  await prune(folder.path, { maxBytes: 0 });
  expect(await spansOf()).toEqual([...pruned.slice(0, -1), ["pruned", 120, 199]]);
  const token = join(folder.path, "stream/market/42");
  expect(dirname((await new Store(token).tombstones())[0]!.path)).toBe(token);
});
