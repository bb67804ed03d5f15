import { BlockReplay } from "../../src/book/block-replay.ts";
import type { Implied } from "../../src/format/block.ts";
import type { Block } from "../../src/format/block-reader.ts";
import type { MarketEvent } from "../../src/format/market-event.ts";
import { decode } from "../../src/polymarket/decode.ts";
import type { Piece } from "../../src/polymarket/piece.ts";
import type { Random } from "../../src/ports/random.ts";
import { checkBlockHashes } from "../../src/read/block-hashes.ts";
import { RecordedBlocks } from "../recorded-blocks.ts";
import type { Step } from "./token-stream.ts";

/** A stream that went through a session's blocks, and what these give back. */
export interface RecordedSteps {
  /** What was stored, in order. */
  readonly events: readonly MarketEvent[];
  readonly blocks: readonly Block[];
}

export function recordedSteps(steps: Iterable<Step>, implied: Implied): RecordedSteps {
  const recorded = new RecordedBlocks(implied);
  const events: MarketEvent[] = [];
  for (const step of steps) {
    if (step.kind === "close") recorded.close();
    else if (step.kind === "flush") recorded.flush();
    else if (step.kind === "pass") recorded.book.pass(step.nowUs);
    else if (step.kind === "announced") recorded.book.announce(decode(step.text)[0]!.event);
    else if (step.kind === "skipped text") {
      for (const { event } of piecesOf(step.text, implied)) recorded.skip(event, step.receivedUs);
    } else {
      for (const { event, place } of piecesOf(step.text, implied)) {
        recorded.append(event, { receivedUs: step.receivedUs, socket: 1, place });
        events.push(event);
      }
    }
  }
  return { events, blocks: recorded.blocks() };
}

function piecesOf(text: string, { tokenId }: Implied): Piece[] {
  return decode(text).filter(({ tokenIds }) => tokenIds.length === 0 || tokenIds.includes(tokenId));
}

/**
 * What blocks do not give back: each one alone, in order and in any other. And how many of the
 * hashes were made from books.
 */
export function replayed(
  { events, blocks }: RecordedSteps,
  implied: Implied,
  random: Random,
): { readonly wrong: readonly string[]; readonly derived: number; readonly hashes: number } {
  const wrong: string[] = [];
  let [derived, literal, next] = [0, 0, 0];
  for (const [number, block] of blocks.entries()) {
    const expected = events.slice(next, next + block.rows.length);
    if (block.firstSequence !== next + 1) wrong.push(`block ${number} begins elsewhere`);
    next += block.rows.length;
    const check = (replay: BlockReplay, row: number, how: string) => {
      const [is, was] = [textOf(replay.event(row)), textOf(expected[row]!)];
      if (is !== was) wrong.push(`block ${number}, row ${row} ${how}: ${is}\nwas ${was}`);
      const { shape, values } = expected[row]!;
      if (replay.hash(row) !== values[shape.hashSlot]) wrong.push(`hash of ${row} ${how}`);
    };
    const inOrder = new BlockReplay(block, implied);
    for (const row of block.rows.keys()) check(inOrder, row, "in order");
    const atRandom = new BlockReplay(block, implied);
    for (let i = 0; i < 20; i++) {
      check(atRandom, Math.floor(random() * block.rows.length), "at random");
    }
    const hashes = checkBlockHashes(block, implied);
    if (hashes.failure !== undefined) wrong.push(`block ${number}: ${hashes.failure}`);
    derived += hashes.derived;
    literal += hashes.literal;
  }
  if (next !== events.length) wrong.push(`${next} rows of ${events.length} events`);
  return { wrong, derived, hashes: derived + literal };
}

function textOf({ type, shape, values }: MarketEvent): string {
  return [type, shape.text, ...values].join("\n");
}
