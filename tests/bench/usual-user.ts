import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { ExchangeProcess, startRecorder, stopBoth, temporaryFolder } from "../polybot-process.ts";
import { cpuSeconds, residentMb } from "../process-figures.ts";
import { VirtualRecording } from "../recorder/virtual-recording.ts";

/**
 * What the usual user pays: 80 tokens at 50 messages a second. Memory and processor are those of
 * the executable, over real sockets; the disk is that of a day, which passes on virtual time.
 */

const MARKETS = 40;
/** Changes a second that make 50 messages a second, with books, trades and best prices. */
const RATE = 50;
const SEED = 1;
/** Books, names and compilation are over by then. */
const WARM_UP_S = 30;
const MEASURED_S = 300;
const SAMPLE_S = 5;
const DAY_MS = 86_400_000;
const HOURS = 24;
const RESIDENT_MB_MAX = 120;
const CPU_PERCENT_MAX = 5;
const DISK_MB_MAX = 60;
const INODES_MAX = 3000;

export async function run(): Promise<string[]> {
  return [...(await live()), ...(await day())];
}

async function live(): Promise<string[]> {
  using folder = temporaryFolder();
  const store = join(folder.path, "data");
  const flags = ["--markets", MARKETS, "--rate", RATE, "--seed", SEED].map(String);
  const exchange = await ExchangeProcess.start(...flags);
  const recorder = startRecorder(exchange, exchange.tokenIds, store, "--json");
  await recorder.until(({ stderr }) => stderr.includes("subscribed"));
  await Bun.sleep(WARM_UP_S * 1000);
  const warmUpCpu = await cpuSeconds(recorder.pid);
  const resident: number[] = [];
  while (resident.length < MEASURED_S / SAMPLE_S) {
    await Bun.sleep(SAMPLE_S * 1000);
    resident.push((await residentMb(recorder.pid)).now);
  }
  const cpu = (await cpuSeconds(recorder.pid)) - warmUpCpu;
  const { peak } = await residentMb(recorder.pid);
  const { stdout } = await stopBoth(exchange, recorder);
  const { messages, seconds } = JSON.parse(stdout) as { messages: number; seconds: number };
  const percent = (cpu / MEASURED_S) * 100;
  const mb = (value: number) => value.toFixed(0);
  const course = resident.filter((_, i) => (i + 1) % (60 / SAMPLE_S) === 0).map(mb);
  return [
    `${2 * MARKETS} tokens, ${(messages / seconds).toFixed(1)} messages a second, ${MEASURED_S} s`,
    `resident MB, minute by minute: ${course.join(", ")}; at most ${mb(peak)} (${verdict(peak < RESIDENT_MB_MAX)}: under ${RESIDENT_MB_MAX})`,
    `processor: ${percent.toFixed(2)} % of a core (${verdict(percent < CPU_PERCENT_MAX)}: under ${CPU_PERCENT_MAX} %), ${warmUpCpu.toFixed(2)} s before`,
  ];
}

/** Nothing is projected: a day is recorded and sealed, its sessions rolled in the middle of it. */
async function day(): Promise<string[]> {
  const options = { markets: MARKETS, rate: RATE, seed: SEED };
  await using recording = await VirtualRecording.start(options);
  await recording.run(DAY_MS);
  await recording.recorder.stop();
  const { messages, stored, bytes } = recording.recorder.summary();
  const disk = diskUse(recording.path);
  const mb = disk.bytes / 1e6;
  return [
    `a day of the same, recorded on virtual time: ${messages} messages (${(messages / HOURS / 3600).toFixed(1)} a second, ${(bytes / 1e6).toFixed(0)} MB), ${stored} updates`,
    `on the disk, in blocks as du counts them: ${mb.toFixed(1)} MB (${verdict(mb < DISK_MB_MAX)}: under ${DISK_MB_MAX}), ${disk.inodes} inodes (${verdict(disk.inodes < INODES_MAX)}: under ${INODES_MAX})`,
    `${(disk.bytes / stored).toFixed(2)} bytes an update`,
  ];
}

function verdict(isMet: boolean): string {
  return isMet ? "yes" : "no";
}

/** Files and folders below a path, and the disk's blocks that they take. */
function diskUse(path: string): { readonly bytes: number; readonly inodes: number } {
  let bytes = 0;
  let inodes = 0;
  for (const name of readdirSync(path, { recursive: true }) as string[]) {
    bytes += statSync(join(path, name)).blocks * 512;
    inodes++;
  }
  return { bytes, inodes };
}
