import { TokenBook } from "../../../src/book/token-book.ts";
import { BlockWriter } from "../../../src/format/block-writer.ts";
import { fieldText, type MarketEvent } from "../../../src/format/market-event.ts";
import { decode } from "../../../src/polymarket/decode.ts";
import type { Arrival } from "../../../src/store/arrival.ts";
import { SessionBlocks } from "../../../src/store/session-blocks.ts";
import type { ReceivedStream } from "./received-stream.ts";

export interface StreamUpdate {
  readonly event: MarketEvent;
  readonly arrival: Arrival;
}

/** A block that can be finished once, and what went into it. */
export interface StreamBlock {
  readonly writer: BlockWriter;
  readonly updates: readonly StreamUpdate[];
}

/** A stream's updates in full blocks of so many, or some more if a group ends later. */
export function blocksOf(stream: ReceivedStream, rowsPerBlock: number): StreamBlock[] {
  const pieces = stream.texts.flatMap(({ receivedUs, text }) =>
    decode(text).map(({ event, place, tokenIds }) => {
      const isOwn = tokenIds.includes(stream.tokenId);
      return { event, arrival: { receivedUs, socket: 1, place }, isOwn };
    }),
  );
  const hasBook = pieces.some(({ event, isOwn }) => isOwn && event.type === "book");
  const writers = hasBook
    ? recorded(stream, pieces, rowsPerBlock)
    : assumed(stream, pieces, rowsPerBlock);
  const updates = pieces.filter(({ isOwn }) => isOwn);
  let at = 0;
  return writers.map((writer) => {
    const own = updates.slice(at, at + writer.rows);
    at += writer.rows;
    return { writer, updates: own };
  });
}

type StreamPiece = StreamUpdate & { readonly isOwn: boolean };

/** As a recorder of the one token writes them. */
function recorded(
  { market, tokenId }: ReceivedStream,
  pieces: readonly StreamPiece[],
  rows: number,
): BlockWriter[] {
  const writers: BlockWriter[] = [];
  const book = new TokenBook({ market, tokenId, maySearch: () => true });
  const limits = { rows, bytes: Number.POSITIVE_INFINITY };
  const blocks = new SessionBlocks(
    { market, tokenId },
    book,
    ({ writer }) => void writers.push(writer),
    { limits },
  );
  for (const { event, arrival, isOwn } of pieces) {
    book.pass(arrival.receivedUs);
    if (isOwn) blocks.append(event, arrival, arrival.receivedUs);
    else book.announce(event);
  }
  book.end();
  // The open block is not full: it is left out.
  return writers;
}

const ASSUMED = {
  recipe: { name: "10", minOrderSize: "5", negRisk: false },
  tickSize: "0.01",
  lastTradePrice: "0.500",
};

/** A stream without a book, as if there had been one that all its hashes are of. */
function assumed(
  { market, tokenId }: ReceivedStream,
  pieces: readonly StreamPiece[],
  rowsPerBlock: number,
): BlockWriter[] {
  const full: BlockWriter[] = [];
  const newWriter = () => new BlockWriter({ market, tokenId }, 1, null);
  const groupOf = (event: MarketEvent) =>
    `${fieldText(event, "timestamp")} ${fieldText(event, "hash")}`;
  let writer = newWriter();
  let groupStart = 0;
  pieces.forEach(({ event, arrival }, i) => {
    writer.stage(event, arrival);
    const next = pieces[i + 1];
    if (next !== undefined && groupOf(next.event) === groupOf(event)) return;
    const end = writer.rows - 1;
    const rows = Array.from({ length: end - groupStart + 1 }, (_, row) => groupStart + row);
    writer.judge(rows, { verdict: "matched", derivation: ASSUMED, isBestRight: true });
    groupStart = end + 1;
    if (groupStart < rowsPerBlock) return;
    full.push(writer);
    writer = newWriter();
    groupStart = 0;
  });
  return full;
}
