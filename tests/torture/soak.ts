import { join } from "node:path";
import { expectLogEqualsStore } from "../cli/log-equals-store.ts";
import { ExchangeProcess, startRecorder, stopBoth, temporaryFolder } from "../polybot-process.ts";

/** Three minutes of 200 markets at 1,000 messages a second: nothing lost, nothing leaked. */

const MARKETS = 200;
const RATE = 1000;
const SEED = 1;
const FIRST_SAMPLE_S = 60;
const LAST_SAMPLE_S = 180;
const GROWTH_MAX = 1.1;
const WARM_UP_SAMPLE_S = 10;

/** Resident memory of a process in MB of 10^6 bytes. */
async function residentMb(pid: number): Promise<number> {
  const status = await Bun.file(`/proc/${pid}/status`).text();
  const kib = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1];
  return (Number(kib) * 1024) / 1e6;
}

export async function run(): Promise<string[]> {
  using folder = temporaryFolder();
  const store = join(folder.path, "data");
  const log = join(folder.path, "log");
  const flags = ["--markets", MARKETS, "--rate", RATE, "--seed", SEED].map(String);
  const exchange = await ExchangeProcess.start(...flags, "--log", log);
  const recorder = startRecorder(exchange, exchange.tokenIds, store);
  await recorder.until(({ stderr }) => stderr.includes("subscribed"));
  const samples = new Map<number, number>();
  for (let second = 1; second <= LAST_SAMPLE_S; second++) {
    await Bun.sleep(1000);
    if (second % WARM_UP_SAMPLE_S === 0) samples.set(second, await residentMb(recorder.pid));
  }
  const { stderr } = await stopBoth(exchange, recorder);
  const summary = stderr.split("\n").find((line) => line.startsWith("summary:"));
  const { messages, updates } = await expectLogEqualsStore(log, store, exchange.tokenIds);
  const growth = samples.get(LAST_SAMPLE_S)! / samples.get(FIRST_SAMPLE_S)!;
  const course = [...samples].map(([second, mb]) => `${second} s ${mb.toFixed(0)}`).join(", ");
  const figures = [
    `seed ${SEED}, ${MARKETS} markets, ${RATE} changes a second, ${LAST_SAMPLE_S} s`,
    `${messages} messages, ${updates} updates: the store equals the exchange's log`,
    `resident MB: ${course}`,
    `growth from ${FIRST_SAMPLE_S} s to ${LAST_SAMPLE_S} s: ${growth.toFixed(3)}`,
    summary ?? "",
  ];
  if (growth > GROWTH_MAX) throw new Error(figures.join("\n  "));
  return figures;
}
