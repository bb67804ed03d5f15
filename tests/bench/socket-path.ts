import { join } from "node:path";
import { addVerdicts, noVerdicts } from "../../src/book/verdict-counts.ts";
import { USUAL_LIMITS } from "../../src/store/session-blocks.ts";
import { BenchSessions } from "./streams/bench-sessions.ts";

/** Messages a second that one core takes from a real socket, every hash checked, blocks packed. */

const MARKETS = 10;
const LEVELS = 100;
const MESSAGES = 400_000;
/** Until here the code is compiled and the socket finds its pace. */
const WARM_UP = 100_000;
const WANTED_PER_SECOND = 60_000;
const SERVER = join(import.meta.dir, "streams/message-server.ts");

interface Listening {
  readonly port: number;
  readonly tokens: readonly { readonly tokenId: string; readonly market: string }[];
}

export async function run(): Promise<string[]> {
  const args = [MARKETS, LEVELS, MESSAGES].map(String);
  const server = Bun.spawn([process.execPath, SERVER, ...args], { stdout: "pipe" });
  try {
    return await receive(JSON.parse(await firstLine(server.stdout)) as Listening);
  } finally {
    server.kill();
  }
}

async function receive({ port, tokens }: Listening): Promise<string[]> {
  const limits = { ...USUAL_LIMITS, bytes: Number.POSITIVE_INFINITY };
  const sessions = new BenchSessions(tokens, { limits, isWriting: true });
  const startUs = Math.floor(performance.timeOrigin * 1000);
  let messages = 0;
  let from = { ms: 0, cpu: process.threadCpuUsage() };
  await new Promise<void>((resolve, reject) => {
    const socket = new WebSocket(`ws://localhost:${port}`);
    socket.onmessage = ({ data }) => {
      sessions.take(data as string, startUs + Math.floor(performance.now() * 1000));
      messages++;
      if (messages === WARM_UP) from = { ms: performance.now(), cpu: process.threadCpuUsage() };
    };
    socket.onclose = () => resolve();
    socket.onerror = () => reject(new Error("the socket failed"));
  });
  const seconds = (performance.now() - from.ms) / 1000;
  const { user, system } = process.threadCpuUsage(from.cpu);
  const measured = messages - WARM_UP;
  const counts = noVerdicts();
  for (const book of sessions.books) {
    book.end();
    addVerdicts(counts, book.counts);
  }
  const perCpuSecond = measured / ((user + system) / 1e6);
  const answer = perCpuSecond >= WANTED_PER_SECOND ? "yes" : "no";
  return [
    `${measured} messages of two entries, ${LEVELS} levels: ${(measured / seconds).toFixed(0)} a second, ` +
      `${perCpuSecond.toFixed(0)} a second of processor (${answer}: >= ${WANTED_PER_SECOND})`,
    `${counts.matched} of ${counts.groups} hashes matched`,
  ];
}

async function firstLine(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<string> {
  let text = "";
  for await (const part of stream) {
    text += Buffer.from(part).toString();
    if (text.includes("\n")) break;
  }
  return text;
}
