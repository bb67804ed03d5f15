import { validationError } from "./gamma-refusal.ts";
import type { Rank } from "./ranking.ts";

/**
 * The place behind the last item of a page, as an opaque text. It is the item's rank and no
 * offset, so that it stays right when items come and go.
 */
export function cursorText(rank: Rank): string {
  return Buffer.from(JSON.stringify(rank)).toString("base64url");
}

/** Throws a `Refusal` for a text that is no cursor, or one of a listing in another order. */
export function cursorRank(text: string, length: number): Rank {
  const rank = parsed(Buffer.from(text, "base64url").toString());
  if (!Array.isArray(rank) || rank.length !== length || !rank.every(isValue)) {
    // Documented is the refusal; its words are a guess.
    throw validationError("cursor is invalid");
  }
  return rank;
}

function isValue(value: unknown): value is number | string {
  return typeof value === "number" || typeof value === "string";
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
