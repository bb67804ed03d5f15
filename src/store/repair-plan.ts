import { CHUNK_KIND, type ChunkHeader, chunkBytes } from "../format/chunk.ts";
import { DAMAGE } from "../format/chunk-scanner.ts";
import { damaged } from "../format/damaged.ts";
import type { LostRange } from "../format/repair-note.ts";
import { isSameIndex } from "../format/segment-end.ts";
import { supersededFrom } from "../format/superseded.ts";
import type { Piece } from "./rebuilt-segment.ts";
import type { ChunkPlace, Salvage } from "./salvage.ts";

/** A block that decodes, or a chunk that readers pass over. */
export interface SoundChunk extends ChunkPlace {
  /** The last sequence number that a block stands for: a repair note's is later than its own. */
  readonly last: number;
}

/** A segment as it is, before it is known what its session lacks. */
export interface FoundSegment {
  readonly number: number;
  /** `undefined` if there is no such file. */
  readonly salvage: Salvage | undefined;
  /** By their numbers. */
  readonly chunks: readonly SoundChunk[];
  /** Blocks that do not decode. */
  readonly refused: readonly { readonly header: ChunkHeader; readonly reason: string }[];
}

/** What becomes of a segment. */
export interface SegmentPlan {
  readonly found: FoundSegment;
  /** Without a block, and with reasons, it goes: nothing is known to be lost with it. */
  readonly pieces: Piece[];
  /** Why it is made anew; none if it stays. */
  readonly reasons: string[];
}

/** What is known of a session from elsewhere than its segments. */
export interface SessionBounds {
  /** Sequence number of the first update. */
  readonly first: number;
  /** Of the last update, at least; 0 while the session has no end. */
  readonly last: number;
  /** Receive times of both, microseconds since the epoch, where they are known. */
  readonly startUs: number | undefined;
  readonly endUs: number | undefined;
}

/** Damage that costs nothing of the file that it is in. */
const FREE = new Set<string>([DAMAGE.afterTail, DAMAGE.foreign, DAMAGE.order]);

/**
 * Says for each segment of a session what it is to consist of: its sound chunks, and a note for
 * each range of lost numbers, in the damaged segment. `DAMAGED` where segments contradict each
 * other, so that nobody knows their order.
 */
export function planSession(found: readonly FoundSegment[], bounds: SessionBounds): SegmentPlan[] {
  const walk = new SessionWalk(bounds);
  const ends = supersededFrom(found.map(({ salvage }) => salvage?.head));
  for (const [i, segment] of found.entries()) walk.take(segment, found[i + 1], ends[i]!);
  walk.end();
  return walk.plans;
}

/** Goes through the sequence numbers of a session and gives each hole a place. */
class SessionWalk {
  readonly plans: SegmentPlan[] = [];
  readonly #bounds: SessionBounds;
  /** The next update's number. */
  #next: number;
  /** Receive time of the last one. */
  #lastUs: number | undefined;
  /** The last segment with a block, and those without one behind it. */
  #filled: SegmentPlan | undefined;
  #empty: SegmentPlan[] = [];

  constructor(bounds: SessionBounds) {
    this.#bounds = bounds;
    this.#next = bounds.first;
    this.#lastUs = bounds.startUs;
  }

  /** `end`: from this update on a later segment has all again. */
  take(found: FoundSegment, next: FoundSegment | undefined, end: number): void {
    const isLeft = next?.salvage?.head?.resumes === true;
    const plan: SegmentPlan = { found, pieces: [], reasons: reasonsOf(found, isLeft) };
    this.plans.push(plan);
    let isFront = true;
    for (const chunk of found.chunks) {
      if (isBlock(chunk) && chunk.header.firstSequence < end) {
        this.#fill(plan, isFront, chunk.header);
        isFront = false;
        this.#next = chunk.last + 1;
        this.#lastUs = chunk.header.maxUs;
      }
      plan.pieces.push(chunk);
    }
    if (!isFront) this.#filled = plan;
    // One that was begun when its recorder died never had any.
    else if (!found.chunks.some(isBlock) && plan.reasons.length > 0) this.#empty.push(plan);
  }

  /** Tells what is lost behind the last block. */
  end(): void {
    const harmed = this.#empty.length > 0 ? this.#empty : this.#filled ? [this.#filled] : [];
    // Where nothing is harmed, who names more updates is wrong.
    if (harmed.every(({ reasons }) => reasons.length === 0)) return;
    const named = this.plans.map(({ found }) => lastNamed(found));
    const last = Math.max(this.#bounds.last, ...named);
    const toUs = this.#bounds.endUs ?? this.#lastUs ?? 0;
    if (last >= this.#next) {
      const range = this.#range(last, toUs);
      spread(range, harmed.slice(0, range.updates));
    } else if (this.#bounds.last === 0) {
      const torn = harmed.find(({ found }) => mayLackBlocks(found));
      torn?.pieces.push({ ...this.#range(this.#next, toUs), updates: 0 });
    }
  }

  /** Tells what is lost before a block. */
  #fill(plan: SegmentPlan, isFront: boolean, { firstSequence, minUs }: ChunkHeader): void {
    if (firstSequence < this.#next) {
      throw damaged(`segment ${plan.found.number} has updates that come again, or out of order`);
    }
    const empty = isFront ? this.#empty.splice(0) : [];
    if (firstSequence - this.#next < empty.length) {
      throw damaged(`segment ${empty[0]!.found.number} is empty, though no update is missing`);
    }
    if (firstSequence === this.#next) return;
    const range = this.#range(firstSequence - 1, minUs);
    if (empty.length > 0) {
      spread(range, empty);
      return;
    }
    const isBefore = isFront && this.#filled !== undefined && this.#filled.reasons.length > 0;
    const harmed = isBefore ? this.#filled! : plan;
    if (harmed.reasons.length === 0) harmed.reasons.push("updates are missing in it");
    harmed.pieces.push(range);
  }

  #range(last: number, toUs: number): LostRange {
    const fromUs = this.#lastUs ?? toUs;
    return { first: this.#next, last, updates: last - this.#next + 1, fromUs, toUs };
  }
}

function isBlock({ header }: ChunkPlace): boolean {
  return header.kind === CHUNK_KIND.block;
}

/** A range over segments that hold nothing else: each needs an update, the last takes the rest. */
function spread(range: LostRange, plans: readonly SegmentPlan[]): void {
  plans.forEach(({ pieces }, i) => {
    const first = range.first + i;
    const last = i === plans.length - 1 ? range.last : first;
    pieces.push({ ...range, first, last, updates: last - first + 1 });
  });
}

/** `isLeft`: the next segment says that this one was left unfinished. */
function reasonsOf({ salvage, chunks, refused }: FoundSegment, isLeft: boolean): string[] {
  if (salvage === undefined) return ["it is missing"];
  const reasons = [...salvage.damage, ...refused].map(({ reason }) => reason);
  if (reasons.length === 0 && salvage.end === "open") {
    return isLeft ? [] : ["its end is missing"];
  }
  const blocks = chunks.filter(isBlock).map(({ offset, header }) => ({ offset, ...header }));
  if (reasons.length === 0 && !isSameIndex(salvage.index ?? [], blocks)) {
    reasons.push("its index does not match its blocks");
  }
  return [...new Set(reasons)];
}

/** The last update that anything in the segment names. */
function lastNamed({ salvage, refused }: FoundSegment): number {
  const ends = refused.map(({ header }) => header.firstSequence + header.records - 1);
  return Math.max(salvage?.lastNamed ?? 0, ...ends);
}

/** Whether there may have been blocks behind the last one, of which nothing else tells. */
function mayLackBlocks({ salvage, chunks }: FoundSegment): boolean {
  if (salvage === undefined || salvage.index !== undefined) return false;
  const last = chunks.at(-1);
  const from = last === undefined ? 0 : last.offset + chunkBytes(last.header.storedLength);
  return salvage.damage.some(
    ({ reason, offset, length }) =>
      length > 0 && offset >= from && offset < salvage.indexOffset && !FREE.has(reason),
  );
}
