import { ExchangeProcess } from "../polybot-process.ts";
import { cpuSeconds } from "../process-figures.ts";

/** What serving costs: 5,000 texts a second to 50 sockets, each with its own or all with the same. */

const SOCKETS = 50;
const TEXTS_PER_SECOND = 5_000;
const WARM_UP_MS = 5_000;
const MEASURED_MS = 20_000;

interface Load {
  readonly title: string;
  readonly markets: number;
  /** Changes a second; a change is a text for each of its subscribers. */
  readonly rate: number;
  /** The markets that a socket subscribes. */
  readonly marketsOf: (socket: number) => readonly [from: number, to: number];
}

const LOADS: readonly Load[] = [
  {
    title: "a market for each socket",
    markets: SOCKETS,
    rate: TEXTS_PER_SECOND * 1.3,
    marketsOf: (socket) => [socket, socket + 1],
  },
  {
    title: "the same markets for all",
    markets: 10,
    rate: TEXTS_PER_SECOND / SOCKETS,
    marketsOf: () => [0, 10],
  },
];

export async function run(): Promise<string[]> {
  const figures: string[] = [];
  for (const load of LOADS) figures.push(await measured(load));
  return figures;
}

async function measured({ title, markets, rate, marketsOf }: Load): Promise<string> {
  const flags = ["--markets", markets, "--rate", rate].map(String);
  const exchange = await ExchangeProcess.start(...flags);
  const delays: number[] = [];
  let isMeasuring = false;
  let texts = 0;
  const sockets = Array.from({ length: SOCKETS }, (_, index) => {
    const assets_ids = exchange.ready.markets
      .slice(...marketsOf(index))
      .flatMap(({ tokens }) => tokens.map(({ token_id }) => token_id));
    const socket = new WebSocket(exchange.ready.ws_url, { perMessageDeflate: false });
    socket.onopen = () => socket.send(JSON.stringify({ assets_ids, type: "market" }));
    socket.onmessage = ({ data }) => {
      if (!isMeasuring) return;
      texts += 1;
      const stamp = /"timestamp":"(\d+)","event_type":"price_change"/.exec(String(data))?.[1];
      if (stamp !== undefined) delays.push(Date.now() - Number(stamp));
    };
    return socket;
  });
  await Bun.sleep(WARM_UP_MS);
  const cpuBefore = await cpuSeconds(exchange.pid);
  isMeasuring = true;
  await Bun.sleep(MEASURED_MS);
  isMeasuring = false;
  const cpu = (await cpuSeconds(exchange.pid)) - cpuBefore;
  for (const socket of sockets) socket.terminate();
  await exchange.stop();
  const perSecond = texts / (MEASURED_MS / 1_000);
  return (
    `${title}: ${Math.round(perSecond)} texts a second to ${SOCKETS} sockets, ` +
    `${((cpu * 1e6) / texts).toFixed(1)} us of processor a text ` +
    `(${((cpu * 1e5) / MEASURED_MS).toFixed(0)} % of a core); on its way median ` +
    `${quantile(delays, 0.5)} ms, p99 ${quantile(delays, 0.99)} ms (drawn: 20 and 64, before the order is kept)`
  );
}

function quantile(values: readonly number[], part: number): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length * part)] ?? Number.NaN;
}
