import { expect } from "bun:test";

/**
 * What a store must give back for given messages, worked out from `JSON.parse` alone: the
 * decoder's way of cutting text is not used here, so that a mistake in it cannot cancel out.
 */

export interface ExpectedUpdate {
  readonly type: string;
  /** Fields of the element without its list, then of the entry; `text` of a raw one. */
  readonly fields: Readonly<Record<string, unknown>>;
  readonly tokenIds: readonly string[];
}

/** What `cat --json` prints, as far as it is compared. */
export interface PrintedUpdate {
  readonly token_id: string;
  readonly session_id: string;
  readonly sequence_number: number;
  readonly received_us: number;
  readonly timestamp_utc: number;
  readonly update_type: string;
  readonly data: Readonly<Record<string, unknown>>;
}

type Fields = Record<string, unknown>;

const SINGLE = ["book", "last_trade_price", "tick_size_change", "best_bid_ask"];

export function expectedOf(text: string): ExpectedUpdate[] {
  const raw = { type: "raw", fields: { text }, tokenIds: [] };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return [raw];
  }
  if (Array.isArray(value)) return value.length === 0 ? [raw] : value.flatMap(expectedOfElement);
  return expectedOfElement(value);
}

function expectedOfElement(element: unknown): ExpectedUpdate[] {
  const fields = (element ?? {}) as Fields;
  const type = fields.event_type ?? (fields.bids && fields.asks ? "book" : "");
  const own = typeof fields.asset_id === "string" ? [fields.asset_id] : [];
  const raw = { type: "raw", fields: { text: JSON.stringify(element) }, tokenIds: own };
  if (type === "price_change") {
    const { price_changes, changes, ...rest } = fields;
    const list = (price_changes ?? changes) as Fields[] | undefined;
    if (list === undefined) return [{ type, fields, tokenIds: own }];
    return list.map((entry) => ({
      type: "price_change",
      fields: { ...rest, ...entry },
      tokenIds: [String(entry.asset_id ?? rest.asset_id)],
    }));
  }
  if (SINGLE.includes(String(type)) && own.length > 0) {
    return [{ type: String(type), fields, tokenIds: own }];
  }
  if (type === "new_market") return [{ type, fields, tokenIds: [] }];
  if (type === "market_resolved") {
    return [{ type, fields, tokenIds: fields.assets_ids as string[] }];
  }
  return [raw];
}

/** An expected update with its message's place among the texts, from 0. */
export interface PlacedUpdate extends ExpectedUpdate {
  readonly message: number;
}

/** Expected updates by token, `""` for the channel, for a recorder of `tokenIds`. */
export function expectedByToken(
  texts: readonly string[],
  tokenIds: ReadonlySet<string>,
): Map<string, PlacedUpdate[]> {
  const byToken = new Map<string, PlacedUpdate[]>();
  const announced = new Set<string>();
  const add = (tokenId: string, update: PlacedUpdate) => {
    const updates = byToken.get(tokenId);
    if (updates === undefined) byToken.set(tokenId, [update]);
    else updates.push(update);
  };
  const placed = texts.flatMap((text, message) =>
    expectedOf(text).map((update) => ({ ...update, message })),
  );
  for (const update of placed) {
    const owned = update.tokenIds.filter((id) => tokenIds.has(id));
    for (const tokenId of owned) add(tokenId, update);
    if (owned.length > 0) continue;
    if (update.type === "new_market") {
      const key = JSON.stringify(update.fields);
      if (!announced.has(key)) add("", update);
      announced.add(key);
    } else if (["raw", "market_resolved"].includes(update.type)) {
      add("", update);
    }
  }
  return byToken;
}

const IMPLIED = new Set(["market", "asset_id", "event_type"]);

/** Compares a token's printed updates, without notes, with the expected ones, field by field. */
export function expectSame(
  printed: readonly PrintedUpdate[],
  expected: readonly ExpectedUpdate[],
  market: string,
): void {
  const wire = printed.filter(({ update_type }) => update_type !== "note");
  const found = wire.map(({ update_type: type, token_id, data }, i) => {
    if (type === "raw") return { type, fields: { text: parsed(data.text) } };
    const fields: Fields = { ...data };
    const implied: Fields = { market, asset_id: token_id, event_type: type };
    for (const key of IMPLIED) {
      if (key in (expected[i]?.fields ?? {}) && !(key in fields)) fields[key] = implied[key];
    }
    return { type, fields };
  });
  const wanted = expected.map(({ type, fields }) => ({
    type,
    fields: type === "raw" ? { text: parsed(fields.text) } : fields,
  }));
  expect(found).toEqual(wanted);
}

function parsed(text: unknown): unknown {
  try {
    return JSON.parse(String(text));
  } catch {
    return text;
  }
}

/** Groups printed updates by token, keeping their order. */
export function byToken(printed: readonly PrintedUpdate[]): Map<string, PrintedUpdate[]> {
  const groups = new Map<string, PrintedUpdate[]>();
  for (const update of printed) {
    const group = groups.get(update.token_id);
    if (group === undefined) groups.set(update.token_id, [update]);
    else group.push(update);
  }
  return groups;
}
