import type { MarketProfile } from "../../../src/exchange/market/market-profile.ts";
import { logNormal } from "../../../src/exchange/market/normal.ts";
import { startExchange } from "../../../src/exchange/start-exchange.ts";
import type { Random } from "../../../src/ports/random.ts";
import { shiftedClock } from "./shifted-clock.ts";
import { TokenTallies } from "./token-tallies.ts";

/**
 * A process of its own: an exchange of many shallow markets, none of them quiet. Tells where it
 * listens, and at its end, in a file, how many updates of each token it sent, and a digest of them.
 * Arguments: markets, changes a second, microseconds of the clock's shift, the file.
 */

const LEVELS = 20;
const CENT_TICK = 100;
const WEIGHT_SIGMA = 1.2;
/** Of a market that says something every few minutes: it has to, for its sessions to roll. */
const WEIGHT_MIN = 0.25;
const MOVE_SHARE = 0.02;
const SEED = 1;

const [markets, rate, shiftUs] = process.argv.slice(2, 5).map(Number);
const file = process.argv[5]!;
const tallies = new TokenTallies();
let texts = 0;

function profile(random: Random): MarketProfile {
  const weight = Math.max(WEIGHT_MIN, logNormal(random, 1, WEIGHT_SIGMA));
  return { tickSize: CENT_TICK, levels: LEVELS, weight, moveShare: MOVE_SHARE };
}

const exchange = await startExchange({
  clock: shiftedClock(shiftUs!),
  markets: markets!,
  rate: rate!,
  seed: SEED,
  profile,
  delayMs: 0,
  rateLimits: false,
  log: (line) => {
    if ("fault" in line) throw new Error(`there should be no fault: ${JSON.stringify(line)}`);
    texts++;
    tallies.addText(line.text);
  },
});
const { wsUrl, clobUrl, gammaUrl } = exchange;
const tokenIds = exchange.markets.flatMap(({ tokens }) => tokens.map(({ token_id }) => token_id));
console.log(JSON.stringify({ wsUrl, clobUrl, gammaUrl, tokenIds }));
process.on("SIGTERM", async () => {
  await exchange.stop();
  await Bun.write(file, JSON.stringify({ texts, tokens: [...tallies.all] }));
  process.exit(0);
});
