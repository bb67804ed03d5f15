import { RunningBook } from "../book/running-book.ts";
import type { Implied } from "../format/block.ts";
import { BlockWriter } from "../format/block-writer.ts";
import { parseLevels } from "../format/level.ts";
import { BLOCK_ROWS_MAX, FORMAT_VERSION, TEXT_LENGTH_MAX } from "../format/limits.ts";
import { fieldString, fieldText, type MarketEvent, marketEvent } from "../format/market-event.ts";
import { type EndReason, type Names, NO_NAMES, type SessionMetadata } from "../format/metadata.ts";
import { type Arrival, ownArrival } from "./arrival.ts";
import { CHANNEL } from "./paths.ts";
import { SessionFiles, type SessionPlace } from "./session-files.ts";
import type { WriteJob, WriteQueue } from "./write-queue.ts";

/** A block is worth writing at so many updates or bytes before compression. */
export const BLOCK_ROWS = Math.min(1000, BLOCK_ROWS_MAX);
const BLOCK_BYTES = 64 * 1024;
/** A segment should hold more than one block, however small the limit is. */
const BLOCKS_PER_SEGMENT_MIN = 2;

export type SessionPhase = "opening" | "open" | "rolling" | "sealed" | "crashed";

/** What the jobs of a session that failed end with: no trouble with the disk to wait out. */
const alreadyFailed = new Error("the session has failed before");

/** A run of updates that were applied but not stored. */
interface Gap {
  readonly cause: string;
  readonly fromUs: number;
  toUs: number;
  updates: number;
}

/**
 * One token's recording, from its first update to its seal. In memory everything happens at
 * once: the book, the verdict, the number, the columns. Only finished blocks go to the queue.
 */
export class Session {
  readonly tokenId: string;
  readonly #files: SessionFiles;
  readonly #queue: WriteQueue;
  readonly #recorderId: string;
  readonly #market: string;
  readonly #blockBytesMax: number;
  readonly #book = new RunningBook();
  readonly #startUs: number;
  #endUs: number;
  #names: Names = NO_NAMES;
  #block: BlockWriter | undefined;
  #sequence = 1;
  #gap: Gap | undefined;
  #hasSnapshot = false;
  #metadataQueued = false;
  #repeats = 0;
  #phase: SessionPhase = "opening";
  #failure: unknown;
  #lost = 0;
  #lostFromUs = Number.POSITIVE_INFINITY;

  /** Opens with its first update, which it then wants through `add`. */
  constructor(
    place: SessionPlace,
    queue: WriteQueue,
    tokenId: string,
    first: MarketEvent,
    startUs: number,
  ) {
    this.tokenId = tokenId;
    this.#files = new SessionFiles(place);
    this.#queue = queue;
    this.#recorderId = place.recorderId;
    this.#market = tokenId === CHANNEL ? "" : (fieldString(first, "market") ?? "");
    const share = Math.floor(place.segmentBytesMax / BLOCKS_PER_SEGMENT_MIN);
    this.#blockBytesMax = Math.min(BLOCK_BYTES, share);
    this.#startUs = startUs;
    this.#endUs = startUs;
    this.#enqueue(0, async () => {
      await this.#files.create(tokenId, this.#market, startUs / 1000);
      if (this.#phase === "opening") this.#phase = "open";
    });
    this.#publishMetadata();
  }

  get phase(): SessionPhase {
    return this.#phase;
  }

  /** Updates numbered so far. */
  get updateCount(): number {
    return this.#sequence - 1;
  }

  /** Numbered updates that did not reach the disk because it failed. */
  get lost(): number {
    return this.#lost;
  }

  /** Receive time of the first update that may be lost, once the session has failed. */
  get lostFromUs(): number {
    return this.#lostFromUs;
  }

  get failure(): unknown {
    return this.#failure;
  }

  /** Whether updates wait in memory for their block to be worth writing. */
  get hasOpenBlock(): boolean {
    return this.#block !== undefined;
  }

  /** Whether the event is stored; one that is longer than a text may be is skipped. */
  add(event: MarketEvent, arrival: Arrival): boolean {
    if (textLength(event) > TEXT_LENGTH_MAX) {
      this.skip(event, "too-long", arrival.receivedUs);
      return false;
    }
    this.#writeGap();
    this.#append(event, arrival);
    if (event.type === "book" && !this.#hasSnapshot) this.#writeSnapshot(event, arrival);
    return true;
  }

  /** Applies an event that cannot be stored; the next one stored is preceded by a gap note. */
  skip(event: MarketEvent, cause: string, receivedUs: number): void {
    this.#book.receive(event);
    this.tellGap(cause, receivedUs, receivedUs, 1);
  }

  /** Has updates that are not in the store told before the next one that is. */
  tellGap(cause: string, fromUs: number, toUs: number, updates: number): void {
    if (this.#gap !== undefined && this.#gap.cause !== cause) this.#writeGap();
    this.#gap ??= { cause, fromUs, toUs, updates: 0 };
    this.#gap.toUs = toUs;
    this.#gap.updates += updates;
  }

  /** Stores names that REST gave, and rewrites the metadata. */
  setNames(names: Names, receivedUs: number): void {
    this.#names = names;
    this.add(marketEvent("note", { kind: "names", ...names }), ownArrival(receivedUs));
    this.#publishMetadata();
  }

  /** Counts a text that came again and is stored once. */
  countRepeat(): void {
    this.#repeats++;
  }

  /** Hands the open block to the queue. */
  closeBlock(): void {
    const block = this.#block;
    if (block === undefined) return;
    this.#block = undefined;
    const finished = block.finish();
    const { records, minUs } = finished.content;
    this.#enqueue(records, () => this.#files.append(finished), minUs);
  }

  /** Makes the blocks written so far durable; a disk that cannot fails the session. */
  async sync(): Promise<void> {
    if (this.#failure !== undefined) return;
    try {
      await this.#files.sync();
    } catch (error) {
      this.fail(error, this.#files.unsynced);
    }
  }

  /** Closes the session in memory; `seal` then does so on disk. */
  end(): void {
    this.#writeGap();
    this.closeBlock();
  }

  /** The disk's part of the end. */
  sealJob(reason: EndReason): WriteJob {
    return {
      updates: 0,
      run: async () => {
        await this.#files.seal(() => this.#metadata(reason));
        this.#phase = "sealed";
      },
      failed: (error) => this.fail(error, this.#files.unsynced),
    };
  }

  /** Lets go of a failed session's file: Bun ends the process over one left to be collected. */
  async abandon(): Promise<void> {
    await this.#files.abandon().catch(() => {});
  }

  /** Marks the session as not writable any more; `updates` of it are lost, from `fromUs` on. */
  fail(error: unknown, updates: number, fromUs = this.#startUs): void {
    this.#failure ??= error;
    this.#phase = "crashed";
    this.#lost += updates + (this.#block?.rows ?? 0);
    this.#block = undefined;
    this.#lostFromUs = Math.min(this.#lostFromUs, fromUs);
  }

  #append(event: MarketEvent, { receivedUs, socket, place }: Arrival): void {
    if (this.#block !== undefined && !this.#block.accepts(event.shape)) this.closeBlock();
    if (this.#block === undefined) {
      const implied: Implied = { market: this.#market, tokenId: this.tokenId };
      this.#block = new BlockWriter(implied, this.#sequence, this.#book.keyframe());
    }
    const { type, shape } = event;
    const { verdict, values } = this.#book.receive(event);
    this.#block.add({ type, verdict, receivedUs, socket, place, shape, values });
    this.#sequence++;
    this.#endUs = Math.max(this.#endUs, receivedUs);
    if (this.#block.rows >= BLOCK_ROWS || this.#block.bytes >= this.#blockBytesMax) {
      this.closeBlock();
    }
  }

  /** The note goes into a new block, whose keyframe then holds what was not stored. */
  #writeGap(): void {
    const gap = this.#gap;
    if (gap === undefined) return;
    this.#gap = undefined;
    this.closeBlock();
    const { cause, fromUs: from_us, toUs: to_us, updates } = gap;
    const note = marketEvent("note", { kind: "gap", cause, from_us, to_us, updates });
    this.#append(note, ownArrival(to_us));
  }

  #writeSnapshot(event: MarketEvent, { receivedUs }: Arrival): void {
    const bids = parseLevels(fieldText(event, "bids") ?? "null");
    const asks = parseLevels(fieldText(event, "asks") ?? "null");
    if (bids === undefined || asks === undefined) return;
    this.#hasSnapshot = true;
    const snapshot = {
      version: FORMAT_VERSION,
      token_id: this.tokenId,
      timestamp_utc: Math.floor(receivedUs / 1000),
      market: this.#market,
      bids,
      asks,
      tick_size: fieldString(event, "tick_size") ?? null,
      hash: fieldString(event, "hash") ?? null,
    };
    this.#enqueue(0, () =>
      this.#files.writeSnapshot({ ...snapshot, outcome: this.#names.outcome }),
    );
  }

  /** Whatever changes before the queue gets to it needs no second file. */
  #publishMetadata(): void {
    if (this.#metadataQueued) return;
    this.#metadataQueued = true;
    this.#enqueue(0, async () => {
      this.#metadataQueued = false;
      await this.#files.writeMetadata(this.#metadata(null));
    });
  }

  #enqueue(updates: number, run: () => Promise<void>, fromUs?: number): void {
    this.#queue.add({
      updates,
      run: () => (this.#failure === undefined ? run() : Promise.reject(alreadyFailed)),
      failed: (error) => this.fail(error, updates, fromUs),
    });
  }

  #metadata(reason: EndReason | null): SessionMetadata {
    return {
      version: FORMAT_VERSION,
      session_id: this.#files.sessionId,
      token_id: this.tokenId,
      start_timestamp: Math.floor(this.#startUs / 1000),
      end_timestamp: reason === null ? null : Math.floor(this.#endUs / 1000),
      end_reason: reason,
      update_count: this.updateCount,
      market: this.#market,
      ...this.#names,
      recorder_id: this.#recorderId,
      first_sequence: 1,
      predecessor: null,
      ...this.#files.size,
      repeats: this.#repeats,
    };
  }
}

function textLength({ shape, values }: MarketEvent): number {
  return values.reduce((sum, value) => sum + value.length, shape.text.length);
}
