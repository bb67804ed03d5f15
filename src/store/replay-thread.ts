import { type ErrorCode, PolybotError } from "../format/error.ts";
import { systemClock } from "../ports/clock.ts";
import type { Replayed, ReplayRequest } from "./journal-replay.ts";
import { LocalReplayer, type Replayer } from "./replayer.ts";

/** What the thread is sent. */
export interface ReplayTask {
  readonly number: number;
  readonly request: ReplayRequest;
}

/** What it says: once without a number that it is there, then of each task what came of it. */
export interface ReplayAnswer {
  readonly number?: number;
  readonly replayed?: Replayed;
  /** With a code if it was expected. */
  readonly failure?: { readonly code: ErrorCode | undefined; readonly message: string };
}

/** Starts a thread that replays; where there can be none, this one does. */
export async function replayThread(): Promise<Replayer> {
  const worker = new Worker(new URL("./replay-worker.ts", import.meta.url));
  const isThere = await new Promise<boolean>((resolve) => {
    worker.onmessage = () => resolve(true);
    worker.onerror = () => resolve(false);
    worker.addEventListener("close", () => resolve(false));
  });
  if (isThere) return new ThreadReplayer(worker);
  worker.terminate();
  return new LocalReplayer(systemClock);
}

class ThreadReplayer implements Replayer {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, PromiseWithResolvers<Replayed>>();
  #tasks = 0;
  #death: Error | undefined;

  constructor(worker: Worker) {
    this.#worker = worker;
    worker.onmessage = ({ data }: MessageEvent<ReplayAnswer>) => this.#answered(data);
    worker.onerror = ({ message }) => this.#died(new Error(message));
    worker.addEventListener("close", () => this.#died(new Error("the thread that replays ended")));
  }

  async replay(request: ReplayRequest): Promise<Replayed> {
    if (this.#death !== undefined) throw this.#death;
    const number = ++this.#tasks;
    const answer = Promise.withResolvers<Replayed>();
    this.#waiting.set(number, answer);
    const task: ReplayTask = { number, request };
    this.#worker.postMessage(task, [request.records.buffer]);
    return answer.promise;
  }

  stop(): void {
    this.#worker.terminate();
  }

  #answered({ number = 0, replayed, failure }: ReplayAnswer): void {
    const waiting = this.#waiting.get(number);
    this.#waiting.delete(number);
    if (replayed !== undefined) waiting?.resolve(replayed);
    else waiting?.reject(errorOf(failure));
  }

  #died(death: Error): void {
    this.#death ??= death;
    for (const { reject } of this.#waiting.values()) reject(this.#death);
    this.#waiting.clear();
  }
}

function errorOf(failure: ReplayAnswer["failure"]): Error {
  const { code, message = "" } = failure ?? {};
  return code === undefined ? new Error(message) : new PolybotError(code, message);
}
