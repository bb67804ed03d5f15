import { describe, expect, test } from "bun:test";
import { describeSession } from "../../src/read/session-description.ts";
import { Store } from "../../src/read/store.ts";
import { ERROR_CODES, SHORT_WRITES } from "../disk/disk-faults.ts";
import type { Death } from "../disk/simulated-disk.ts";
import { checkDisk } from "./disk-check.ts";
import { BASE_PATH } from "./disk-recording.ts";
import { checkDeath, checkFault, newRecording, sum } from "./every-operation.ts";

/** One operation in so many, another one for each fault: scripts/torture takes all of them. */
const STEP = 5;
const TIMEOUT_MS = 120_000;

/** Without trouble: how many operations there are to trouble. */
const undisturbed = newRecording();
const kinds = new Set<string>();
undisturbed.disk.onOperation = ({ kind }) => kinds.add(kind);
const isWhole = await undisturbed.run();
const operations = undisturbed.disk.operations;

test("the recording does all that a recorder does with a disk", async () => {
  expect(isWhole).toBe(true);
  const needed = ["create", "write", "datasync", "writeFile", "syncFile", "syncFolder", "rename"];
  for (const kind of needed) expect(kinds).toContain(kind);
  const { updates } = await checkDisk(undisturbed.disk, undisturbed.sent, undisturbed.durable);
  expect(updates).toBe(sum(undisturbed.sent.values().map(({ length }) => length)));
  const sessions = await new Store(BASE_PATH, undisturbed.disk).folders();
  const described = await Promise.all(
    sessions.map((session) => describeSession(session, undisturbed.disk)),
  );
  expect(Math.max(...described.map(({ segments }) => segments))).toBeGreaterThan(1);
  expect(described.some(({ predecessor }) => predecessor !== null)).toBe(true);
});

describe(`of ${operations} operations, one in ${STEP} with`, () => {
  for (const [i, kind] of [...ERROR_CODES, ...SHORT_WRITES].entries()) {
    for (const forever of [false, true]) {
      test(
        `${kind} ${forever ? "for ever" : "once"}: what was durable is there, the rest is counted`,
        async () => {
          for (let at = i % STEP; at < operations; at += STEP) await checkFault(kind, at, forever);
        },
        TIMEOUT_MS,
      );
    }
  }

  const moments: Death["when"][] = ["before", "inside", "after"];
  test.each(moments)(
    "a process that dies %s it: what was durable is there",
    async (when) => {
      for (let at = moments.indexOf(when); at < operations; at += STEP) await checkDeath(at, when);
    },
    TIMEOUT_MS,
  );
});
