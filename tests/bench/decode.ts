import { decode, decodeAny } from "../../src/polymarket/decode.ts";
import { seededRandom } from "../../src/ports/random.ts";

/**
 * What cutting a usual message costs beside its `JSON.parse`, by the scanner and by the way that
 * takes any text. All messages are distinct, and each is cut once: one message repeated would be
 * three times as fast. The ways take turns, for a machine's pace changes within seconds.
 */

const ROUNDS = 21;
const WARM_UP_ROUNDS = 12;
const MESSAGES = 1_000;
const TOKENS = 200;
/** Usual, and what a program that quotes many prices at once makes. */
const ENTRIES = [2, 10];
const START_MS = 1_700_000_000_000;

const WAYS: Readonly<Record<string, (text: string) => unknown>> = {
  "JSON.parse": JSON.parse,
  decode,
  "decode without the scanner": decodeAny,
};

export async function run(): Promise<string[]> {
  return ENTRIES.flatMap((entries) => {
    const times = new Map<string, number[]>(Object.keys(WAYS).map((name) => [name, []]));
    for (let round = 0; round < WARM_UP_ROUNDS + ROUNDS; round++) {
      for (const [name, way] of Object.entries(WAYS)) {
        const us = timeOf(way, textsOf(entries, round));
        if (round >= WARM_UP_ROUNDS) times.get(name)!.push(us);
      }
    }
    const parse = times.get("JSON.parse")!;
    return [...times].map(([name, own]) => {
      const ratio = median(own.map((us, round) => us / parse[round]!));
      return `${entries} entries, ${name}: ${median(own).toFixed(2)} us, ${ratio.toFixed(2)} of JSON.parse`;
    });
  });
}

/** Flat texts, as a socket brings them. */
function textsOf(entries: number, seed: number): string[] {
  const random = seededRandom(seed);
  const digits = (count: number) =>
    Array.from({ length: count }, () => 1 + Math.floor(random() * 9)).join("");
  const hex = (count: number) =>
    Array.from({ length: count }, () => Math.floor(random() * 16).toString(16)).join("");
  const tokens = Array.from({ length: TOKENS }, () => digits(77));
  const markets = tokens.map(() => `0x${hex(64)}`);
  return Array.from({ length: MESSAGES }, (_, i) => {
    const price_changes = Array.from({ length: entries }, (_, entry) => {
      const price = 2 + Math.floor(random() * 96);
      return {
        asset_id: tokens[(i + entry) % TOKENS],
        price: String(price / 100),
        size: (random() * 5_000).toFixed(2),
        side: entry % 2 === 0 ? "BUY" : "SELL",
        hash: hex(40),
        best_bid: String((price - 1) / 100),
        best_ask: String((price + 1) / 100),
      };
    });
    const market = markets[i % TOKENS];
    const event = { market, price_changes, timestamp: String(START_MS + i) };
    const text = JSON.stringify({ ...event, event_type: "price_change" });
    return Buffer.from(text).toString("latin1");
  });
}

/** Microseconds of processor for one text, without what the way before left to collect. */
function timeOf(way: (text: string) => unknown, texts: readonly string[]): number {
  Bun.gc(true);
  const before = process.cpuUsage();
  for (const text of texts) way(text);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / texts.length;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}
