import type { Levels } from "../format/level.ts";
import type { SideName } from "./book.ts";

/** When an update was taken. */
export interface Taken {
  /** The caller's number of the update, ascending. */
  readonly row: number;
  /** See `TokenBook`. */
  readonly takenUs: number;
}

/** One applied change of the token's book. */
export interface VerifiedEntry extends Taken {
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
export interface VerifiedBook extends Taken {
  readonly levels: Levels;
  readonly timestamp: string;
  readonly hash: string;
  /** Only in an opening book. */
  readonly tickSize?: string | undefined;
  readonly lastTradePrice?: string | undefined;
}
