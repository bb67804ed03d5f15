import { HashedBook } from "../../src/book/hashed-book.ts";
import { RECIPES, type RecipeValues } from "../../src/book/recipes.ts";
import { textOfMillionths } from "../../src/format/decimal.ts";
import { levelsText } from "../../src/format/level.ts";
import { decode } from "../../src/polymarket/decode.ts";
import { systemFs } from "../../src/ports/fs.ts";
import { type Random, seededRandom, systemRandom } from "../../src/ports/random.ts";
import { VirtualClock } from "../../src/ports/virtual-clock.ts";
import { StorageWriter } from "../../src/store/storage-writer.ts";

export const LONG_TOKEN =
  "71321045679252212594626385532706912750332728571942532289631379312455583992563";
const MARKET = "0x5f65177b394277fd294cd75650044e32ba009a95022d88a0c1d565897d72f8f1";
const VALUES: RecipeValues = {
  minOrderSize: "5",
  tickSize: "0.001",
  negRisk: false,
  lastTradePrice: "0.500",
};
const START_MS = 1_790_000_000_000;
const MILLIONTHS_PER_TICK = 1000;
const LEVELS = 20;
const MIDDLE = 500;
/** Updates that the writer takes before the disk is waited for. */
const AT_ONCE = 1000;

export interface LongSessionOptions {
  readonly updates: number;
  readonly seed?: number;
  readonly segmentMb?: number;
}

/** Records one token's session: a book, then changes of a level each, about 50 a second. */
export async function recordLongSession(
  path: string,
  { updates, seed = 1, segmentMb = 100 }: LongSessionOptions,
): Promise<void> {
  const clock = new VirtualClock(START_MS);
  const ports = { fs: systemFs, clock, random: systemRandom };
  // Its files are not asked to outlive this machine.
  const config = { basePath: path, maxFileSizeMb: segmentMb, sync: "os" } as const;
  const writer = await StorageWriter.open(config, ports);
  let receivedUs = START_MS * 1000;
  let taken = 0;
  for (const { text, afterMs } of texts(seededRandom(seed), updates)) {
    receivedUs += afterMs * 1000 + (taken % 7);
    for (const { event, place } of decode(text)) {
      const done = writer.writeUpdate(LONG_TOKEN, event, undefined, {
        receivedUs,
        socket: 1,
        place,
      });
      if (++taken % AT_ONCE === 0) {
        await done;
        clock.advance(AT_ONCE * 20);
      }
    }
  }
  await writer.shutdown();
}

function* texts(random: Random, updates: number): Generator<{ text: string; afterMs: number }> {
  const integer = (below: number) => Math.floor(random() * below);
  const book = new HashedBook(MARKET, LONG_TOKEN);
  const digest = new Uint8Array(20);
  const hashAt = (ms: number) => {
    book.hash(String(ms), RECIPES["10"], VALUES, digest);
    return digest.toHex();
  };
  const price = (ticks: number) => textOfMillionths(ticks * MILLIONTHS_PER_TICK);
  const size = () => textOfMillionths((1 + integer(500_000)) * 10_000);
  for (let i = 1; i <= LEVELS; i++) {
    book.set("bids", price(MIDDLE - i), size());
    book.set("asks", price(MIDDLE + i), size());
  }
  let ms = START_MS;
  const { bids, asks } = book.levels();
  const lead = `"market":"${MARKET}","asset_id":"${LONG_TOKEN}","timestamp":"${ms}","hash":"${hashAt(ms)}"`;
  const sides = `"bids":${levelsText(bids)},"asks":${levelsText(asks)}`;
  const stated = `"tick_size":"0.001","event_type":"book","last_trade_price":"0.500"`;
  yield { text: `[{${lead},${sides},${stated}}]`, afterMs: 0 };
  for (let i = 1; i < updates; i++) {
    const afterMs = integer(40);
    ms += afterMs;
    const isBid = integer(2) === 0;
    const ticks = MIDDLE + (isBid ? -1 : 1) * (1 + Math.floor(LEVELS * random() ** 2));
    const newSize = integer(5) === 0 ? "0" : size();
    book.set(isBid ? "bids" : "asks", price(ticks), newSize);
    const best = `"best_bid":"${book.bestBid}","best_ask":"${book.bestAsk}"`;
    const own = `{"asset_id":"${LONG_TOKEN}","price":"${price(ticks)}","size":"${newSize}","side":"${isBid ? "BUY" : "SELL"}","hash":"${hashAt(ms)}",${best}}`;
    const text = `{"market":"${MARKET}","price_changes":[${own}],"timestamp":"${ms}","event_type":"price_change"}`;
    yield { text, afterMs };
  }
}
