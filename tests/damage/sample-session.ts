import { join } from "node:path";
import { encodeMetadata, NO_NAMES, NO_SUMS } from "../../src/format/metadata.ts";
import { encodeSnapshot } from "../../src/format/snapshot.ts";
import { SessionFolder } from "../../src/read/session-folder.ts";
import { SessionReader } from "../../src/read/session-reader.ts";
import type { Verification } from "../../src/read/verification.ts";
import { verify } from "../../src/read/verify.ts";
import { METADATA_NAME, SNAPSHOT_NAME, segmentPath } from "../../src/store/paths.ts";
import { memoryFs } from "../memory-files.ts";
import { SAMPLE_HEAD } from "../sample-segment.ts";
import { encodeSegment, type SourceMessage } from "../segment-bytes.ts";

/** A sealed session in memory: one segment of sixteen small blocks, its snapshot, its metadata. */

const BLOCKS = 16;
const BLOCK_UPDATES = 2;
const START_US = 1_893_553_445_000_000;
const { tokenId, market, sessionId, recorderId } = SAMPLE_HEAD;

const BOOK = `{"market":"${market}","asset_id":"${tokenId}","timestamp":"1","hash":"x","bids":[{"price":"0.4","size":"10"}],"asks":[],"event_type":"book"}`;

function message(i: number): SourceMessage {
  const change = `{"market":"${market}","asset_id":"${tokenId}","price":"0.${20 + i}","side":"BUY","size":"${i}","hash":"x","event_type":"price_change"}`;
  return { received_us: START_US + i * 1000, socket: 1, text: i === 0 ? BOOK : change };
}

function segment(salt: number): Uint8Array {
  const blocks = Array.from({ length: BLOCKS }, (_, block) =>
    Array.from({ length: BLOCK_UPDATES }, (_, i) => message(block * BLOCK_UPDATES + i)),
  );
  return encodeSegment({ salt, head: SAMPLE_HEAD, blocks, sealed: true });
}

function snapshot(salt: number): Uint8Array {
  const head = { ...SAMPLE_HEAD, fileKind: "snapshot", segment: 0, firstSequence: 0 } as const;
  return encodeSnapshot(salt, head, {
    version: 0,
    token_id: tokenId,
    timestamp_utc: START_US / 1000,
    market,
    outcome: "",
    bids: [["0.4", "10"]],
    asks: [],
    tick_size: null,
    hash: "x",
  });
}

function metadata(salt: number, bytes: number): Uint8Array {
  const head = { ...SAMPLE_HEAD, fileKind: "metadata", segment: 0, firstSequence: 0 } as const;
  return encodeMetadata(salt, head, {
    version: 0,
    session_id: sessionId,
    token_id: tokenId,
    start_timestamp: START_US / 1000,
    end_timestamp: START_US / 1000 + BLOCKS * BLOCK_UPDATES - 1,
    end_reason: "end",
    update_count: BLOCKS * BLOCK_UPDATES,
    market,
    ...NO_NAMES,
    recorder_id: recorderId,
    first_sequence: 1,
    predecessor: null,
    segments: 1,
    bytes,
    repeats: 0,
    hashes: null,
    ...NO_SUMS,
  });
}

const SESSION = `/store/stream/market/${tokenId}/${sessionId}`;

/** The session's files by their paths, each with a salt of its own. */
export function sampleSession(salt: number): Map<string, Uint8Array> {
  const updates = segment(salt);
  const files: [string, Uint8Array][] = [
    [segmentPath(SESSION, 1), updates],
    [join(SESSION, SNAPSHOT_NAME), snapshot(salt + 1)],
    [join(SESSION, METADATA_NAME), metadata(salt + 2, updates.length)],
  ];
  return new Map(files.map(([path, bytes]) => [path, Uint8Array.from(bytes)]));
}

/** What readers get of the session, and what verify says of it. */
export async function readSession(files: ReadonlyMap<string, Uint8Array>): Promise<{
  readonly updates: ReadonlyMap<number, string>;
  readonly verified: Verification;
}> {
  const fs = memoryFs(files);
  const folder = new SessionFolder(fs, SESSION);
  const updates = new Map<number, string>();
  for await (const update of new SessionReader(folder, { fs, onDamage: () => {} })) {
    const { sequence_number, received_us, verdict, event } = update;
    updates.set(sequence_number, JSON.stringify([received_us, verdict, event]));
  }
  return { updates, verified: await verify([folder], { fs }) };
}
