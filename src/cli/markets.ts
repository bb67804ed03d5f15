import { defaultEndpoints } from "../polymarket/endpoints.ts";
import { GammaClient } from "../polymarket/gamma-client.ts";
import { searchMarkets } from "../polymarket/gamma-search.ts";
import type { MarketNames } from "../polymarket/market-names.ts";
import { systemClock } from "../ports/clock.ts";
import { systemHttp } from "../ports/http.ts";
import { systemRandom } from "../ports/random.ts";
import { command, EXIT } from "./command.ts";
import { HTTP, urlFlag } from "./endpoint-flags.ts";
import { Output, say } from "./output.ts";

const NAME = "markets";

export const marketsCommand = command({
  summary: "Search the venue's open markets by words",
  details: `Each market is printed with its slug, its question, and the token id of each outcome; the best fit
comes first. polybot stream --market <slug> records one.`,
  examples: ["polybot markets bitcoin up or down", "polybot markets election --json"],
  args: {
    words: {
      type: "positional",
      required: true,
      description: "what to look for; several words need no quotes",
    },
    "gamma-url": { type: "string", valueHint: "url", description: "Gamma's REST service" },
    json: { type: "boolean", default: false, description: "one JSON object a line" },
  },
  takesWords: true,
  async run(args) {
    const gamma = new GammaClient({
      url: urlFlag(NAME, "gamma-url", args["gamma-url"], defaultEndpoints.gammaUrl, HTTP),
      http: systemHttp,
      clock: systemClock,
      random: systemRandom,
    });
    const { markets, hasMore } = await searchMarkets(gamma, args.words);
    const output = new Output();
    for (const market of markets) {
      await output.line(args.json ? JSON.stringify(marketJson(market)) : marketText(market));
    }
    await output.flush();
    if (markets.length === 0) say(`no open market fits "${args.words}"`);
    else if (hasMore) say("there are more: further words narrow the search");
    return EXIT.ok;
  },
});

function marketJson({ conditionId, slug, question, endDate, event, outcomes }: MarketNames) {
  return {
    market: conditionId,
    slug,
    question,
    end_date: endDate,
    event,
    tokens: outcomes.map(({ tokenId, outcome }) => ({ token_id: tokenId, outcome })),
  };
}

/** A line for the market and one for each token, whose id is too long to stand beside another. */
function marketText({ slug, question, outcomes }: MarketNames): string {
  const width = Math.max(...outcomes.map(({ outcome }) => outcome.length));
  const tokens = outcomes.map(({ tokenId, outcome }) => `  ${outcome.padEnd(width)}  ${tokenId}`);
  return [`${slug}  ${question}`, ...tokens].join("\n");
}
