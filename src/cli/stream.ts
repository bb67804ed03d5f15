import type { MarketEvent } from "../format/market-event.ts";
import { summaryLine } from "../observe/summary.ts";
import { defaultEndpoints, type Endpoints } from "../polymarket/endpoints.ts";
import { DEFAULT_TOKENS_PER_SOCKET } from "../polymarket/socket-pool.ts";
import { systemClock } from "../ports/clock.ts";
import { systemDial } from "../ports/dial.ts";
import { systemFs } from "../ports/fs.ts";
import { systemHttp } from "../ports/http.ts";
import { systemRandom } from "../ports/random.ts";
import { Update } from "../read/update.ts";
import type { Summary } from "../recorder/counters.ts";
import { BUDGET_BYTES_MIN, DiskBudget } from "../recorder/disk-budget.ts";
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
import { command, durationFlag, EXIT, type ExitCode, numberFlag, usageError } from "./command.ts";
import { HTTP, urlFlag } from "./endpoint-flags.ts";
import { flagOrEnvironment } from "./environment.ts";
import { bytesText } from "./format.ts";
import { openLog } from "./log.ts";
import { Output, say } from "./output.ts";
import { sizeFlag } from "./quantity-flags.ts";
import { recoveryText } from "./recovery-text.ts";
import { SelectedTokens } from "./selected-tokens.ts";
import { SELECTION_LISTS, selectionArgs, wantedOf } from "./selection-flags.ts";
import { stopSignal } from "./stop-signal.ts";
import { timeArgs, timeLimitsOf } from "./time-flags.ts";
import { updateLine, updateText } from "./update-text.ts";
import { Viewer } from "./viewer.ts";

const NAME = "stream";
/** REST answers so many questions, and a day is the longest that a session lasts. */
const AUDIT_RANGE = { minMs: 10_000, maxMs: 86_400_000 };
const DEFAULT_PATH = "./data";
const DEFAULT_LOCK_WAIT = "60s";
const LOCK_WAIT = { minMs: 0, maxMs: 86_400_000 };

export const streamCommand = command({
  summary: "Record the order books of tokens, or show them as they change",
  details: `What to record is named by token ids, or found at Gamma, the venue's list of markets, by market,
event, series, tag, or all; flags add up. Without Gamma only tokens named by id can be recorded.
Markets that Gamma lists later are recorded as they come; the sessions of those that ended are sealed,
with the outcome. A market that another recorder of the store has is left out with a warning.

With --enable-storage every update is recorded until SIGINT, SIGTERM or SIGHUP, or until --duration
or --until is over; then all sessions are sealed. A second SIGINT later exits at once. Without
storage, updates are shown on the terminal.
What another recorder has at the start is waited for (--lock-wait), with its books running; when that
one has ended it is recorded from before its end on.
The last line on standard error sums up what was received and stored. Exit code 3 says that the
recording has gaps or suspect spans: updates that were not stored or received, or a book that
the venue's hashes contradict. Notes in the store tell when.
With --max-disk the oldest sealed sessions are pruned when the store would take more, or the disk
has hardly room left; when nothing is left to prune, the recording ends, sealed, with exit code 1.`,
  examples: [
    "polybot stream --market will-it-rain --event fed-decision-in-june",
    "polybot stream --series btc-updown-5m --series eth-updown-5m --enable-storage",
    "polybot stream --tag crypto --max-markets 100 --enable-storage --duration 1h",
    "polybot stream --assets 1234,5678 --enable-storage --storage-path ./data --storage-max-file-mb 100",
    "polybot stream --event fed-decision-in-june --enable-storage --duration 62s --quiet",
    "polybot stream --assets 1234,5678 --enable-storage --storage-path ./data --max-disk 20GB",
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
    "audit-interval": {
      type: "string",
      valueHint: "time",
      default: "5m",
      description: "how often the books of quiet tokens are compared with REST's",
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
    "max-disk": {
      type: "string",
      valueHint: "size",
      description: "prune the oldest sessions when the store takes more on the disk, such as 20GB",
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
    const auditMs = durationFlag(NAME, "audit-interval", args["audit-interval"], AUDIT_RANGE);
    const sync = syncMode(args.sync, args["sync-interval"]);
    const waitMs = durationFlag(NAME, "lock-wait", args["lock-wait"], LOCK_WAIT);
    const enabled = args["enable-storage"];
    const maxBytes = diskBudget(args["max-disk"]);
    const basePath = flagOrEnvironment("storage-path", args["storage-path"], DEFAULT_PATH);
    const endpoints: Endpoints = {
      wsUrl: urlFlag(NAME, "ws-url", args["ws-url"], defaultEndpoints.wsUrl, ["ws:", "wss:"]),
      clobUrl: urlFlag(NAME, "clob-url", args["clob-url"], defaultEndpoints.clobUrl, HTTP),
      gammaUrl: urlFlag(NAME, "gamma-url", args["gamma-url"], defaultEndpoints.gammaUrl, HTTP),
    };
    const log = await openLog({ isQuiet: args.quiet });
    const selected = new SelectedTokens(wanted, endpoints.gammaUrl, log);
    const { tokenIds } = wanted;
    // Tokens that are named by their ids do not wait for Gamma.
    const found = tokenIds.length === 0 ? await selected.find() : [];
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
        claim: (isLast) => writer.claim(isLast ? tokenIds : [...tokenIds, ...found]),
        claimed() {
          selected.join(recorder);
          log.info(`waited: recording ${recorder.tokenIds.length} tokens into ${basePath}`);
        },
      });
      recorder = new Recorder({
        endpoints,
        tokenIds,
        tokensPerSocket,
        auditMs,
        writer,
        isWaiting: lockWait.refusal !== undefined,
        ports: { clock: systemClock, dial: systemDial, http: systemHttp, random: systemRandom },
        onEvent: (level, text) => log[level](selected.named(text)),
        onUpdate,
      });
      recorder.start();
    } catch (error) {
      await writer.shutdown();
      throw error;
    }
    if (lockWait.refusal !== undefined) {
      log.info(selected.named(`${lockWait.refusal.message}: waiting for its end`));
    } else if (enabled) log.info(`recording into ${basePath}`);
    // Ends only if there is nothing to record.
    const selecting = selected
      .recordWith(recorder)
      .then(() => Promise.withResolvers<void>().promise);
    const watch = new DiskWatch(writer, systemClock);
    const hasBook = () => recorder.summary().books > 0;
    const limit = new RunLimits({ ...limits, clock: systemClock, hasBook });
    const budget =
      maxBytes !== undefined && enabled
        ? new DiskBudget({
            ...{ basePath, maxBytes, writer, fs: systemFs, clock: systemClock },
            onEvent: (level, text) => log[level](text),
          })
        : undefined;
    const ends = [stop, viewing.promise, watch.gaveUp, limit.over, lockWait.gaveUp];
    if (budget !== undefined) ends.push(budget.gaveUp);
    let gaveUp: unknown;
    await Promise.race([...ends, selecting]).catch((error) => {
      gaveUp = error;
    });
    // Whatever else ended it: nothing was recorded.
    gaveUp = selected.namedError(gaveUp ?? lockWait.refusal);
    lockWait.stop();
    watch.stop();
    limit.stop();
    selected.stop();
    await budget?.stop();
    if (enabled) log.info("stopping: sealing all sessions");
    if (gaveUp === undefined) await recorder.audit();
    if (viewer.leftOut > 0) log.warn(`${viewer.leftOut} updates were not shown: nobody read them`);
    return finish(recorder, enabled && args.json ? output : undefined, gaveUp);
  },
});

/** Bytes, if there is one. */
function diskBudget(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const bytes = sizeFlag(NAME, "max-disk", text);
  if (bytes >= BUDGET_BYTES_MIN) return bytes;
  throw usageError(
    NAME,
    `--max-disk wants ${bytesText(BUDGET_BYTES_MIN)} at least, not "${text}": the journal needs its room`,
  );
}

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
