import {
  allMarkets,
  eventMarkets,
  type MarketSource,
  namedMarkets,
  tagMarkets,
} from "../recorder/market-source.ts";
import { seriesMarkets } from "../recorder/series-source.ts";
import { isTokenId } from "../store/paths.ts";
import { assetsIn } from "./assets-file.ts";
import { durationFlag, numberFlag, usageError } from "./command.ts";

const RESCAN_MIN_MS = 1_000;
const RESCAN_MAX_MS = 86_400_000;

/** The flags that say what to record. */
export const selectionArgs = {
  assets: {
    type: "string",
    valueHint: "token-ids",
    description: "tokens to record, separated by commas; may be repeated, as the next four",
  },
  market: { type: "string", valueHint: "slug", description: "a market's slug or condition id" },
  event: { type: "string", valueHint: "slug", description: "all open markets of an event" },
  series: {
    type: "string",
    valueHint: "slug",
    description: "rolling markets, such as btc-updown-5m: the present one and the next two",
  },
  tag: { type: "string", valueHint: "slug", description: "open markets of a tag, such as crypto" },
  all: { type: "boolean", default: false, description: "open markets of the whole venue" },
  "max-markets": {
    type: "string",
    valueHint: "n",
    default: "1000",
    description: "of --tag and --all, those with the most traded in 24 hours",
  },
  "assets-file": {
    type: "string",
    valueHint: "file",
    description: "a token id a line, # begins a comment; - is standard input",
  },
  rescan: {
    type: "string",
    valueHint: "time",
    default: "1m",
    description: "how often Gamma is asked for new and ended markets",
  },
} as const;

/** Those of them that may be repeated. */
export const SELECTION_LISTS = ["assets", "market", "event", "series", "tag"];

export interface SelectionFlags {
  readonly assets: string | undefined;
  readonly "assets-file": string | undefined;
  readonly market: string | undefined;
  readonly event: string | undefined;
  readonly series: string | undefined;
  readonly tag: string | undefined;
  readonly all: boolean;
  readonly "max-markets": string;
  readonly rescan: string;
}

/** What a command line wants to record. */
export interface Wanted {
  /** Named by their ids: they need no Gamma. */
  readonly tokenIds: readonly string[];
  readonly sources: readonly MarketSource[];
  readonly maxMarkets: number;
  readonly rescanMs: number;
}

/** Throws `USAGE`, also when nothing is wanted; `BAD_INPUT` for a file that cannot be read. */
export async function wantedOf(command: string, flags: SelectionFlags): Promise<Wanted> {
  const maxMarkets = numberFlag(command, "max-markets", flags["max-markets"], { min: 1 });
  const range = { minMs: RESCAN_MIN_MS, maxMs: RESCAN_MAX_MS };
  const rescanMs = durationFlag(command, "rescan", flags.rescan, range);
  const markets = itemsOf(flags.market);
  const sources = [
    ...(markets.length > 0 ? [namedMarkets(markets)] : []),
    ...itemsOf(flags.event).map((slug) => eventMarkets(slug, rescanMs)),
    ...itemsOf(flags.series).map((slug) => seriesMarkets(slug, rescanMs)),
    ...itemsOf(flags.tag).map((slug) => tagMarkets(slug, maxMarkets, rescanMs)),
    ...(flags.all ? [allMarkets(maxMarkets, rescanMs)] : []),
  ];
  const named = itemsOf(flags.assets);
  const wrong = named.find((id) => !isTokenId(id));
  if (wrong !== undefined) {
    const kind = "token ids, numbers of up to 78 digits";
    throw usageError(command, `--assets wants ${kind}, not "${wrong}"`);
  }
  const file = flags["assets-file"];
  const tokenIds = [...new Set([...named, ...(file === undefined ? [] : await assetsIn(file))])];
  if (tokenIds.length === 0 && sources.length === 0) {
    const flagNames = "--assets, --assets-file, --market, --event, --series, --tag or --all";
    throw usageError(command, `nothing to record: ${flagNames} is missing`);
  }
  return { tokenIds, sources, maxMarkets, rescanMs };
}

function itemsOf(list: string | undefined): string[] {
  const items = (list ?? "").split(",").map((item) => item.trim());
  return [...new Set(items)].filter((item) => item !== "");
}
