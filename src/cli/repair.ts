import { systemClock } from "../ports/clock.ts";
import { systemFs } from "../ports/fs.ts";
import { Store } from "../read/store.ts";
import { basePathOf } from "../store/paths.ts";
import { type Recovery, recoverStore } from "../store/recovery.ts";
import { repair } from "../store/repair.ts";
import type { LostUpdates, RepairedFile, Repairs } from "../store/repairs.ts";
import { replayThread } from "../store/replay-thread.ts";
import { DEFAULT_MAX_FILE_MB } from "../store/storage-config.ts";
import { takeOver } from "../store/take-lock.ts";
import { command, EXIT, usageError } from "./command.ts";
import { Output, say } from "./output.ts";
import { recoveryJson, recoveryText } from "./recovery-text.ts";
import { storeArgument } from "./store-argument.ts";

export const repairCommand = command({
  summary: "Make damaged files anew from what is sound of them",
  details: `What a file was before is kept beside it as <name>.broken. Every range of updates that is lost
becomes a repair note, under the number of the first. A session whose recorder died gets its end;
one whose recorder lives is left alone and named. Repairing again changes nothing.
Exit code 3 says that updates are lost, or that some damage is left for you to judge.`,
  examples: ["polybot repair ./data --dry-run", "polybot repair ./data --json"],
  args: {
    store: { ...storeArgument, description: "a storage path, or a token's or session's folder" },
    "dry-run": { type: "boolean", default: false, description: "only tell what would be done" },
    json: { type: "boolean", default: false, description: "one JSON object" },
  },
  async run({ store, json, "dry-run": dryRun }) {
    const sessions = await new Store(store).folders();
    const paths = sessions.filter(({ isLone }) => !isLone).map(({ path }) => path);
    if (paths.length < sessions.length) throw wantsFolder(store);
    const basePath = basePathOf(paths[0] ?? "") ?? store;
    const recoveries = dryRun ? [] : await recovered(basePath);
    const repairs = await repair(paths, { dryRun });
    const output = new Output();
    for (const recovery of recoveries) say(recoveryText(recovery));
    if (json) {
      await output.line(JSON.stringify({ ...repairs, recoveries: recoveries.map(recoveryJson) }));
    } else for (const line of repairsLines(repairs)) await output.line(line);
    await output.flush();
    const isWhole = repairs.lost.length + repairs.left.length === 0;
    return isWhole && recoveries.every(isComplete) ? EXIT.ok : EXIT.loss;
  },
});

/** What recorders that died left is brought to its end first: their journals hold the rest. */
async function recovered(basePath: string): Promise<Recovery[]> {
  const recoveries: Recovery[] = [];
  const options = {
    basePath,
    fs: systemFs,
    clock: systemClock,
    takeOver,
    startReplayer: replayThread,
    segmentBytesMax: DEFAULT_MAX_FILE_MB * 1_000_000,
    living: [],
  };
  for await (const recovery of recoverStore(options)) recoveries.push(recovery);
  return recoveries;
}

function isComplete({ sessions, damaged, failure }: Recovery): boolean {
  return damaged === 0 && failure === undefined && sessions.every(({ lost }) => lost === 0);
}

function wantsFolder(path: string): Error {
  return usageError("repair", `${path} is a file: a repair looks at the whole session`);
}

function* repairsLines(repairs: Repairs): Generator<string> {
  const { dry_run, files, lost, living, left, sessions, repaired } = repairs;
  for (const file of files) yield fileText(file, dry_run);
  for (const range of lost) yield lostText(range);
  for (const { session, recorder_id, pid, host } of living) {
    yield `skipped: ${session}: its recorder ${recorder_id} lives (process ${pid} on ${host})`;
  }
  for (const { file, reason } of left) yield `left: ${file}: ${reason}`;
  const verb = dry_run ? "to repair" : "repaired";
  const updates = lost.reduce((sum, range) => sum + range.updates, 0);
  yield `${sessions} sessions, ${repaired} ${verb}, ${files.length} files, ${updates} updates lost, ${living.length} skipped, ${left.length} left`;
}

function fileText({ file, reason, kept_as }: RepairedFile, isDry: boolean): string {
  const kept = kept_as === null ? "" : `; before: ${kept_as}`;
  return `${isDry ? "to repair" : "repaired"}: ${file}: ${reason}${kept}`;
}

function lostText({
  file,
  first_sequence: first,
  last_sequence: last,
  updates,
}: LostUpdates): string {
  const which = updates === 0 ? `an unknown number from ${first} on` : `${first} to ${last}`;
  return `lost: ${file}: updates ${which}`;
}
