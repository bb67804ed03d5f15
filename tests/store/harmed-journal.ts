import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PolybotError } from "../../src/format/error.ts";
import { systemClock } from "../../src/ports/clock.ts";
import { systemFs } from "../../src/ports/fs.ts";
import { recoverStore } from "../../src/store/recovery.ts";
import { repair } from "../../src/store/repair.ts";
import { takeOver } from "../../src/store/take-lock.ts";
import type { Choice } from "../fuzz/choice.ts";
import { harmedFile } from "../fuzz/targets.ts";
import type { SmallStore } from "./small-store.ts";

/** Brings what dead recorders left in a store to its end. */
export async function recover(basePath: string): Promise<unknown[]> {
  const ports = { fs: systemFs, clock: systemClock, takeOver };
  const options = { basePath, ...ports, segmentBytesMax: 6000, living: [] };
  const failures: unknown[] = [];
  for await (const { failure } of recoverStore(options)) {
    if (failure !== undefined) failures.push(failure);
  }
  return failures;
}

/**
 * Harms the chunks of the journal of a store whose recorder died, though no record under a right
 * checksum, recovers the store and repairs it: nothing but expected errors, and readers get no update that was not recorded. Gives whether all went well.
 */
export async function expectRecovered(
  dead: SmallStore,
  updates: ReadonlyMap<number, string>,
  choice: Choice,
): Promise<boolean> {
  using store = dead.copy();
  const [name] = new Bun.Glob("stream/journal/*/*.wal").scanSync(store.path);
  const path = join(store.path, name!);
  const bytes = Uint8Array.from(readFileSync(path));
  writeFileSync(path, harmedFile(bytes, choice));
  const failures = await recover(store.path);
  await repair([store.session]);
  for (const failure of failures) if (!(failure instanceof PolybotError)) throw failure;
  for (const [number, update] of await store.updates()) {
    const isNote = update.includes('\\"kind\\"');
    if (!isNote && withoutVerdict(update) !== withoutVerdict(updates.get(number))) {
      throw new Error(`update ${number} is wrong: ${update}, not ${updates.get(number)}`);
    }
  }
  return failures.length === 0;
}

/** A replay may come to another: what a socket's end judges, for one, it does not know. */
function withoutVerdict(update: string | undefined): string {
  const [receivedUs, , ...rest] = JSON.parse(update ?? "[]");
  return JSON.stringify([receivedUs, ...rest]);
}
