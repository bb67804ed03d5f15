import type { Random } from "../ports/random.ts";

export interface TokenIdentity {
  /** Decimal string of 77 digits. */
  readonly tokenId: string;
  readonly outcome: string;
}

/** What never changes about a market. */
export interface MarketIdentity {
  /** Gamma's own number of the market. */
  readonly id: string;
  /** The condition id. */
  readonly market: string;
  readonly slug: string;
  readonly question: string;
  /** ISO 8601. */
  readonly endDate: string;
  /** YES first. */
  readonly tokens: readonly [TokenIdentity, TokenIdentity];
  readonly minOrderSize: string;
  readonly negRisk: boolean;
}

const TOKEN_ID_DIGITS = 77;
const HASH_DIGITS = 64;
const FIRST_GAMMA_ID = 500_000;
const END_DATE = "2030-12-31T00:00:00Z";
const MIN_ORDER_SIZE = "5";
/** Every third market belongs to a negative-risk event. */
const NEG_RISK_EVERY = 3;

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

function randomTokenId(random: Random): string {
  let digits = String(1 + Math.floor(random() * 9));
  while (digits.length < TOKEN_ID_DIGITS) {
    digits += String(Math.floor(random() * 10));
  }
  return digits;
}

/** The market at a position of the simulation's list, counted from 0. */
export function marketIdentity(position: number, random: Random): MarketIdentity {
  const number = position + 1;
  return {
    id: String(FIRST_GAMMA_ID + number),
    market: randomHash(random),
    slug: `simulated-market-${number}`,
    question: `Will simulated market ${number} resolve to Yes?`,
    endDate: END_DATE,
    tokens: [
      { tokenId: randomTokenId(random), outcome: "Yes" },
      { tokenId: randomTokenId(random), outcome: "No" },
    ],
    minOrderSize: MIN_ORDER_SIZE,
    negRisk: position % NEG_RISK_EVERY === NEG_RISK_EVERY - 1,
  };
}
