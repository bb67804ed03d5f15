import { sdkRun } from "../conformance/sdk-run.ts";

/** Ten minutes in which the venue's own SDK must deliver every element that the exchange sends. */

const SECONDS = 600;
const MARKETS = 40;
const RATE = 100;
const SEED = 1;

/** All that the market channel has. */
const TYPES = [
  "book",
  "price_change",
  "last_trade_price",
  "tick_size_change",
  "best_bid_ask",
  "new_market",
  "market_resolved",
];

/** The SDK says PING every so many seconds; the last one may still be on its way. */
const PING_S = 10;

export async function run(): Promise<string[]> {
  const { sent, delivered, pongs, problems } = await sdkRun({
    seconds: SECONDS,
    markets: MARKETS,
    rate: RATE,
    seed: SEED,
    series: 2,
    windowS: 120,
  });
  const figures = [
    `seed ${SEED}, ${MARKETS} markets, ${RATE} changes a second, ${SECONDS} s`,
    `sent ${listed(sent)}`,
    `delivered ${listed(delivered)}`,
    `${pongs} of its PINGs answered`,
  ];
  const failures = [...problems];
  const missing = TYPES.filter((type) => (delivered[type] ?? 0) === 0);
  if (missing.length > 0) failures.push(`nothing of ${missing.join(", ")}`);
  if (pongs < SECONDS / PING_S - 1) failures.push("PINGs were not answered");
  if (failures.length > 0) throw new Error([...figures, ...failures].join("\n  "));
  return figures;
}

function listed(counts: Readonly<Record<string, number>>): string {
  const total = Object.values(counts).reduce((sum, each) => sum + each, 0);
  const types = Object.entries(counts).map(([type, each]) => `${type} ${each}`);
  return `${total}: ${types.sort().join(", ")}`;
}
