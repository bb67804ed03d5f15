import { BlockReplay } from "../book/block-replay.ts";
import type { Implied } from "../format/block.ts";
import type { Block } from "../format/block-reader.ts";
import { PolybotError } from "../format/error.ts";
import { Evidence } from "../format/evidence.ts";
import { isHash } from "../format/hash-text.ts";
import { isJudged } from "../format/market-event.ts";

/** What making a block's hashes again has shown. */
export interface BlockHashes {
  /** Updates whose hash was made from the book, and those whose hash is stored. */
  readonly derived: number;
  readonly literal: number;
  /** Why they are not those that were received; `undefined` if they are. */
  readonly failure: string | undefined;
}

/** Makes every hash of a block and compares them with its evidence. */
export function checkBlockHashes(block: Block, implied: Implied): BlockHashes {
  const replay = new BlockReplay(block, implied);
  const evidence = new Evidence();
  let derived = 0;
  let literal = 0;
  try {
    for (const [i, { verdict }] of block.rows.entries()) {
      const hash = replay.hash(i);
      if (hash === undefined) continue;
      evidence.addText(hash, isJudged(verdict));
      if (block.groupEnds[i]! >= 0) derived++;
      else if (isHash(hash)) literal++;
    }
  } catch (error) {
    if (!(error instanceof PolybotError)) throw error;
    return { derived, literal, failure: error.message };
  }
  const { all, last } = evidence.finish();
  const isProven = isSame(all, block.evidence.all) && isSame(last, block.evidence.last);
  const failure = isProven ? undefined : "its hashes are not those that the venue sent";
  return { derived, literal, failure };
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
