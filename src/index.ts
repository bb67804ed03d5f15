/** polybot as a library: recording into a store, and reading it back. */
export type { BlockRow, Keyframe } from "./format/block.ts";
export { type ErrorCode, PolybotError } from "./format/error.ts";
export type { Level, Levels } from "./format/level.ts";
export {
  fieldsOf,
  fieldText,
  type MarketEvent,
  marketEvent,
  type Place,
  rawEvent,
  type UpdateType,
  type Verdict,
} from "./format/market-event.ts";
export { type MessagePiece, messageText } from "./format/message-text.ts";
export type { CoverageSums, Names, SessionMetadata } from "./format/metadata.ts";
export type { LagCounts } from "./format/receive-lag.ts";
export type { BinarySnapshot } from "./format/snapshot.ts";
export type { Tombstone } from "./format/tombstones.ts";
export { decode } from "./polymarket/decode.ts";
export type { Piece } from "./polymarket/piece.ts";
export { describeSession, type SessionDescription } from "./read/session-description.ts";
export { SessionFolder } from "./read/session-folder.ts";
export { SessionReader, type SessionReaderOptions } from "./read/session-reader.ts";
export { Store } from "./read/store.ts";
export { TombstoneFile } from "./read/tombstone-file.ts";
export { Update } from "./read/update.ts";
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
