import type { Exchange } from "../../../src/exchange/exchange.ts";
import { dialTo, httpTo, IN_PROCESS_URLS } from "../../../src/exchange/in-process.ts";
import { openRecording } from "../../../src/exchange/replay/recording.ts";
import type { ReplayOptions } from "../../../src/exchange/replay/replay.ts";
import { MAX_SPEED } from "../../../src/exchange/replay/replay-clock.ts";
import { openExchange } from "../../../src/exchange/start-exchange.ts";
import { systemFs } from "../../../src/ports/fs.ts";
import { seededRandom } from "../../../src/ports/random.ts";
import { VirtualClock } from "../../../src/ports/virtual-clock.ts";
import { merge } from "../../../src/read/merge.ts";
import type { SessionReader } from "../../../src/read/session-reader.ts";
import { Store } from "../../../src/read/store.ts";
import { Recorder } from "../../../src/recorder/recorder.ts";
import { StorageWriter } from "../../../src/store/storage-writer.ts";

export interface VirtualReplay extends AsyncDisposable {
  readonly exchange: Exchange;
  readonly clock: VirtualClock;
}

/** The replay of sessions in this process, on virtual time; it waits for its first client. */
export async function replayOf(
  sessions: readonly SessionReader[],
  options: Partial<ReplayOptions> = {},
): Promise<VirtualReplay> {
  const recording = await openRecording(sessions);
  const clock = new VirtualClock();
  const replay = {
    recording,
    fromUs: recording.startUs,
    speed: MAX_SPEED,
    gaps: "disconnect" as const,
    onFailure: (error: unknown) => {
      throw error;
    },
    ...options,
  };
  const exchange = openExchange({ clock, replay });
  await exchange.replay!.playback.begin();
  const stop = async () => {
    exchange.stop();
    await exchange.replay!.playback.stop();
  };
  return { exchange, clock, [Symbol.asyncDispose]: stop };
}

/** Lets virtual time pass in steps until the replay has come to its end; reading takes no time. */
export async function runToEnd(replay: VirtualReplay, stepMs = 1): Promise<void> {
  while (replay.exchange.replay!.playback.state !== "ended") await pass(replay, stepMs);
}

/** Lets virtual time pass, and what is read arrive. */
export async function pass({ exchange, clock }: VirtualReplay, ms: number): Promise<void> {
  clock.advance(ms);
  const { playback } = exchange.replay!;
  do await new Promise((resolve) => setImmediate(resolve));
  while (playback.isBehind && playback.state === "running");
}

/** Records a replay to its end. */
export async function recordReplay(
  replay: VirtualReplay,
  tokenIds: readonly string[],
  basePath: string,
): Promise<void> {
  const { exchange, clock } = replay;
  const ports = { clock, random: seededRandom(3) };
  const writer = await StorageWriter.open({ basePath }, { ...ports, fs: systemFs });
  const recorder = new Recorder({
    endpoints: IN_PROCESS_URLS,
    tokenIds,
    writer,
    ports: { ...ports, dial: dialTo(exchange), http: httpTo(exchange) },
    onEvent: () => {},
  });
  recorder.start();
  await runToEnd(replay);
  await recorder.stop();
}

/** What a store has of the venue: updates by token without the recorder's own notes, and messages. */
export async function contentsOf(basePath: string) {
  const updates: Record<string, string[]> = {};
  const sessions = await new Store(basePath).sessions();
  for (const session of sessions) {
    for await (const { update_type: type, token_id, event } of session) {
      if (type === "note") continue;
      const own = updates[token_id] ?? [];
      updates[token_id] = own;
      own.push(JSON.stringify([type, event.shape.text, event.values]));
    }
  }
  const messages: string[] = [];
  for await (const item of merge(sessions)) if (item.kind === "message") messages.push(item.text);
  return { updates, messages };
}
