import { BlockReplay } from "../src/book/block-replay.ts";
import type { Implied, Keyframe } from "../src/format/block.ts";
import { decodeBlock } from "../src/format/block-reader.ts";
import { CHUNK_KIND, encodeChunk } from "../src/format/chunk.ts";
import type { Damage, FileEnd } from "../src/format/chunk-scanner.ts";
import { encodeFileHead, type FileHead } from "../src/format/file-head.ts";
import {
  BARE_PLACE,
  type MarketEvent,
  marketEvent,
  type Place,
} from "../src/format/market-event.ts";
import { messageText } from "../src/format/message-text.ts";
import { scanBytes } from "../src/format/scan-bytes.ts";
import { encodeIndex, encodeTail, type IndexEntry } from "../src/format/segment-end.ts";
import { decode } from "../src/polymarket/decode.ts";
import { type FinishedBlock, RecordedBlocks } from "./recorded-blocks.ts";

/** A message off the wire, or a note of the recorder. */
export interface SourceMessage {
  readonly received_us: number;
  readonly socket?: number;
  readonly text?: string;
  readonly note?: Readonly<Record<string, unknown>>;
}

/** What a segment is made from; plain JSON. */
export interface SegmentSource {
  readonly salt: number;
  readonly head: FileHead;
  /** The messages of each block. */
  readonly blocks: readonly (readonly SourceMessage[])[];
  readonly sealed: boolean;
}

/** One update as it came back, with its own text: of its element, or of the entry that it is. */
export interface SeenUpdate {
  readonly sequence: number;
  readonly type: string;
  readonly verdict: string;
  readonly received_us: number;
  readonly socket: number;
  readonly place: Place;
  readonly text: string;
}

export interface SeenSegment {
  readonly blocks: readonly {
    readonly number: number;
    readonly keyframe: Keyframe | null;
    readonly updates: readonly SeenUpdate[];
  }[];
  readonly damage: readonly Damage[];
  readonly end: FileEnd;
}

/** The bytes of a segment, as a recorder with this salt would have written them. */
export function encodeSegment(source: SegmentSource): Uint8Array {
  const { salt, head, sealed } = source;
  const parts: Uint8Array[] = [encodeFileHead(salt, head)];
  const index: IndexEntry[] = [];
  let offset = parts[0]!.length;
  for (const { content, packed } of finishedBlocks(source)) {
    const number = parts.length;
    const { records, firstSequence, minUs, maxUs } = content;
    index.push({ offset, number, records, firstSequence, minUs, maxUs });
    parts.push(encodeChunk(salt, number, content, packed));
    offset += parts.at(-1)!.length;
  }
  if (sealed) parts.push(encodeIndex(salt, parts.length, head, index), encodeTail(salt, offset));
  return Uint8Array.from(Buffer.concat(parts));
}

/** The blocks of a segment before they are chunks. */
export function finishedBlocks({ head, blocks }: SegmentSource): readonly FinishedBlock[] {
  const recorded = new RecordedBlocks(head, { firstSequence: head.firstSequence });
  for (const messages of blocks) {
    for (const message of messages) {
      for (const { event, place } of piecesOf(message, head.tokenId)) {
        const { received_us: receivedUs, socket = 0 } = message;
        recorded.append(event, { receivedUs, socket, place });
      }
    }
    recorded.close();
  }
  recorded.end();
  return recorded.finished;
}

interface Piece {
  readonly event: MarketEvent;
  readonly place: Place;
}

/** The pieces of a message that a token's session holds; all of them for the channel (`""`). */
function piecesOf({ text, note }: SourceMessage, tokenId: string): Piece[] {
  if (note !== undefined) return [{ event: marketEvent("note", note), place: BARE_PLACE }];
  return decode(text ?? "").filter(
    ({ tokenIds }) => tokenId === "" || tokenIds.length === 0 || tokenIds.includes(tokenId),
  );
}

/** Everything that a segment gives back, block by block. */
export function decodeSegment(bytes: Uint8Array, implied: Implied): SeenSegment {
  const blocks: SeenSegment["blocks"][number][] = [];
  const damage: Damage[] = [];
  let end: FileEnd = "open";
  for (const part of scanBytes(bytes)) {
    if (part.kind === "damage") damage.push(part.damage);
    else if (part.kind === "end") end = part.end;
    else if (part.header.kind === CHUNK_KIND.block) {
      const block = decodeBlock(part.header, part.stored, implied);
      const { keyframe, rows, firstSequence } = block;
      const replay = new BlockReplay(block, implied);
      const updates = rows.map((row, i): SeenUpdate => {
        const { receivedUs: received_us, socket, place, verdict } = row;
        const event = replay.event(i);
        const text = messageText([{ event, place: { ...place, elements: 0, newline: false } }]);
        const { type } = event;
        return { sequence: firstSequence + i, type, verdict, received_us, socket, place, text };
      });
      blocks.push({ number: part.header.number, keyframe, updates });
    }
  }
  return { blocks, damage, end };
}
