import type { MarketEvent } from "../format/market-event.ts";
import { summaryLine } from "../observe/summary.ts";
import { defaultEndpoints, type Endpoints } from "../polymarket/endpoints.ts";
import { DEFAULT_TOKENS_PER_SOCKET } from "../polymarket/socket-pool.ts";
import { systemClock } from "../ports/clock.ts";
import { systemDial } from "../ports/dial.ts";
import { systemHttp } from "../ports/http.ts";
import { systemRandom } from "../ports/random.ts";
import { Update } from "../read/update.ts";
import type { Summary } from "../recorder/counters.ts";
import { DiskWatch } from "../recorder/disk-watch.ts";
import { LockWait } from "../recorder/lock-wait.ts";
import { Recorder } from "../recorder/recorder.ts";
import { RunLimits } from "../recorder/run-limits.ts";
import type { Arrival } from "../store/arrival.ts";
import type { SyncMode } from "../store/journal.ts";
import type { Recovery } from "../store/recovery.ts";
import { SESSION_ROLLS } from "../store/session-roll.ts";
import {
  DEFAULT_BUFFER_SIZE,
  DEFAULT_MAX_FILE_MB,
  DEFAULT_ROLL,
  DEFAULT_SYNC_MS,
  MIN_FILE_MB,
} from "../store/storage-config.ts";
import { StorageWriter } from "../store/storage-writer.ts";
import { command, durationFlag, EXIT, type ExitCode, numberFlag } from "./command.ts";
import { HTTP, urlFlag } from "./endpoint-flags.ts";
import { flagOrEnvironment } from "./environment.ts";
import { openLog } from "./log.ts";
import { Output, say } from "./output.ts";
import { recoveryText } from "./recovery-text.ts";
import { SelectedTokens } from "./selected-tokens.ts";
import { SELECTION_LISTS, selectionArgs, wantedOf } from "./selection-flags.ts";
import { stopSignal } from "./stop-signal.ts";
import { timeArgs, timeLimitsOf } from "./time-flags.ts";
import { updateLine, updateText } from "./update-text.ts";
import { Viewer } from "./viewer.ts";

const NAME = "stream";
const DEFAULT_PATH = "./data";
const DEFAULT_LOCK_WAIT = "60s";
const LOCK_WAIT = { minMs: 0, maxMs: 86_400_000 };

export const streamCommand = command({
  summary: "Record the order books of tokens, or show them as they change",
  details: `What to record is named by token ids, or found at Gamma, the venue's list of markets, by market,
event, series, tag, or all; flags add up. Without Gamma only tokens named by id can be recorded.

With --enable-storage every update is recorded until SIGINT, SIGTERM or SIGHUP, or until --duration
or --until is over; then all sessions are sealed. A second SIGINT later exits at once. Without
storage, updates are shown on the terminal.
Tokens that another recorder has in the same store are waited for (--lock-wait), with their books
running; when it has ended they are recorded from before its end on.
The last line on standard error sums up what was received and stored. Exit code 3 says that the
recording has gaps or suspect spans: updates that were not stored, a lost connection, or a book that
the venue's hashes contradict. Notes in the store tell when.`,
  examples: [
    "polybot stream --market will-it-rain --event fed-decision-in-june",
    "polybot stream --series btc-updown-5m --series eth-updown-5m --enable-storage",
    "polybot stream --tag crypto --max-markets 100 --enable-storage --duration 1h",
    "polybot stream --assets 1234,5678 --enable-storage --storage-path ./data --storage-max-file-mb 100",
    "polybot stream --event fed-decision-in-june --enable-storage --duration 62s --quiet",
  ],
  lists: SELECTION_LISTS,
  args: {
    ...selectionArgs,
    ...timeArgs,
    "tokens-per-socket": {
      type: "string",
      valueHint: "tokens",
      default: String(DEFAULT_TOKENS_PER_SOCKET),
      description: "tokens of one connection, at most; the venue sends no books beyond some 500",
    },
    "enable-storage": { type: "boolean", default: false, description: "record into a store" },
    "storage-path": {
      type: "string",
      valueHint: "folder",
      description: `the store, made if it is not there; default ${DEFAULT_PATH}`,
    },
    "storage-max-file-mb": {
      type: "string",
      valueHint: "MB",
      default: String(DEFAULT_MAX_FILE_MB),
      description: "longest update file, in 10^6 bytes, fractions allowed",
    },
    "storage-buffer-size": {
      type: "string",
      valueHint: "updates",
      default: String(DEFAULT_BUFFER_SIZE),
      description: "updates that may wait for the disk before others are skipped",
    },
    "sync-interval": {
      type: "string",
      valueHint: "ms",
      default: String(DEFAULT_SYNC_MS),
      description: "what was received is durable after so long, written after 50 ms",
    },
    sync: {
      type: "enum",
      options: ["interval", "always", "os"],
      valueHint: "interval|always|os",
      default: "interval",
      description: "or durable after every write, or when the system likes",
    },
    "session-roll": {
      type: "enum",
      options: [...SESSION_ROLLS],
      valueHint: SESSION_ROLLS.join("|"),
      default: DEFAULT_ROLL,
      description: "when a session gives way to the next, in UTC",
    },
    "lock-wait": {
      type: "string",
      valueHint: "time",
      default: DEFAULT_LOCK_WAIT,
      description: "how long another recorder of a token is waited for, 0: not at all",
    },
    "ws-url": { type: "string", valueHint: "url", description: "the market channel" },
    "clob-url": {
      type: "string",
      valueHint: "url",
      description: "the CLOB's REST service, asked for books that do not come",
    },
    "gamma-url": { type: "string", valueHint: "url", description: "Gamma's REST service" },
    quiet: { type: "boolean", default: false, description: "only warnings, and the summary" },
    json: { type: "boolean", default: false, description: "updates or the summary as JSON" },
  },
  async run(args) {
    const limits = timeLimitsOf(NAME, args, systemClock);
    const wanted = await wantedOf(NAME, args);
    const tokensPerSocket = numberFlag(NAME, "tokens-per-socket", args["tokens-per-socket"], {
      min: 1,
    });
    const maxFileSizeMb = numberFlag(NAME, "storage-max-file-mb", args["storage-max-file-mb"], {
      min: MIN_FILE_MB,
      whole: false,
    });
    const bufferSize = numberFlag(NAME, "storage-buffer-size", args["storage-buffer-size"], {
      min: 1,
    });
    const sync = syncMode(args.sync, args["sync-interval"]);
    const waitMs = durationFlag(NAME, "lock-wait", args["lock-wait"], LOCK_WAIT);
    const enabled = args["enable-storage"];
    const basePath = flagOrEnvironment("storage-path", args["storage-path"], DEFAULT_PATH);
    const endpoints: Endpoints = {
      wsUrl: urlFlag(NAME, "ws-url", args["ws-url"], defaultEndpoints.wsUrl, ["ws:", "wss:"]),
      clobUrl: urlFlag(NAME, "clob-url", args["clob-url"], defaultEndpoints.clobUrl, HTTP),
      gammaUrl: urlFlag(NAME, "gamma-url", args["gamma-url"], defaultEndpoints.gammaUrl, HTTP),
    };
    const log = await openLog({ isQuiet: args.quiet });
    const selected = new SelectedTokens(wanted, endpoints.gammaUrl, log);
    const tokenIds = await selected.start();
    const output = new Output();
    const viewing = Promise.withResolvers<void>();
    const viewer = new Viewer(output, (error) => {
      if (error === undefined) viewing.resolve();
      else viewing.reject(error);
    });
    const onUpdate = (tokenId: string, event: MarketEvent, arrival: Arrival) => {
      selected.heard(event);
      if (enabled) return;
      const update = shown(tokenId, event, arrival);
      viewer.show(args.json ? updateLine(update) : updateText(update, selected.namesOf(tokenId)));
    };
    const stop = stopSignal();
    const onRecovered = (recovery: Recovery) => log.warn(recoveryText(recovery));
    const roll = args["session-roll"];
    const config = { enabled, basePath, maxFileSizeMb, bufferSize, sync, roll, onRecovered };
    const writer = await StorageWriter.open(config);
    let recorder: Recorder;
    let lockWait: LockWait;
    try {
      lockWait = new LockWait({
        clock: systemClock,
        waitMs,
        claim: () => writer.claim(tokenIds),
        claimed() {
          log.info(`the other recorder has ended: recording ${tokenIds.length} tokens`);
          recorder.join();
        },
      });
      recorder = new Recorder({
        endpoints,
        tokenIds,
        tokensPerSocket,
        writer,
        isWaiting: lockWait.refusal !== undefined,
        ports: { clock: systemClock, dial: systemDial, http: systemHttp, random: systemRandom },
        onEvent: (level, text) => log[level](selected.named(text)),
        onUpdate,
      });
      recorder.start();
    } catch (error) {
      selected.stop();
      await writer.shutdown();
      throw selected.namedError(error);
    }
    if (lockWait.refusal !== undefined) {
      log.info(selected.named(`${lockWait.refusal.message}: waiting for its end`));
    } else if (enabled) log.info(`recording ${tokenIds.length} tokens into ${basePath}`);
    const watch = new DiskWatch(writer, systemClock);
    const hasBook = () => recorder.summary().books > 0;
    const limit = new RunLimits({ ...limits, clock: systemClock, hasBook });
    let gaveUp: unknown;
    const ends = [stop, viewing.promise, watch.gaveUp, limit.over, lockWait.gaveUp];
    await Promise.race(ends).catch((error) => {
      gaveUp = error;
    });
    // Whatever else ended it: nothing was recorded.
    gaveUp = selected.namedError(gaveUp ?? lockWait.refusal);
    lockWait.stop();
    watch.stop();
    limit.stop();
    selected.stop();
    if (enabled) log.info("stopping: sealing all sessions");
    if (viewer.leftOut > 0) log.warn(`${viewer.leftOut} updates were not shown: nobody read them`);
    return finish(recorder, enabled && args.json ? output : undefined, gaveUp);
  },
});

function syncMode(mode: string, interval: string): SyncMode {
  const intervalMs = numberFlag(NAME, "sync-interval", interval, { min: 1 });
  if (mode === "interval") return intervalMs;
  return mode === "always" ? "always" : "os";
}

/** Seals, then sums up; a failed seal is told, and is a loss. */
async function finish(
  recorder: Recorder,
  json: Output | undefined,
  gaveUp: unknown,
): Promise<ExitCode> {
  let failure = gaveUp;
  try {
    await recorder.stop();
  } catch (error) {
    failure ??= error;
  }
  const summary = recorder.summary();
  say(summaryLine(summary));
  json?.add(JSON.stringify(summary));
  // What could not be stored matters more than what could not be printed.
  if (failure !== undefined) {
    await json?.flush().catch(() => {});
    throw failure;
  }
  await json?.flush();
  return hasLoss(summary) ? EXIT.loss : EXIT.ok;
}

/** What was not stored, what may have passed while no socket was there, and what was missed. */
function hasLoss({ dropped, gaps, suspect }: Summary): boolean {
  return dropped > 0 || gaps > 0 || suspect > 0;
}

function shown(tokenId: string, event: MarketEvent, arrival: Arrival): Update {
  // There is no session whose market could be left out of the line.
  const identity = { tokenId, market: "", sessionId: "", recorderId: "" };
  const { receivedUs: received_us, socket, place } = arrival;
  // Nothing judges an update that is only shown.
  const verdict = "unverifiable";
  return new Update(identity, 0, { received_us, verdict, socket, place }, event);
}
