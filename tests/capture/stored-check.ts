import type { Update } from "../../src/read/update.ts";
import type { ExpectedUpdate } from "../expected-updates.ts";
import type { Captured } from "./faulty-capture.ts";
import { atUs, spanAt } from "./spans.ts";
import type { Owed } from "./tapped-dial.ts";

/** Why an update that came was not stored. */
const NOT_STORED = ["disk-full", "overflow"];
const PROBLEMS_MAX = 3;

/** An update that was owed, and what is stored of it. */
export interface Matched {
  readonly owed: Owed;
  readonly update: Update | undefined;
}

/**
 * Every update that a socket delivered is stored exactly once, in its order and value by value, or
 * lies in a gap of its token. Gives what was owed with what is stored of it, by token.
 */
export function checkStored(captured: Captured, problems: string[]): Map<string, Matched[]> {
  const byToken = new Map<string, Matched[]>();
  for (const tokenId of new Set([...captured.owed.keys(), ...captured.stored.keys()])) {
    const owed = captured.owed.get(tokenId) ?? [];
    const stored = captured.stored.get(tokenId) ?? [];
    const wire = stored.filter(({ update_type }) => update_type !== "note");
    const matched = matchedOf(tokenId === "" ? withoutRepeats(owed) : owed, wire);
    byToken.set(tokenId, matched);
    const missing = matched.filter(({ update }) => update === undefined);
    const found = matched.length - missing.length;
    if (found < wire.length) {
      problems.push(`${tokenId}: stored what was not to be stored: ${told(wire[found]!)}`);
    }
    const lost = missing.filter(
      ({ owed: { receivedUs } }) => !isInGap(captured, tokenId, receivedUs),
    );
    for (const {
      owed: { type, receivedUs },
    } of lost.slice(0, PROBLEMS_MAX)) {
      problems.push(
        `${tokenId}: one of ${lost.length} delivered and neither stored nor in a gap: ` +
          `${type} at ${atUs(captured, receivedUs)}`,
      );
    }
  }
  return byToken;
}

/** The venue announces a market over a hundred times; one is kept. */
function withoutRepeats(owed: readonly Owed[]): Owed[] {
  const announced = new Set<string>();
  return owed.filter(({ type, fields }) => {
    if (type !== "new_market") return true;
    const text = JSON.stringify(fields);
    return !announced.has(text) && announced.add(text) !== undefined;
  });
}

function matchedOf(owed: readonly Owed[], wire: readonly Update[]): Matched[] {
  const matched: Matched[] = [];
  let next = 0;
  for (const wanted of owed) {
    const update = wire[next];
    const isStored = update !== undefined && isSame(update, wanted);
    if (isStored) next++;
    if (isStored || !wanted.isOptional) {
      matched.push({ owed: wanted, update: isStored ? update : undefined });
    }
  }
  return matched;
}

function isSame(update: Update, owed: Owed): boolean {
  const { socket, received_us, update_type, token_id } = update;
  if (received_us !== owed.receivedUs || socket !== owed.socket || update_type !== owed.type) {
    return false;
  }
  return Bun.deepEquals(update.data, withoutImplied(owed, update, token_id));
}

/** What a session implies is not among the data of its updates. */
function withoutImplied({ type, fields }: ExpectedUpdate, { data }: Update, tokenId: string) {
  const { market, asset_id, event_type, ...rest } = fields;
  if (asset_id !== undefined && asset_id !== tokenId) return fields;
  if (event_type !== undefined && event_type !== type) return fields;
  return { ...rest, ...(market !== undefined && "market" in data && { market }) };
}

/** The channel has no coverage: there a note tells of it. */
function isInGap(captured: Captured, tokenId: string, us: number): boolean {
  if (tokenId === "") {
    return (captured.stored.get("") ?? []).some(({ update_type, data }) => {
      const { kind, from_us, to_us } = data;
      return (
        update_type === "note" && kind === "gap" && Number(from_us) <= us && us <= Number(to_us)
      );
    });
  }
  const span = spanAt(captured, tokenId, us);
  return span?.state === "gap" && NOT_STORED.includes(span.cause);
}

function told({ update_type, received_us, socket }: Update): string {
  return `${update_type} of socket ${socket} at ${received_us}`;
}
