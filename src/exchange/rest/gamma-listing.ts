import { count, flag } from "./gamma-query.ts";
import { validationError } from "./gamma-refusal.ts";
import { cursorRank, cursorText } from "./keyset-cursor.ts";
import { compareRanks, type Ranked, rankValue } from "./ranking.ts";

/** What can be listed by pages, and how. */
export interface Listing<T> {
  /** What the items are called in paths and envelopes. */
  readonly name: string;
  readonly items: readonly T[];
  idOf(item: T): string;
  json(item: T): Readonly<Record<string, unknown>>;
  /** Names of the JSON's values that `order` may name. */
  readonly orderFields: ReadonlySet<string>;
  /** Those that are the same for all items: to order by them nothing has to be worked out. */
  readonly sameFields: Readonly<Record<string, number>>;
  readonly limitMax: number;
}

/** Documented for keyset pages; that the older lists have the same is a guess. */
const LIMIT_DEFAULT = 20;
/** Observed in June 2026: 2,100 was refused. */
const OFFSET_MAX = 2_000;

/** A page by `limit` and `offset`: a bare list. A limit that is too large is cut without a word. */
export function offsetPage<T>(listing: Listing<T>, query: URLSearchParams): unknown[] {
  const offset = count(query, "offset", 0);
  if (offset > OFFSET_MAX) {
    throw validationError(`offset too large, use /${listing.name}/keyset for deeper pagination`);
  }
  const { ranked } = inOrder(listing, query);
  return ranked
    .slice(offset, offset + limitOf(listing, query))
    .map(({ item }) => listing.json(item));
}

/**
 * A page by `limit` and `after_cursor`; a parameter `cursor` means nothing (observed). There is a
 * next cursor exactly when the page is full (documented), so the last page can be an empty one.
 */
export function keysetPage<T>(listing: Listing<T>, query: URLSearchParams) {
  if (query.has("offset")) throw validationError("offset is not allowed on keyset endpoints");
  const limit = limitOf(listing, query);
  const { ranked, fields, sign } = inOrder(listing, query);
  const cursor = query.get("after_cursor") ?? "";
  const after = cursor === "" ? undefined : cursorRank(cursor, fields + 1);
  const page = ranked
    .filter(({ rank }) => after === undefined || sign * compareRanks(rank, after) > 0)
    .slice(0, limit);
  const last = page.at(-1);
  return {
    [listing.name]: page.map(({ item }) => listing.json(item)),
    ...(last !== undefined && page.length === limit && { next_cursor: cursorText(last.rank) }),
  };
}

function limitOf<T>({ limitMax }: Listing<T>, query: URLSearchParams): number {
  return Math.min(limitMax, Math.max(1, count(query, "limit", LIMIT_DEFAULT)));
}

interface InOrder<T> {
  readonly ranked: readonly Ranked<T>[];
  /** How many values were asked for. */
  readonly fields: number;
  /** -1 when the largest comes first. */
  readonly sign: 1 | -1;
}

/** By the values that `order` names, then by number; `ascending` matters only with `order`. */
function inOrder<T>(listing: Listing<T>, query: URLSearchParams): InOrder<T> {
  const names = (query.get("order") ?? "").split(",").filter((name) => name !== "");
  const fields = names.map((name) => fieldOf(listing, name));
  const sign = fields.length > 0 && flag(query, "ascending") === false ? -1 : 1;
  const { sameFields } = listing;
  const isSame = fields.every((field) => field in sameFields);
  const ranked = listing.items.map((item): Ranked<T> => {
    const json = isSame ? sameFields : listing.json(item);
    const values = fields.map((field) => rankValue(json[field]));
    return { item, rank: [...values, Number(listing.idOf(item))] };
  });
  ranked.sort((a, b) => sign * compareRanks(a.rank, b.rank));
  return { ranked, fields: fields.length, sign };
}

/** Clients write `volume_num` and `volumeNum` alike. */
function fieldOf<T>({ orderFields }: Listing<T>, name: string): string {
  const field = name.trim().replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
  if (!orderFields.has(field)) throw validationError("order fields are not valid");
  return field;
}
