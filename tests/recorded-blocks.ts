import { BlockReplay } from "../src/book/block-replay.ts";
import { TokenBook } from "../src/book/token-book.ts";
import type { Implied } from "../src/format/block.ts";
import { type Block, decodeBlock } from "../src/format/block-reader.ts";
import type { BlockWriter } from "../src/format/block-writer.ts";
import { CHUNK_HEADER_BYTES, decodeHeader, encodeChunk } from "../src/format/chunk.ts";
import type { MarketEvent } from "../src/format/market-event.ts";
import { type Arrival, ownArrival } from "../src/store/arrival.ts";
import { type BlockLimits, SessionBlocks } from "../src/store/session-blocks.ts";

const SALT = 7;
/** Blocks end only where a test closes them. */
const NO_LIMITS: BlockLimits = { rows: Number.POSITIVE_INFINITY, bytes: Number.POSITIVE_INFINITY };

export type FinishedBlock = ReturnType<BlockWriter["finish"]>;

export interface RecordedBlocksOptions {
  readonly limits?: BlockLimits;
  readonly firstSequence?: number;
}

/** A session's way from events to blocks, without files, and back. */
export class RecordedBlocks {
  readonly book: TokenBook;
  readonly finished: FinishedBlock[] = [];
  readonly #implied: Implied;
  readonly #blocks: SessionBlocks;

  constructor(implied: Implied, { limits = NO_LIMITS, firstSequence }: RecordedBlocksOptions = {}) {
    const { market, tokenId } = implied;
    this.#implied = { market, tokenId };
    this.book = new TokenBook({ ...this.#implied, maySearch: () => true });
    this.#blocks = new SessionBlocks(
      this.#implied,
      this.book,
      ({ writer }) => void this.finished.push(writer.finish()),
      { limits, ...(firstSequence === undefined ? {} : { firstSequence }) },
    );
  }

  append(event: MarketEvent, arrival: Arrival = ownArrival(1)): void {
    this.#blocks.append(event, arrival, arrival.receivedUs);
  }

  /** Applies what is not stored. */
  skip(event: MarketEvent, receivedUs = 1): void {
    this.#blocks.apply(event, receivedUs);
  }

  close(): void {
    this.#blocks.close();
  }

  /** Writes what there is, judged or not. */
  flush(): void {
    this.#blocks.flush();
  }

  end(): void {
    this.book.end();
    this.#blocks.flush();
  }

  /** All blocks, read back. */
  blocks(): Block[] {
    this.end();
    return this.finished.map((block) => decodedBlock(block, this.#implied));
  }
}

export function decodedBlock({ content, packed }: FinishedBlock, implied: Implied): Block {
  const chunk = encodeChunk(SALT, 1, content, packed);
  const header = decodeHeader(chunk)!;
  const end = CHUNK_HEADER_BYTES + header.storedLength;
  return decodeBlock(header, chunk.subarray(CHUNK_HEADER_BYTES, end), implied);
}

/** What a block gives back, in plain objects. */
export function eventsOf(block: Block, implied: Implied): MarketEvent[] {
  const replay = new BlockReplay(block, implied);
  return block.rows.map((_, row) => plainEvent(replay.event(row)));
}

export function plainEvent({ type, shape, values }: MarketEvent): MarketEvent {
  return { type, shape, values };
}
