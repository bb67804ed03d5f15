import type { Names } from "../../format/metadata.ts";
import { TokenNow } from "../../read/token-now.ts";

/** A token of a recording: what it is called, and how it is at the moment of the replay. */
export interface RecordedToken extends Names {
  readonly token_id: string;
  /** Condition id; `""` where no message named it. */
  readonly market: string;
  /** Receive time of its first update, epoch milliseconds. */
  readonly start_timestamp: number;
}

/** What changes of a token. */
export class TokenState {
  now = new TokenNow();
  /** The token that won, once the outcome was told. */
  winner: string | undefined;
}
