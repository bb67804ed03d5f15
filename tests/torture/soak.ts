import { join } from "node:path";
import { expectLogEqualsStore } from "../cli/log-equals-store.ts";
import { ExchangeProcess, startRecorder, stopBoth, temporaryFolder } from "../polybot-process.ts";
import { residentMb } from "../process-figures.ts";

/** Three minutes of 200 markets at 1,000 messages a second: nothing lost, nothing leaked. */

const MARKETS = 200;
const RATE = 1000;
const SEED = 1;
const FIRST_SAMPLE_S = 60;
const LAST_SAMPLE_S = 180;
const GROWTH_MAX = 1.1;
/** Garbage collection moves single samples by a tenth: the median of so many seconds counts. */
const WINDOW_S = 10;

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

export async function run(): Promise<string[]> {
  using folder = temporaryFolder();
  const store = join(folder.path, "data");
  const log = join(folder.path, "log");
  const flags = ["--markets", MARKETS, "--rate", RATE, "--seed", SEED].map(String);
  const exchange = await ExchangeProcess.start(...flags, "--log", log);
  const recorder = startRecorder(exchange, exchange.tokenIds, store);
  await recorder.until(({ stderr }) => stderr.includes("subscribed"));
  const samples: number[] = [];
  while (samples.length < LAST_SAMPLE_S) {
    await Bun.sleep(1000);
    samples.push((await residentMb(recorder.pid)).now);
  }
  const residentAt = (second: number) => median(samples.slice(second - WINDOW_S, second));
  const { stderr } = await stopBoth(exchange, recorder);
  const summary = stderr.split("\n").find((line) => line.startsWith("summary:"));
  const { messages, updates } = await expectLogEqualsStore(log, store, exchange.tokenIds);
  const growth = residentAt(LAST_SAMPLE_S) / residentAt(FIRST_SAMPLE_S);
  const course = samples
    .keys()
    .map((i) => i + 1)
    .filter((second) => second % WINDOW_S === 0)
    .map((second) => `${second} s ${residentAt(second).toFixed(0)}`);
  const figures = [
    `seed ${SEED}, ${MARKETS} markets, ${RATE} changes a second, ${LAST_SAMPLE_S} s`,
    `${messages} messages, ${updates} updates: the store equals the exchange's log`,
    `resident MB, median of ${WINDOW_S} s: ${[...course].join(", ")}`,
    `growth from ${FIRST_SAMPLE_S} s to ${LAST_SAMPLE_S} s: ${growth.toFixed(3)}`,
    summary ?? "",
  ];
  if (growth > GROWTH_MAX) throw new Error(figures.join("\n  "));
  return figures;
}
