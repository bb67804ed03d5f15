/** polybot as a library: recording into a store, and reading it back. */

export { sumSpans } from "./book/coverage-sums.ts";
export type { Span, SpanCause, SpanState } from "./book/token-ledger.ts";
export type { BlockRow, Keyframe } from "./format/block.ts";
export { SIDES } from "./format/columns/seeds.ts";
export { type ErrorCode, PolybotError } from "./format/error.ts";
export type { Level, Levels } from "./format/level.ts";
export {
  fieldsOf,
  fieldText,
  type MarketEvent,
  marketEvent,
  type Place,
  rawEvent,
  UPDATE_TYPES,
  type UpdateType,
  VERDICTS,
  type Verdict,
} from "./format/market-event.ts";
export { type MessagePiece, messageText } from "./format/message-text.ts";
export type { CoverageSums, Names, SessionMetadata } from "./format/metadata.ts";
export type { LagCounts } from "./format/receive-lag.ts";
export type { BinarySnapshot } from "./format/snapshot.ts";
export type { Tombstone } from "./format/tombstones.ts";
export { decode } from "./polymarket/decode.ts";
export type { Piece } from "./polymarket/piece.ts";
export { Batch } from "./read/batch.ts";
export type { TokenCoverage } from "./read/coverage.ts";
export type { MergedItem, RecordedNote } from "./read/merge.ts";
export { Message, type MessageElement, type MessagePart } from "./read/message.ts";
export { type Quote, quoteOf, sumOfBestAsks } from "./read/quote.ts";
export { RecordedBook } from "./read/recorded-book.ts";
export { type BookStart, RunningBook } from "./read/running-book.ts";
export type { SessionDescription } from "./read/session-description.ts";
export { SessionFolder } from "./read/session-folder.ts";
export type { RecordedGap } from "./read/session-items.ts";
export { SessionReader, type SessionReaderOptions } from "./read/session-reader.ts";
export type { SessionSelection } from "./read/session-selection.ts";
export { type BookQuestion, Store } from "./read/store.ts";
export type { Time } from "./read/time.ts";
export { TombstoneFile } from "./read/tombstone-file.ts";
export { Update } from "./read/update.ts";
export type { TimeKind, UpdateFilter } from "./read/update-filter.ts";
export type { Problem, Verification } from "./read/verification.ts";
export { verify } from "./read/verify.ts";
export type { Arrival } from "./store/arrival.ts";
export { BinaryStorage } from "./store/binary-storage.ts";
export { CHANNEL } from "./store/paths.ts";
export { type PruneAim, type PruneOptions, prune } from "./store/prune.ts";
export type { Prunes } from "./store/prunes.ts";
export { type RepairOptions, repair } from "./store/repair.ts";
export type { Repairs } from "./store/repairs.ts";
export type { SessionPhase } from "./store/session.ts";
export type { StorageConfig } from "./store/storage-config.ts";
export { type OrderBook, StorageWriter } from "./store/storage-writer.ts";
