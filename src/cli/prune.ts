import { PolybotError } from "../format/error.ts";
import { systemClock } from "../ports/clock.ts";
import { systemFs } from "../ports/fs.ts";
import { streamFolder } from "../store/paths.ts";
import { prune } from "../store/prune.ts";
import type { PrunedSession, Prunes, SkippedSessions } from "../store/prunes.ts";
import { command, EXIT, usageError } from "./command.ts";
import { bytesText, timeText, tokenText } from "./format.ts";
import { Output } from "./output.ts";
import { ageFlag, sizeFlag } from "./quantity-flags.ts";

const NAME = "prune";

export const pruneCommand = command({
  summary: "Remove the oldest sealed sessions, to make room",
  details: `Sessions go whole, the one that ended first before all others: until the store takes no more than
--max-disk on the disk, and all whose last update is older than --older-than. What was removed stays
known, with its times and numbers. A session that is open is never removed, nor one whose recorder
lives: a recorder prunes its own with polybot stream --max-disk. Pruning again changes nothing.
Sizes are of whole disk blocks, as du counts them. Exit code 1 says that --max-disk is not reached.`,
  examples: [
    "polybot prune ./data --max-disk 20GB --dry-run",
    "polybot prune ./data --older-than 30d",
    "polybot prune ./data --max-disk 20GB --json",
  ],
  args: {
    store: { type: "positional", required: true, description: "a storage path" },
    "max-disk": {
      type: "string",
      valueHint: "size",
      description: "what the store may take on the disk, such as 500MB, 20GB or 1.5TB",
    },
    "older-than": {
      type: "string",
      valueHint: "age",
      description: "remove what ended before so long, such as 12h or 30d",
    },
    "dry-run": { type: "boolean", default: false, description: "only tell what would be done" },
    json: { type: "boolean", default: false, description: "one JSON object" },
  },
  async run({ store, json, "max-disk": maxDisk, "older-than": olderThan, "dry-run": dryRun }) {
    if (maxDisk === undefined && olderThan === undefined) {
      throw usageError(NAME, "nothing to go by: give --max-disk, --older-than, or both");
    }
    const maxBytes = maxDisk === undefined ? undefined : sizeFlag(NAME, "max-disk", maxDisk);
    const ageMs = olderThan === undefined ? undefined : ageFlag(NAME, "older-than", olderThan);
    if ((await systemFs.stat(streamFolder(store))) === undefined) throw notAStore(store);
    const prunes = await prune(store, {
      ...(maxBytes !== undefined && { maxBytes }),
      ...(ageMs !== undefined && { endedBeforeMs: systemClock.nowUs() / 1000 - ageMs }),
      dryRun,
    });
    const output = new Output();
    if (json) await output.line(JSON.stringify(prunes));
    else for (const line of pruneLines(prunes)) await output.line(line);
    await output.flush();
    if (maxBytes !== undefined && prunes.bytes > maxBytes) throw overBudget(prunes, maxBytes);
    return EXIT.ok;
  },
});

function* pruneLines(prunes: Prunes): Generator<string> {
  const { dry_run, pruned, skipped, left, bytes_before, bytes } = prunes;
  for (const session of pruned) yield prunedText(session, dry_run);
  for (const sessions of skipped) yield skippedText(sessions);
  for (const { file, reason } of left) yield `left: ${file}: ${reason}`;
  const verb = dry_run ? "to prune" : "pruned";
  const others = skipped.reduce((sum, { sessions }) => sum + sessions.length, 0);
  yield `${pruned.length} sessions ${verb}, ${others} skipped, ${left.length} left; ${bytesText(bytes_before)} before, ${bytesText(bytes)} after`;
}

function prunedText(pruned: PrunedSession, isDry: boolean): string {
  const { session, token_id, start_timestamp, end_timestamp, update_count, bytes } = pruned;
  const times = `${timeText(start_timestamp)} to ${timeText(end_timestamp)} UTC`;
  const verb = isDry ? "to prune" : "pruned";
  return `${verb}: ${session}: ${tokenText(token_id, pruned)}, ${times}, ${update_count} updates, ${bytesText(bytes)}`;
}

function skippedText({ recorder_id, pid, host, sessions, bytes }: SkippedSessions): string {
  const who = pid === 0 ? "its lock is held" : `it lives (process ${pid} on ${host})`;
  return `skipped: ${sessions.length} sessions of recorder ${recorder_id}, ${bytesText(bytes)}: ${who}`;
}

function overBudget({ bytes, dry_run }: Prunes, maxBytes: number): PolybotError {
  const takes = `the store ${dry_run ? "would still take" : "still takes"} ${bytesText(bytes)}`;
  return new PolybotError(
    "DISK_FULL",
    `${takes}, over ${bytesText(maxBytes)}: what is left is open, or not ours to remove`,
    { hint: "polybot ls shows what is left" },
  );
}

function notAStore(path: string): PolybotError {
  return new PolybotError("NOT_A_STORE", `${path} is no storage path: it has no stream folder`, {
    path,
    hint: "name the folder that polybot stream was given as --storage-path",
  });
}
