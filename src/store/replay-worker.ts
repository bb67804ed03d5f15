import { PolybotError } from "../format/error.ts";
import { systemClock } from "../ports/clock.ts";
import type { ReplayAnswer, ReplayTask } from "./replay-thread.ts";
import { LocalReplayer } from "./replayer.ts";

/** The other end of `replayThread`. */

declare const self: Worker;

const replayer = new LocalReplayer(systemClock);

self.onmessage = async ({ data: { number, request } }: MessageEvent<ReplayTask>) => {
  try {
    const replayed = await replayer.replay(request);
    const buffers = replayed.blocks.map(({ packed }) => packed.stored.buffer as ArrayBuffer);
    answer({ number, replayed }, buffers);
  } catch (error) {
    const code = error instanceof PolybotError ? error.code : undefined;
    answer({ number, failure: { code, message: Bun.inspect(error) } });
  }
};

function answer(message: ReplayAnswer, buffers: ArrayBuffer[] = []): void {
  self.postMessage(message, buffers);
}

answer({});
