import type { Random } from "../../ports/random.ts";
import type { EventIdentity } from "./event-identity.ts";

export interface TokenIdentity {
  /** Decimal string of up to 78 digits. */
  readonly tokenId: string;
  readonly outcome: string;
}

/** What never changes about a market. */
export interface MarketIdentity {
  /** Gamma's own number of the market. */
  readonly id: string;
  /** The condition id. */
  readonly market: string;
  readonly questionId: string;
  readonly slug: string;
  readonly question: string;
  readonly description: string;
  /** What tells it from the other markets of its event; empty where it is the only one. */
  readonly groupItemTitle: string;
  /** Only of sports, like `2030-01-02 03:04:05+00`; otherwise empty. */
  readonly gameStartTime: string;
  /** Epoch milliseconds. */
  readonly startMs: number;
  /** Epoch milliseconds: nothing trades any more. */
  readonly endMs: number;
  /** YES (or Up) first. */
  readonly tokens: readonly [TokenIdentity, TokenIdentity];
  readonly minOrderSize: string;
  readonly event: EventIdentity;
}

const HASH_DIGITS = 64;

/** `0x` and 64 hex digits: the form of condition ids and transaction hashes. */
export function randomHash(random: Random): string {
  let digits = "";
  while (digits.length < HASH_DIGITS) {
    digits += Math.floor(random() * 0x1_0000_0000)
      .toString(16)
      .padStart(8, "0");
  }
  return `0x${digits}`;
}

/** A 256-bit number in decimal: mostly 77 digits, sometimes 78 or 76. */
export function randomTokenId(random: Random): string {
  return BigInt(randomHash(random)).toString();
}
