import { BlockReplay } from "../book/block-replay.ts";
import { type Block, type BlockColumns, blockOf } from "../format/block-reader.ts";
import { blockUpdate } from "./block-update.ts";
import type { Identity } from "./session-folder.ts";
import type { Update } from "./update.ts";

/**
 * A block's updates as columns, of which no text is made, and no hash: one element for each update.
 * What they cannot say, such as the levels of a book, `update` does.
 */
export class Batch {
  readonly token_id: string;
  readonly session_id: string;
  /** Of the first update; the others follow without a hole. */
  readonly first_sequence: number;
  readonly count: number;
  /** Receive times, epoch microseconds. */
  readonly received_us: Float64Array;
  /** The venue's times, epoch milliseconds; -1 where it stamped none. */
  readonly venue_ms: Float64Array;
  /** Positions in `UPDATE_TYPES`, and in `VERDICTS`. */
  readonly types: Uint8Array;
  readonly verdicts: Uint8Array;
  /** Of changes and trades: positions in `SIDES`, or 2. */
  readonly sides: Uint8Array;
  /**
   * Of changes and trades, in millionths; -1 for other updates, and for a text that no whole number
   * of millionths spells back: `update` has it.
   */
  readonly prices: Int32Array;
  readonly sizes: Float64Array;
  readonly #block: BlockColumns;
  readonly #identity: Identity;
  readonly #from: number;
  #made: { readonly block: Block; readonly replay: BlockReplay } | undefined;

  /** The rows `[from, to)` of a block. */
  constructor(block: BlockColumns, identity: Identity, from: number, to: number) {
    const { columns } = block;
    this.token_id = identity.tokenId;
    this.session_id = identity.sessionId;
    this.first_sequence = block.firstSequence + from;
    this.count = to - from;
    const isWhole = this.count === columns.count;
    // A view of all takes longer than a row or two.
    const part = <T extends Int32Array | Float64Array | Uint8Array>(column: T): T =>
      isWhole ? column : (column.subarray(from, to) as T);
    this.received_us = part(columns.receivedUs);
    this.venue_ms = part(columns.times.ms);
    this.types = part(columns.types());
    this.verdicts = part(columns.heads.verdicts);
    const { prices, sizes, sides } = columns.changes();
    this.prices = part(prices);
    this.sizes = part(sizes);
    this.sides = part(sides);
    this.#block = block;
    this.#identity = identity;
    this.#from = from;
  }

  /** One update of them, as the other readers have it. Throws `DAMAGED`. */
  update(row: number): Update {
    this.#made ??= this.#whole();
    const { block, replay } = this.#made;
    return blockUpdate(this.#identity, block, replay, this.#from + row);
  }

  #whole() {
    const block = blockOf(this.#block);
    return { block, replay: new BlockReplay(block, this.#identity) };
  }
}
