import { openRecording, type Recording } from "../exchange/replay/recording.ts";
import { SPEED_LIMIT, SPEED_MIN, speedOf } from "../exchange/replay/replay-control.ts";
import { startExchange } from "../exchange/start-exchange.ts";
import type { Damage } from "../format/chunk-scanner.ts";
import { PolybotError } from "../format/error.ts";
import type { SessionSelection } from "../read/session-selection.ts";
import { Store } from "../read/store.ts";
import { endUs } from "../read/time.ts";
import { CHANNEL } from "../store/paths.ts";
import { command, EXIT, type ExitCode, numberFlag, parsedFlag, usageError } from "./command.ts";
import { printExchange } from "./exchange-line.ts";
import { timeText } from "./format.ts";
import { say } from "./output.ts";
import { momentFlag, named, readArgs } from "./read-flags.ts";
import { stopSignal } from "./stop-signal.ts";
import { storeArgument } from "./store-argument.ts";

const NAME = "replay";
const PORT_MAX = 65_535;
const US_PER_MS = 1_000;
/** A recording ends within the millisecond that its metadata names. */
const LAST_US = 999;

export const replayCommand = command({
  summary:
    "Serve a recording as the venue was: its messages at their times, books and REST of then",
  details: `Speaks the venue's protocol on this machine only, like simulate, and prints the same line of JSON
when ready: ws_url, clob_url, gamma_url, control_url, and the markets with their tokens. A client
changes its URLs and nothing else. Time stands still until the first client has subscribed.

Messages come whole and as the venue sent them, with the pauses that they had, to who subscribed one
of their tokens. Whoever subscribes later gets the books of the replay's moment first, with the
hashes that were recorded. REST answers with books, prices, markets and events of that moment.

A gap in the recording cuts off who subscribed its token (--gaps disconnect): nobody knows what was
missed, and a client should notice. No book is given out within a gap. With --gaps silence nothing
comes, and the client stays.

--speed max is as fast as clients read, and waits while nobody listens. Times are ISO 8601
(2026-11-22T13:00:00Z), epoch milliseconds or microseconds, or +5m after the start of what is
selected; both ends are included. At the end the last state is served on until SIGINT, SIGTERM or
SIGHUP, or the program ends (--exit-at-end).

Control. GET <control_url> tells the time and the sockets. POST <control_url>/replay with
{"paused":true}, {"speed":10} or {"at":"+5m"} pauses, changes the speed, or goes to another time, which
cuts off everybody. Faults can be added as to simulate.`,
  examples: [
    "polybot replay ./data --port 8080",
    "polybot replay ./data --market btc-updown-5m-1790000100 --from +1m --speed 10",
    "polybot replay ./data --from 2026-11-22T14:00:00Z --to 2026-11-22T15:00:00Z --speed max",
  ],
  args: {
    store: storeArgument,
    token: readArgs.token,
    market: { type: "string", valueHint: "name", description: "only this slug or condition id" },
    event: { type: "string", valueHint: "slug", description: "only the markets of this event" },
    from: { type: "string", valueHint: "time", description: "begin here, not at the start" },
    to: { type: "string", valueHint: "time", description: "end here" },
    speed: {
      type: "string",
      valueHint: "x",
      default: "1",
      description: `times life: ${SPEED_MIN} to ${SPEED_LIMIT}, or max`,
    },
    gaps: {
      type: "enum",
      options: ["disconnect", "silence"],
      valueHint: "disconnect|silence",
      default: "disconnect",
      description: "what a gap is to a client",
    },
    port: { type: "string", valueHint: "n", default: "0", description: "port; 0 takes a free one" },
    "exit-at-end": { type: "boolean", default: false, description: "do not serve the last state" },
    log: { type: "string", valueHint: "file", description: "write what is sent to this file" },
  },
  async run({ store, token, market, event, from, to, speed, gaps, port, log, ...flags }) {
    const names = [token, market, event].filter((name) => name !== undefined);
    if (names.length > 1)
      throw usageError(NAME, "--token, --market and --event exclude each other");
    const times = parsedFlag(NAME, "speed", () => speedOf(speed));
    const portNumber = numberFlag(NAME, "port", port, { min: 0, max: PORT_MAX });
    const damage = { places: 0 };
    const source = new Store(store);
    const selection = token === undefined ? { market, event } : await named(source, token);
    const recording = await recordingOf(source, selection, damage);
    if (recording.tokens.length === 0) throw nothing(store, names[0]);
    const { startUs } = recording;
    const start = () => startUs;
    const fromUs = from === undefined ? startUs : await momentFlag(NAME, "from", from, start);
    const toUs = to === undefined ? undefined : await momentFlag(NAME, "to", to, start, endUs);
    const lastUs = recording.isLive ? Number.POSITIVE_INFINITY : recording.endUs + LAST_US;
    if (fromUs > lastUs || Math.max(startUs, fromUs) > (toUs ?? Number.POSITIVE_INFINITY)) {
      throw new PolybotError("BAD_INPUT", "nothing was recorded between --from and --to", {
        hint: `the recording goes from ${text(startUs)} to ${text(recording.endUs)} UTC`,
      });
    }
    const stop = stopSignal();
    const ended = Promise.withResolvers<ExitCode>();
    const exchange = await startExchange({
      port: portNumber,
      ...(log !== undefined && { logFile: log }),
      replay: {
        recording,
        fromUs,
        toUs,
        speed: times,
        gaps,
        onEnd: () => {
          const { nowUs } = exchange.exchange.replay!.playback;
          const leaves = flags["exit-at-end"];
          say(
            `the recording ends at ${text(nowUs)} UTC${leaves ? "" : "; its last state is served on"}`,
          );
          if (leaves) ended.resolve(EXIT.ok);
        },
        onFailure: ended.reject,
      },
    });
    await printExchange(exchange);
    try {
      await Promise.race([stop, ended.promise]);
    } finally {
      await exchange.stop();
    }
    return damage.places > 0 ? EXIT.loss : EXIT.ok;
  },
});

/** The sessions that are meant, and the channel's: what names no token belongs to all. */
async function recordingOf(
  store: Store,
  selection: SessionSelection,
  damage: { places: number },
): Promise<Recording> {
  const options = {
    onDamage(path: string, { offset, reason }: Damage) {
      damage.places++;
      say(`damaged: ${path} at byte ${offset}: ${reason}`);
    },
    onGone: (path: string) => say(`pruned while it was read: ${path}`),
  };
  const meant = await store.sessions(selection, options);
  const channel = await store.sessions({ token: CHANNEL }, options);
  const byPath = new Map([...meant, ...channel].map((session) => [session.path, session]));
  return openRecording([...byPath.values()]);
}

function nothing(store: string, name: string | undefined): PolybotError {
  const what = name === undefined ? "has no token" : `has nothing called ${name}`;
  return new PolybotError("BAD_INPUT", `${store} ${what}`, { hint: `polybot ls ${store}` });
}

function text(us: number): string {
  return timeText(Math.floor(us / US_PER_MS));
}
