import { join } from "node:path";
import { POLYBOT } from "../polybot-process.ts";
import { VirtualRecording } from "../recorder/virtual-recording.ts";

/** What a replay at full speed costs: messages a second to one socket, and processor a message. */

const MARKETS = 20;
const RATE = 200;
const MINUTES = 10;
const RUNS = 3;

export async function run(): Promise<string[]> {
  await using recording = await VirtualRecording.start({ markets: MARKETS, rate: RATE, seed: 1 });
  await recording.run(MINUTES * 60_000);
  await recording.recorder.stop();
  const [session] = await recording.sessions();
  const store = join(session!.path, "../../../..");
  const figures: string[] = [];
  for (let i = 0; i < RUNS; i++) figures.push(await measured(store));
  return figures;
}

async function measured(store: string): Promise<string> {
  const replay = Bun.spawn([POLYBOT, "replay", store, "--speed", "max", "--exit-at-end"], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  const reader = replay.stdout.getReader();
  const ready = JSON.parse(new TextDecoder().decode((await reader.read()).value)) as Ready;
  const assets_ids = ready.markets.flatMap(({ tokens }) => tokens.map(({ token_id }) => token_id));
  const idle = replay.resourceUsage()?.cpuTime.total ?? 0;
  const socket = new WebSocket(ready.ws_url, { perMessageDeflate: false });
  let messages = 0;
  let bytes = 0;
  let startMs = 0;
  let endMs = 0;
  socket.onopen = () => {
    startMs = performance.now();
    socket.send(JSON.stringify({ assets_ids, type: "market", custom_feature_enabled: true }));
  };
  socket.onmessage = ({ data }) => {
    messages++;
    bytes += String(data).length;
    endMs = performance.now();
  };
  await replay.exited;
  const cpuUs = Number(replay.resourceUsage()!.cpuTime.total) - Number(idle);
  const seconds = (endMs - startMs) / 1_000;
  return (
    `${messages} messages of ${Math.round(bytes / messages)} bytes in ${seconds.toFixed(1)} s: ` +
    `${Math.round(messages / seconds)} a second, ${(cpuUs / messages).toFixed(1)} us of processor ` +
    "a message, start-up included"
  );
}

interface Ready {
  readonly ws_url: string;
  readonly markets: readonly { readonly tokens: readonly { readonly token_id: string }[] }[];
}
