import { expect } from "bun:test";
import { join } from "node:path";
import { systemClock } from "../../src/ports/clock.ts";
import { seededRandom } from "../../src/ports/random.ts";
import { ExchangeProcess, polybot, startRecorder } from "../polybot-process.ts";
import { afterPowerCut, newDisk } from "./disk-image.ts";
import { type Life, type Remains, remainsOf } from "./lives.ts";

export interface CutOptions {
  readonly seed: number;
  readonly cuts: number;
  /** An empty folder. */
  readonly folder: string;
}

const MARKETS = 5;
const RATE = 300;
const MAX_FILE_MB = "0.01";
const PAUSE_MIN_MS = 50;
const PAUSE_MAX_MS = 700;

/**
 * Cuts the power under a recorder again and again: what a copy of its disk holds is recovered, and
 * compared with the exchange's log. `undefined` where no disk may be mounted.
 */
export async function cutPower(options: CutOptions): Promise<Remains[] | undefined> {
  const { seed, cuts, folder } = options;
  const random = seededRandom(seed);
  using disk = newDisk(join(folder, "disk"));
  if (disk === undefined) return undefined;
  const log = join(folder, "log");
  const flags = ["--markets", MARKETS, "--rate", RATE, "--seed", seed].map(String);
  await using processes = new AsyncDisposableStack();
  const exchange = await ExchangeProcess.start(...flags, "--log", log);
  processes.defer(async () => void (await exchange.stop("SIGKILL")));
  const { tokenIds } = exchange;
  const fromUs = systemClock.nowUs();
  const store = join(disk.path, "data");
  const recorder = startRecorder(exchange, tokenIds, store, "--storage-max-file-mb", MAX_FILE_MB);
  // One that still runs would hold the disk.
  processes.defer(async () => void (await recorder.stop("SIGKILL")));
  await recorder.until(({ stderr }) => stderr.includes("subscribed"));
  const remains: Remains[] = [];
  for (let cut = 0; cut < cuts; cut++) {
    await Bun.sleep(PAUSE_MIN_MS + random() * (PAUSE_MAX_MS - PAUSE_MIN_MS));
    const life = { fromUs, toUs: systemClock.nowUs() };
    recorder.kill("SIGSTOP");
    using left = afterPowerCut(disk, join(folder, `cut-${cut}`));
    recorder.kill("SIGCONT");
    await logged(log, life);
    remains.push(await recovered(life, log, join(left.path, "data"), tokenIds));
  }
  return remains;
}

/** A log is written behind what it tells. */
async function logged(log: string, { toUs }: Life): Promise<void> {
  const lastUs = async () => {
    const text = await Bun.file(log).text();
    const last = text.split("\n").at(-2);
    return last === undefined ? 0 : (JSON.parse(last) as { t_us: number }).t_us;
  };
  while ((await lastUs()) <= toUs) await Bun.sleep(20);
}

async function recovered(
  life: Life,
  log: string,
  store: string,
  tokenIds: readonly string[],
): Promise<Remains> {
  expect(await polybot(["repair", store])).toMatchObject({ code: 0 });
  const verified = JSON.parse((await polybot(["verify", store, "--json"])).stdout);
  expect(verified).toMatchObject({ damaged: 0, problems: [], open: 0, lost: 0 });
  const [remains] = await remainsOf([life], log, store, tokenIds);
  return remains!;
}
