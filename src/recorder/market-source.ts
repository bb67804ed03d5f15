import { PolybotError } from "../format/error.ts";
import type { GammaClient } from "../polymarket/gamma-client.ts";
import { findTagId, listOpenMarkets } from "../polymarket/gamma-listing.ts";
import { findEventMarkets, findMarkets, type MarketKey } from "../polymarket/gamma-lookup.ts";
import type { GammaMarket } from "../polymarket/gamma-market.ts";

/** What a source has at one moment. */
export interface Found {
  /** Open ones only. */
  readonly markets: readonly GammaMarket[];
  /** What a person should know of it, at most once. */
  readonly remarks: readonly string[];
}

/** Where markets to record come from. */
export interface MarketSource {
  /** As it was asked for, such as `--tag crypto`. */
  readonly name: string;
  /** How often it may bring other markets; `undefined` when it never does. */
  readonly everyMs: number | undefined;
  /** It brings as many as there are, so that somebody has to say how many are enough. */
  readonly isListing: boolean;
  /** Throws `GAMMA_FAILED`, and `NO_MARKET` for a name that Gamma does not know. */
  find(gamma: GammaClient, nowMs: number): Promise<Found>;
}

const CONDITION_ID = /^0x[0-9a-f]{64}$/i;

/** Markets by slug or condition id. */
export function namedMarkets(names: readonly string[]): MarketSource {
  return {
    name: "--market",
    everyMs: undefined,
    isListing: false,
    async find(gamma) {
      const ids = names.filter((name) => CONDITION_ID.test(name)).map((id) => id.toLowerCase());
      const slugs = names.filter((name) => !CONDITION_ID.test(name));
      const markets = [
        ...(await findOpen(gamma, "condition_ids", ids)),
        ...(await findOpen(gamma, "slug", slugs)),
      ];
      const open = markets.filter(({ closed }) => !closed);
      const remarks = markets.filter(({ closed }) => closed).map(({ slug }) => `${slug} is closed`);
      return { markets: open, remarks };
    },
  };
}

/** Those that are not open are looked for among the closed, to tell an end from a mistake. */
async function findOpen(
  gamma: GammaClient,
  key: MarketKey,
  names: readonly string[],
): Promise<GammaMarket[]> {
  const isOf = (name: string) => (market: GammaMarket) =>
    (key === "slug" ? market.slug : market.conditionId) === name;
  const open = await findMarkets(gamma, key, names, { closed: false });
  const missing = names.filter((name) => !open.some(isOf(name)));
  const closed = await findMarkets(gamma, key, missing, { closed: true });
  const unknown = missing.filter((name) => !closed.some(isOf(name)));
  if (unknown.length > 0) throw noMarket(`there is no market ${unknown.join(", ")} with a book`);
  return [...open, ...closed];
}

/** All markets of an event, also those that it gets later. */
export function eventMarkets(slug: string, everyMs: number): MarketSource {
  return {
    name: `--event ${slug}`,
    everyMs,
    isListing: false,
    async find(gamma) {
      const markets = await findEventMarkets(gamma, slug);
      if (markets === undefined) throw noMarket(`there is no event ${slug}`);
      const open = markets.filter(({ closed }) => !closed);
      return { markets: open, remarks: open.length === 0 ? [`${slug} has no open market`] : [] };
    },
  };
}

/** The open markets of a tag, those with the most traded in 24 hours first, `max` at most. */
export function tagMarkets(slug: string, max: number, everyMs: number): MarketSource {
  let tagId: string | undefined;
  const name = `--tag ${slug}`;
  return {
    name,
    everyMs,
    isListing: true,
    async find(gamma) {
      tagId ??= await findTagId(gamma, slug);
      if (tagId === undefined) throw noMarket(`there is no tag ${slug}`);
      return listed(gamma, name, max, tagId);
    },
  };
}

/** The open markets of the venue, those with the most traded in 24 hours first, `max` at most. */
export function allMarkets(max: number, everyMs: number): MarketSource {
  const name = "--all";
  return { name, everyMs, isListing: true, find: (gamma) => listed(gamma, name, max) };
}

async function listed(
  gamma: GammaClient,
  name: string,
  max: number,
  tagId?: string,
): Promise<Found> {
  const { markets, hasMore } = await listOpenMarkets(gamma, max, tagId);
  const more = `${name} has more than ${max} open markets: those with the most traded in 24 hours are recorded (--max-markets)`;
  return { markets, remarks: hasMore ? [more] : [] };
}

/** For names that Gamma does not know. */
export function noMarket(message: string): PolybotError {
  return new PolybotError("NO_MARKET", message, { hint: "polybot markets <words>" });
}
