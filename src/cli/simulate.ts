import { startExchange } from "../exchange/start-exchange.ts";
import { command, EXIT, numberFlag } from "./command.ts";
import { Output } from "./output.ts";
import { stopSignal } from "./stop-signal.ts";

const NAME = "simulate";
const PORT_MAX = 65_535;
const MARKETS_MAX = 100_000;
const RATE_MAX = 1_000_000;
const SEED_MAX = 2 ** 32 - 1;

export const simulateCommand = command({
  summary: "Serve a market channel: a live simulation, or a file of messages",
  details: `The exchange speaks the venue's protocol on this machine only: the market channel over
WebSocket, and the parts of CLOB and Gamma REST that a recorder asks. Its books carry the hashes
that the venue would compute. When ready it prints one JSON line with ws_url, clob_url, gamma_url
and the markets with their tokens; it runs until SIGINT, SIGTERM or SIGHUP.

--messages sends each socket the file's lines, one WebSocket text each, once after its first
subscription. --log writes one JSON line for each text sent: {"t_us","socket","text"}.`,
  examples: [
    "polybot simulate --port 0 --markets 5 --rate 200 --seed 1",
    "polybot simulate --messages recorded.jsonl --log sent.jsonl",
  ],
  args: {
    port: { type: "string", valueHint: "n", default: "0", description: "port; 0 takes a free one" },
    markets: { type: "string", valueHint: "n", default: "5", description: "simulated markets" },
    rate: {
      type: "string",
      valueHint: "n",
      default: "200",
      description: "changes a second over all markets",
    },
    seed: { type: "string", valueHint: "n", default: "1", description: "same seed, same markets" },
    messages: { type: "string", valueHint: "file", description: "serve this file's lines instead" },
    log: { type: "string", valueHint: "file", description: "write every text sent to this file" },
  },
  async run(args) {
    const number = (flag: "port" | "markets" | "rate" | "seed", min: number, max: number) =>
      numberFlag(NAME, flag, args[flag], { min, max, whole: flag !== "rate" });
    const stop = stopSignal();
    const exchange = await startExchange({
      port: number("port", 0, PORT_MAX),
      markets: number("markets", 1, MARKETS_MAX),
      rate: number("rate", 0, RATE_MAX),
      seed: number("seed", 0, SEED_MAX),
      ...(args.messages !== undefined && { messagesFile: args.messages }),
      ...(args.log !== undefined && { logFile: args.log }),
    });
    const { wsUrl, clobUrl, gammaUrl, markets } = exchange;
    const output = new Output();
    await output.line(
      JSON.stringify({ ws_url: wsUrl, clob_url: clobUrl, gamma_url: gammaUrl, markets }),
    );
    await output.flush();
    await stop;
    await exchange.stop();
    return EXIT.ok;
  },
});
