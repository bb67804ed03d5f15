import { PolybotError } from "../format/error.ts";
import { momentUs } from "../read/moment.ts";
import type { SessionSelection } from "../read/session-selection.ts";
import type { Store } from "../read/store.ts";
import { endUs, timeUs } from "../read/time.ts";
import { isTokenId } from "../store/paths.ts";
import { parsedFlag } from "./command.ts";

/** The flags that say what of a store is meant. */
export const readArgs = {
  token: {
    type: "string",
    valueHint: "name",
    description: "only this token, by its id, or those of a market or an event, by name",
  },
  from: { type: "string", valueHint: "time", description: "earliest receive time" },
  to: { type: "string", valueHint: "time", description: "latest receive time" },
} as const;

export const TIMES_HELP = `Times are ISO 8601 (2026-11-22T13:00:00Z), milliseconds or microseconds since the epoch, or +5m, from
the start of what is selected.`;

export interface ReadFlags {
  readonly token: string | undefined;
  readonly from: string | undefined;
  readonly to: string | undefined;
}

type NamedSelection = Pick<SessionSelection, "token" | "market" | "event">;

/** Sessions and times, in microseconds since the epoch. */
export interface RangeSelection extends SessionSelection {
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}

/**
 * What a name means in a store: a token, by its id, a market, by its slug or condition id, or an
 * event, by its slug. Throws `BAD_INPUT` if nothing is called so.
 */
export async function named(store: Store, name: string): Promise<NamedSelection> {
  if (isTokenId(name) && (await store.tombstones()).some(({ tokenId }) => tokenId === name)) {
    return { token: name };
  }
  const meanings = isTokenId(name) ? [{ token: name }] : [{ market: name }, { event: name }];
  for (const selection of meanings) {
    if ((await store.sessions(selection)).length > 0) return selection;
  }
  const kinds = isTokenId(name) ? "token has this id" : "market or event is called this";
  throw new PolybotError("BAD_INPUT", `${name}: no ${kinds} in ${store.path}`, {
    hint: `polybot ls ${store.path}`,
  });
}

/** What flags say; `readTo` tells how a text ends a range; times in microseconds since the epoch. Throws `BAD_INPUT` and `USAGE`. */
export async function selectionOf(
  command: string,
  store: Store,
  { token, from, to }: ReadFlags,
  readTo: (text: string) => number = endUs,
): Promise<RangeSelection> {
  const selection: NamedSelection = token === undefined ? {} : await named(store, token);
  const start = () => startUs(store, selection);
  return {
    ...selection,
    ...(from !== undefined && { from: await momentFlag(command, "from", from, start) }),
    ...(to !== undefined && { to: await momentFlag(command, "to", to, start, readTo) }),
  };
}

/** Microseconds since the epoch of a flag's time, which may count from a start. Throws `USAGE`. */
export async function momentFlag(
  command: string,
  flag: string,
  text: string,
  startOf: () => number | Promise<number>,
  read: (text: string) => number = timeUs,
): Promise<number> {
  const startUs = text.startsWith("+") ? await startOf() : 0;
  return parsedFlag(command, flag, () => momentUs(text, startUs, read));
}

/** The first receive time of what is selected, microseconds since the epoch; 0 if it has none. */
export async function startUs(store: Store, selection: SessionSelection): Promise<number> {
  let startMs = Number.POSITIVE_INFINITY;
  for (const session of await store.sessions(selection)) {
    const { update_count, start_timestamp, state } = await session.describe();
    if (update_count > 0 || state === "open") startMs = Math.min(startMs, start_timestamp);
  }
  return Number.isFinite(startMs) ? startMs * 1000 : 0;
}
