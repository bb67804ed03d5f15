import type { Levels } from "../format/level.ts";
import type { SideName } from "./book.ts";

/** One applied change of the token's book. A verifier keeps none of these objects. */
export interface VerifiedEntry {
  /** The caller's number of the update, ascending. */
  readonly row: number;
  /** See `TokenBook`. */
  readonly takenUs: number;
  readonly side: SideName;
  readonly price: string;
  readonly size: string;
  /** These as the texts between quotes on the wire. */
  readonly timestamp: string;
  readonly hash: string;
  readonly bestBid?: string | undefined;
  readonly bestAsk?: string | undefined;
}

/** A whole book of the token. */
export interface VerifiedBook {
  readonly row: number;
  readonly takenUs: number;
  readonly levels: Levels;
  readonly timestamp: string;
  readonly hash: string;
  /** Only in an opening book. */
  readonly tickSize?: string | undefined;
  readonly lastTradePrice?: string | undefined;
}
