import { PolybotError } from "../format/error.ts";
import { systemClock } from "../ports/clock.ts";
import type { ReplayAnswer, ReplayTask } from "./replay-thread.ts";
import { LocalReplayer } from "./replayer.ts";

/** The other end of `replayThread`. */

declare const self: Worker;

const replayer = new LocalReplayer(systemClock);
/** One after the other: nobody else waits for a slice, and a book is quicker where it stays. */
let done = Promise.resolve();

self.onmessage = ({ data }: MessageEvent<ReplayTask>) => {
  done = done.then(() => work(data));
};

async function work({ number, request }: ReplayTask): Promise<void> {
  try {
    const replayed = await replayer.replay(request);
    const buffers = replayed.blocks.map(({ packed }) => packed.stored.buffer as ArrayBuffer);
    answer({ number, replayed }, buffers);
  } catch (error) {
    const code = error instanceof PolybotError ? error.code : undefined;
    const message = error instanceof Error ? error.message : String(error);
    answer({ number, failure: { code, message } });
  }
}

function answer(message: ReplayAnswer, buffers: ArrayBuffer[] = []): void {
  self.postMessage(message, buffers);
}

answer({});
