import { basename, dirname, join } from "node:path";
import type { FileHead } from "../format/file-head.ts";
import { type InspectedWhole, inspectWhole } from "../format/inspect-whole.ts";
import { decodeMetadata, type SessionMetadata } from "../format/metadata.ts";
import { type BinarySnapshot, decodeSnapshot } from "../format/snapshot.ts";
import type { Fs } from "../ports/fs.ts";
import { METADATA_NAME, SNAPSHOT_NAME, segmentNumber, UPDATES_FOLDER } from "./paths.ts";
import { type Salvage, salvage } from "./salvage.ts";

/** What the files of a session have in common. */
export type SessionIdentity = Pick<FileHead, "tokenId" | "market" | "sessionId" | "recorderId">;

/** A session's files, each with what is sound of it. */
export interface SessionSurvey {
  readonly metadata: InspectedWhole<SessionMetadata> | undefined;
  readonly snapshot: InspectedWhole<BinarySnapshot> | undefined;
  /** By number. */
  readonly segments: ReadonlyMap<number, Salvage>;
  /** Of the first head that fits the folders' names; `undefined` if none is left. */
  readonly identity: SessionIdentity | undefined;
}

/** Looks at every file of a session. Failures are the system's. */
export async function surveySession(fs: Fs, path: string): Promise<SessionSurvey> {
  const metadata = await inspect(fs, join(path, METADATA_NAME), (bytes) =>
    inspectWhole(bytes, "metadata", decodeMetadata),
  );
  const snapshot = await inspect(fs, join(path, SNAPSHOT_NAME), (bytes) =>
    inspectWhole(bytes, "snapshot", decodeSnapshot),
  );
  const segments = new Map<number, Salvage>();
  const folder = join(path, UPDATES_FOLDER);
  for (const name of await fs.list(folder)) {
    const number = segmentNumber(name);
    if (number === undefined) continue;
    const file = await fs.open(join(folder, name));
    try {
      segments.set(number, await salvage(file));
    } finally {
      await file.close();
    }
  }
  const heads = [metadata, ...segments.values(), snapshot].map((file) => file?.head);
  const named = [identityIn(metadata?.content), ...heads.map(identityOf)];
  return { metadata, snapshot, segments, identity: named.find((head) => isOf(path, head)) };
}

/** Whether a head is of the session that lies in this folder. */
export function isOf(
  path: string,
  head: SessionIdentity | undefined,
): head is NonNullable<typeof head> {
  const parent = head?.tokenId === "" ? head.recorderId : head?.tokenId;
  return head?.sessionId === basename(path) && parent === basename(dirname(path));
}

function identityOf(head: FileHead | undefined): SessionIdentity | undefined {
  if (head === undefined) return undefined;
  const { tokenId, market, sessionId, recorderId } = head;
  return { tokenId, market, sessionId, recorderId };
}

function identityIn(metadata: SessionMetadata | undefined): SessionIdentity | undefined {
  if (metadata === undefined) return undefined;
  const { token_id, market, session_id, recorder_id } = metadata;
  return { tokenId: token_id, market, sessionId: session_id, recorderId: recorder_id };
}

async function inspect<T>(
  fs: Fs,
  path: string,
  run: (bytes: Uint8Array) => InspectedWhole<T>,
): Promise<InspectedWhole<T> | undefined> {
  const bytes = await fs.readFile(path);
  return bytes && run(bytes);
}
