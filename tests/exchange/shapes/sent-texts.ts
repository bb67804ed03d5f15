import { saidOf } from "../../../src/exchange/channel/said.ts";
import type { Audience } from "../../../src/exchange/market/announcement.ts";
import type { RecipeName } from "../../../src/exchange/market/book-summary.ts";
import type { Trade } from "../../../src/exchange/market/market-elements.ts";
import { randomHash } from "../../../src/exchange/market/market-identity.ts";
import { MarketSpeech } from "../../../src/exchange/market/market-speech.ts";
import { randomOf } from "../../../src/exchange/market/seeded.ts";
import { VirtualExchange } from "../virtual-exchange.ts";

const SECOND = 1_000;
/** Ten-thousandths. */
const PRICE = 4_200;
const CENT = 100;
const TENTH_OF_A_CENT = 10;
/** Millionths. */
const SIZE = 25_000_000;

/** What a text is: an event type, or `opening` for the array that answers a subscription. */
export function kindOf(text: string): string {
  const value: unknown = JSON.parse(text);
  if (Array.isArray(value)) return "opening";
  return typeof value === "object" && value !== null && "event_type" in value
    ? String(value.event_type)
    : "";
}

interface Sent {
  /** Each as it arrives. */
  readonly messages: readonly string[];
  readonly byKind: ReadonlyMap<string, readonly string[]>;
}

const SENT = new Map<RecipeName, Sent>();

/** All that an exchange without oddities sends under a recipe, as it arrives. */
export function sentMessages(recipe: RecipeName): readonly string[] {
  return sentUnder(recipe).messages;
}

/** Elements of one kind, as an exchange without oddities writes them under a recipe. */
export function sentTexts(kind: string, recipe: RecipeName = "10"): readonly string[] {
  return sentUnder(recipe).byKind.get(kind) ?? [];
}

function sentUnder(recipe: RecipeName): Sent {
  const sent = SENT.get(recipe) ?? send(recipe);
  SENT.set(recipe, sent);
  return sent;
}

/** Markets that open, trade, end and resolve, and a client that comes when they have traded. */
function send(recipe: RecipeName): Sent {
  const exchange = new VirtualExchange({
    markets: 2,
    series: 1,
    windowS: 20,
    rate: 20,
    oddities: 0,
    recipe,
  });
  const listener = exchange.subscribe();
  exchange.run(45 * SECOND);
  const latecomer = exchange.subscribe();
  exchange.run(SECOND);
  const messages = [...listener.texts, ...latecomer.texts];
  return { messages, byKind: Map.groupBy([...messages.map(bare), ...rareTexts(exchange)], kindOf) };
}

/** The one element of an array, but an answer to a subscription as it is. */
function bare(message: string): string {
  return message.startsWith("[") && message.endsWith("]") ? message.slice(1, -1) : message;
}

/** A tick changes seldom, and few trades are followed by a book: a market is made to say both. */
function rareTexts({ exchange }: VirtualExchange): string[] {
  const texts: string[] = [];
  const { agenda, conditions, simulation } = exchange;
  const [market] = simulation.markets;
  if (market === undefined) throw new Error("no market is listed");
  const audience: Audience = {
    hears: () => true,
    hear: (announcement) => void texts.push(...saidOf(announcement).map(({ text }) => text)),
    settled: () => {},
  };
  const low = () => 0.1;
  const speech = new MarketSpeech(market, low, { agenda, conditions, audience });
  const transactionHash = randomHash(randomOf(1, "transaction"));
  const trade: Trade = { token: 0, price: PRICE, size: SIZE, side: "BUY", transactionHash };
  speech.trades([trade], { delayed: false });
  speech.tickSize(CENT, TENTH_OF_A_CENT, { delayed: false });
  return texts;
}
