import { FAULT_KINDS } from "../exchange/faults/fault-kinds.ts";
import { parseFaults } from "../exchange/faults/fault-spec.ts";
import { SERIES_MAX } from "../exchange/market/rolling-series.ts";
import { parseRecipePlan } from "../exchange/recipe-plan.ts";
import { startExchange } from "../exchange/start-exchange.ts";
import { command, durationFlag, EXIT, numberFlag, parsedFlag } from "./command.ts";
import { printExchange } from "./exchange-line.ts";
import { stopSignal } from "./stop-signal.ts";

const NAME = "simulate";
const PORT_MAX = 65_535;
const MARKETS_MAX = 100_000;
const RATE_MAX = 1_000_000;
const SEED_MAX = 2 ** 32 - 1;
const ODDITIES_MAX = 1_000;
const TOKENS_MAX = 1_000_000;
const DELAY_MS = { minMs: 0, maxMs: 60_000 };
const WINDOW_MS = { minMs: 1_000, maxMs: 86_400_000 };
const MS_PER_SECOND = 1_000;

const faultWidth = Math.max(...Object.keys(FAULT_KINDS).map(({ length }) => length));
const faultTable = Object.entries(FAULT_KINDS)
  .map(([kind, { about }]) => `  ${kind.padEnd(faultWidth)}  ${about}`)
  .join("\n");

export const simulateCommand = command({
  summary: "Serve the venue in a box: markets, hashes, oddities and faults, or a file of messages",
  details: `The exchange speaks the venue's protocol on this machine only, and needs no internet. When ready
it prints one line of JSON: ws_url (the market channel), clob_url and gamma_url (REST), control_url,
and the markets with their tokens. It runs until SIGINT, SIGTERM or SIGHUP.

What it simulates. YES and NO books that mirror each other, with every tick size from 0.1 to 0.0001;
programs that quote ladders and a crowd that trades; events with one market or several (negative
risk); busy markets and quiet ones. Every book and every change carries the SHA-1 that the venue
would compute. --series adds markets that open, end and are resolved one after the other, such as
btc-updown-5m-1790000100. The same seed tells the same story.

What is odd about it, as about the venue: messages that come twice, hashes that several changes
share or that know the next one, trades announced after the change that they caused, changes older
than the book before them, best prices that are wrong, arrays of mixed events. --oddities 0 leaves
all that out, 10 makes it ten times as frequent, up to every other time. A text takes --delay on
its way, log-normal.

Recipes are what is hashed: 10 (the present one), 9, 6 and 5 fields as in earlier years, the last
two with the messages of their time, or next, which is invented. --recipe 9,10@60s changes it after
a minute.

Faults, with --fault or later over HTTP:
${faultTable}
A fault strikes once and now, or with at=30s once after the start, with every=1m again and again, or
with p=0.01 at each occasion. for=10s is how long it lasts (without it for ever), socket=2 and
token=<id> say whom it strikes (otherwise one is drawn). Times are 250ms, 10s, 5m or 1h.
  --fault drop,every=1m --fault lost-entry,p=0.001 --fault stall-token,at=30s,for=10s

Control. GET <control_url> tells sockets, faults and how often they struck. POST
<control_url>/faults adds one: {"kind":"drop","socket":1}. DELETE <control_url>/faults/1 ends it, and
DELETE <control_url>/faults all. POST <control_url>/recipe sets one: {"recipe":"9"}.

--log writes the truth, one line of JSON each: {"t_us","socket","text"} for a text that was sent,
{"t_us","socket","fault","text"} for one that was withheld or, with "follows", spoilt before the
next line: the text is as it should have been.

--messages sends each socket the file's lines, one WebSocket text each, once after its first
subscription, instead of a simulation.`,
  examples: [
    "polybot simulate --markets 5 --rate 200 --seed 1",
    "polybot simulate --markets 20 --series 2 --oddities 10 --log truth.jsonl",
    "polybot simulate --fault restart,every=5m,for=10s --fault close-1013,p=0.0001",
    "polybot simulate --messages recorded.jsonl --log sent.jsonl",
  ],
  lists: ["fault"],
  args: {
    port: { type: "string", valueHint: "n", default: "0", description: "port; 0 takes a free one" },
    markets: { type: "string", valueHint: "n", default: "5", description: "markets that stay" },
    series: {
      type: "string",
      valueHint: "n",
      default: "0",
      description: `rolling series of markets, up to ${SERIES_MAX}`,
    },
    window: { type: "string", valueHint: "time", default: "5m", description: "a series' window" },
    rate: {
      type: "string",
      valueHint: "n",
      default: "200",
      description: "changes a second over all markets; 0 keeps the books still",
    },
    seed: { type: "string", valueHint: "n", default: "1", description: "same seed, same story" },
    oddities: {
      type: "string",
      valueHint: "x",
      default: "1",
      description: "how odd, beside the live venue",
    },
    delay: {
      type: "string",
      valueHint: "time",
      description: "median way to a client; default 20ms, for --messages none",
    },
    "book-ceiling": {
      type: "string",
      valueHint: "tokens",
      default: "500",
      description: "no books for a socket's tokens beyond so many",
    },
    recipe: { type: "string", valueHint: "fields", default: "10", description: "what is hashed" },
    fault: { type: "string", valueHint: "fault", description: "see below; may be repeated" },
    messages: { type: "string", valueHint: "file", description: "serve this file's lines instead" },
    log: { type: "string", valueHint: "file", description: "write the truth to this file" },
  },
  async run(args) {
    const number = (
      flag: "port" | "markets" | "series" | "rate" | "seed" | "oddities" | "book-ceiling",
      min: number,
      max: number,
    ) => {
      const whole = flag !== "rate" && flag !== "oddities";
      return numberFlag(NAME, flag, args[flag], { min, max, whole });
    };
    const options = {
      port: number("port", 0, PORT_MAX),
      markets: number("markets", 0, MARKETS_MAX),
      series: number("series", 0, SERIES_MAX),
      windowS: durationFlag(NAME, "window", args.window, WINDOW_MS) / MS_PER_SECOND,
      rate: number("rate", 0, RATE_MAX),
      seed: number("seed", 0, SEED_MAX),
      oddities: number("oddities", 0, ODDITIES_MAX),
      bookCeiling: number("book-ceiling", 0, TOKENS_MAX),
      ...(args.delay !== undefined && {
        delayMs: durationFlag(NAME, "delay", args.delay, DELAY_MS),
      }),
      ...parsedFlag(NAME, "recipe", () => parseRecipePlan(args.recipe)),
      faults: parsedFlag(NAME, "fault", () =>
        args.fault === undefined ? [] : parseFaults(args.fault),
      ),
      ...(args.messages !== undefined && { messagesFile: args.messages }),
      ...(args.log !== undefined && { logFile: args.log }),
    };
    const stop = stopSignal();
    const exchange = await startExchange(options);
    await printExchange(exchange);
    await stop;
    await exchange.stop();
    return EXIT.ok;
  },
});
