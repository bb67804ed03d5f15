import { PolybotError } from "../format/error.ts";
import type { Tombstone } from "../format/tombstones.ts";
import { isRecorderId, isSessionId } from "../store/paths.ts";
import type { TombstoneFile } from "./tombstone-file.ts";
import { NOTHING_MORE, noVerification, type Verification } from "./verification.ts";

/** Looks at every byte of a token's tombstones. */
export async function checkTombstones(file: TombstoneFile): Promise<Verification> {
  const found = noVerification();
  const report = (reason: string, offset: number | null = null) =>
    found.problems.push({ file: file.path, reason, ...NOTHING_MORE, offset });
  try {
    const inspected = await file.inspect();
    for (const { reason, offset } of inspected?.damage ?? []) report(reason, offset);
    const { head, content = [] } = inspected ?? {};
    if (head !== undefined && !isOwn(file, head)) report("it is a file of another token");
    if (content.some((session) => !isPossible(session))) {
      report("it tells of a session that cannot have been");
    }
    // As readers count them: a session that is still there is not pruned.
    if (found.problems.length === 0) found.pruned = (await file.sessions()).length;
  } catch (error) {
    if (!(error instanceof PolybotError)) throw error;
    report(error.message);
  }
  found.damaged = found.problems.length;
  return found;
}

function isOwn(
  file: TombstoneFile,
  head: { readonly fileKind: string; readonly tokenId: string; readonly recorderId: string },
): boolean {
  const { fileKind, tokenId, recorderId } = head;
  return fileKind === "pruned" && tokenId === file.tokenId && recorderId === file.recorderId;
}

function isPossible(session: Tombstone): boolean {
  const { session_id, recorder_id, start_timestamp, end_timestamp } = session;
  return isSessionId(session_id) && isRecorderId(recorder_id) && start_timestamp <= end_timestamp;
}
