import { bookLevels } from "../book/event-levels.ts";
import type { JudgedRows, TokenBook } from "../book/token-book.ts";
import { type Arrival, type Implied, type Keyframe, NOTHING_DERIVED } from "../format/block.ts";
import { BlockWriter } from "../format/block-writer.ts";
import { BLOCK_LEVELS_MAX, BLOCK_ROWS_MAX } from "../format/limits.ts";
import type { MarketEvent } from "../format/market-event.ts";
import { SessionBlock } from "./session-block.ts";

export interface BlockLimits {
  /** A block is worth writing at so many updates or bytes before compression. */
  readonly rows: number;
  readonly bytes: number;
}

export interface SessionBlocksOptions {
  readonly limits?: BlockLimits;
  readonly firstSequence?: number;
  /** Hears of the book before the update that begins a block. */
  readonly begun?: (sequence: number, keyframe: Keyframe | null) => void;
}

function nobody(): void {}

const USUAL_ROWS = Math.min(1000, BLOCK_ROWS_MAX);
const USUAL_BYTES = 64 * 1024;

export const USUAL_LIMITS: BlockLimits = { rows: USUAL_ROWS, bytes: USUAL_BYTES };

/** Closed blocks that may wait for their hashes: two seconds of a token seldom are more. */
const CLOSED_MAX = 4;

/** Half of what a reader takes: its book has some levels more where duplicates were none. */
const LEVELS_ENOUGH = BLOCK_LEVELS_MAX / 2;

/**
 * Turns a session's events into blocks: each goes through the book and into the open block in one
 * turn. A block that takes no more is handed out when all its hashes are judged, in order.
 */
export class SessionBlocks {
  readonly #implied: Implied;
  readonly #book: TokenBook;
  readonly #limits: BlockLimits;
  readonly #begun: (sequence: number, keyframe: Keyframe | null) => void;
  readonly #finished: (block: SessionBlock) => void;
  #sequence: number;
  #open: SessionBlock | undefined;
  #closed: SessionBlock[] = [];

  constructor(
    implied: Implied,
    book: TokenBook,
    finished: (block: SessionBlock) => void,
    { limits = USUAL_LIMITS, firstSequence = 1, begun = nobody }: SessionBlocksOptions = {},
  ) {
    this.#implied = implied;
    this.#book = book;
    this.#limits = limits;
    this.#finished = finished;
    this.#begun = begun;
    this.#sequence = firstSequence;
    book.judged = (judged) => this.#judged(judged);
  }

  /** The number of the next update. */
  get sequence(): number {
    return this.#sequence;
  }

  /** Updates in the block that still takes some. */
  get openRows(): number {
    return this.#open?.writer.rows ?? 0;
  }

  /** Applies, judges and stores an event; `takenUs` is the book's time, `told` are updates that a note of the session tells of. */
  append(event: MarketEvent, arrival: Arrival, takenUs: number, told?: number): void {
    if (this.#open !== undefined && this.#isFull(this.#open, event)) this.close();
    this.#open ??= this.#newBlock();
    const block = this.#open;
    const levels = event.type === "book" ? bookLevels(event) : undefined;
    const stored = levels === undefined ? event : this.#book.stored(event, levels);
    const isBestRight = event.type === "best_bid_ask" && this.#book.hasBest(event);
    block.writer.stage(stored, arrival, isBestRight);
    this.#sequence++;
    if (told !== undefined) {
      block.notes++;
      block.told += told;
    }
    const verdict = this.#book.take(event, levels, takenUs);
    const listed = levels === undefined ? 0 : levels.bids.length + levels.asks.length;
    block.levels += Math.max(listed, this.#book.levels);
    if (verdict !== undefined) {
      block.writer.judge([block.writer.rows - 1], { verdict, ...NOTHING_DERIVED });
    }
    // What the next one cannot go on with need not wait for it.
    if (block.writer.rows >= this.#limits.rows && block.writer.isJudged) this.close();
  }

  /** Applies and judges an event that is not stored. */
  apply(event: MarketEvent, takenUs: number): void {
    this.#book.take(event, event.type === "book" ? bookLevels(event) : undefined, takenUs);
  }

  /** The open block takes no more. */
  close(): void {
    if (this.#open === undefined) return;
    this.#closed.push(this.#open);
    this.#open = undefined;
    this.#handOut();
    // Whatever keeps the first one waiting: memory has a limit.
    if (this.#closed.length > CLOSED_MAX) this.flush();
  }

  /**
   * Hands out all blocks before an event that begins a group, if nothing in them waits for a hash
   * then: others may go on with the book.
   */
  settle(next: MarketEvent): boolean {
    if (this.#book.hasOpenGroup) {
      const hasHash = next.type === "price_change" || next.type === "book";
      if (!hasHash || this.#book.continuesGroup(next)) return false;
      this.#book.endGroup();
    }
    if (this.#closed.length > 0 || this.#open?.writer.isJudged === false) return false;
    this.close();
    return true;
  }

  /** Hands out all blocks; hashes that are not judged yet are stored as pending. */
  flush(): void {
    this.close();
    if (this.#closed.length === 0) return;
    this.#book.decideDuplicates();
    for (const block of this.#closed.splice(0)) this.#finished(block);
  }

  /** Takes away the blocks that are not handed out: they cannot be stored. */
  drop(): SessionBlock[] {
    const dropped = this.#closed.splice(0);
    if (this.#open !== undefined) dropped.push(this.#open);
    this.#open = undefined;
    return dropped;
  }

  #newBlock(): SessionBlock {
    const keyframe = this.#book.keyframe();
    this.#begun(this.#sequence, keyframe);
    const writer = new BlockWriter(this.#implied, this.#sequence, keyframe);
    return new SessionBlock(writer, this.#book.row + 1, this.#book.levels);
  }

  #isFull(block: SessionBlock, next: MarketEvent): boolean {
    const { writer } = block;
    if (!writer.accepts(next.shape)) return true;
    // The book has an update that was not stored.
    if (!block.has(this.#book.row)) return true;
    if (block.levels >= LEVELS_ENOUGH) return true;
    // The book has a row of the block that the block's reader does not apply.
    if (block.has(this.#book.restoredRow)) return true;
    if (writer.bytes >= this.#limits.bytes) return true;
    // A group that two blocks share has its hash stored in the first.
    return writer.rows >= this.#limits.rows && !this.#book.continuesGroup(next);
  }

  #judged(judged: JudgedRows): void {
    // What is said of a group that may still grow is good enough: nothing may come for hours.
    this.#open?.judge(judged);
    if (this.#closed.length === 0) return;
    for (const block of this.#closed) block.judge(judged);
    this.#handOut();
  }

  #handOut(): void {
    while (this.#closed[0]?.writer.isJudged) this.#finished(this.#closed.shift()!);
  }
}
